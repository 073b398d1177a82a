// One of the threads that answer the tracker's datagrams. Started by `udp-threads`.

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import { sharedClock } from '../io/clock.ts';
import { ConnectionIds } from '../tracker/connection-ids.ts';
import { countsBlock, TrackerCounts } from '../tracker/ops/counts.ts';
import { MemoryStore } from '../tracker/stores/memory.ts';
import { Tracker } from '../tracker/tracker.ts';
import { startUdpFront, type UdpFront } from './udp-front.ts';
import type { FromUdpThread, ToUdpThread, UdpThreadSettings } from './udp-threads.ts';

const settings = workerData as UdpThreadSettings;
const port = parentPort!;
const random = seededRandom(randomBytes(4).readUInt32LE());
const store = new MemoryStore(settings.store, { random, memory: settings.memory });
const tracker = new Tracker(settings.tracker, { store, random });
for (const torrent of settings.torrents) tracker.register(torrent);
const connectionIds = new ConnectionIds(settings.connectionIds, { clock: sharedClock });

const block = settings.counts === undefined ? undefined : countsBlock(settings.counts, settings.number ?? 1);
const counts = new TrackerCounts(() => sharedClock.now(), block).udp;

const front = startUdpFront(settings.front, { tracker, connectionIds, clock: sharedClock, counts });
port.on('message', (message: ToUdpThread) => {
  if (message.type === 'register') tracker.register(message.torrent);
  else if (message.type === 'unregister') tracker.unregister(message.torrent);
  else void front.then(close, close);
});
front.then(({ address, way }) => say({ type: 'listening', address, way }), refused);

async function close(started: UdpFront | Error): Promise<void> {
  if (!(started instanceof Error)) await started.close();
  say({ type: 'closed' });
  port.close();
}

function refused(error: unknown): void {
  if (!(error instanceof SwarmlineError)) throw error;
  say({ type: 'failed', code: error.code, message: error.message });
}

function say(message: FromUdpThread): void {
  port.postMessage(message);
}
