// Our tracker over UDP, for bench/tracker.mjs: node bench/tracker-server.mjs PORT [one-by-one | threads N]
import { randomBytes } from 'node:crypto';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { sharedClock } from '../dist/io/clock.js';
import { startUdpFront } from '../dist/node-tracker/udp-front.js';
import { startUdpThreads } from '../dist/node-tracker/udp-threads.js';
import { ConnectionIds } from '../dist/tracker/connection-ids.js';
import { MemoryStore, newStoreMemory } from '../dist/tracker/stores/memory.js';
import { Tracker } from '../dist/tracker/tracker.js';

const [port, way, count] = process.argv.slice(2);
const front = { host: '127.0.0.1', port: Number(port), inBatches: way !== 'one-by-one' };
const connectionIds = { secret: new Uint8Array(randomBytes(16)) };
if (way === 'threads') {
  const settings = { front, tracker: {}, store: {}, connectionIds, memory: newStoreMemory({}), torrents: [] };
  console.log((await startUdpThreads(Number(count), settings, console.error)).way);
} else {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
  const deps = {
    tracker,
    connectionIds: new ConnectionIds(connectionIds, { clock: sharedClock }),
    clock: sharedClock,
  };
  console.log((await startUdpFront(front, deps)).way);
}
process.on('SIGINT', () => process.exit());
