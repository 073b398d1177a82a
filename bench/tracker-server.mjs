// Our tracker over UDP, for bench/tracker.mjs: node bench/tracker-server.mjs PORT [one-by-one | threads N]
import { randomBytes } from 'node:crypto';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { sharedClock } from '../dist/io/clock.js';
import { nativeKeyedHashes } from '../dist/io/native-hashes.js';
import { startThreads } from '../dist/node-tracker/threads.js';
import { startSharedUdpFront, startUdpFront } from '../dist/node-tracker/udp-front.js';
import { ConnectionIds } from '../dist/tracker/connection-ids.js';
import { newCountsMemory } from '../dist/tracker/ops/counts.js';
import { MemoryStore, newStoreMemory } from '../dist/tracker/stores/memory.js';
import { newTrackerMemory, Tracker } from '../dist/tracker/tracker.js';

const [port, way, count] = process.argv.slice(2);
const front = { host: '127.0.0.1', port: Number(port), inBatches: way !== 'one-by-one' };
const secret = new Uint8Array(randomBytes(16));
const random = seededRandom(1);
const threads = way === 'threads' ? Number(count) : 1;
const storeMemory = threads > 1 ? newStoreMemory({}) : undefined;
const trackerMemory = threads > 1 ? newTrackerMemory(threads) : undefined;
const hashes = nativeKeyedHashes();
const store = new MemoryStore({}, { random, hashes, memory: storeMemory });
const tracker = new Tracker({}, { store, random, memory: trackerMemory });
const deps = {
  tracker,
  connectionIds: new ConnectionIds({ secret }, { clock: sharedClock, hashes }),
  clock: sharedClock,
};
const started = await (threads > 1 ? startSharedUdpFront(front, deps) : startUdpFront(front, deps));
if (threads > 1) {
  const settings = {
    ...{ store: {}, storeMemory, trackerMemory, connectionIds: { secret }, bans: [] },
    rules: { options: {}, torrents: [], trustedProxies: [], hasTls: false },
    ...{ udp: { ...front, isShared: true }, counts: newCountsMemory(threads) },
  };
  await startThreads(threads - 1, settings, { failed: console.error });
}
console.log(started.way);
process.on('SIGINT', () => process.exit());
