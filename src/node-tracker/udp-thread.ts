// One of the threads that answer the tracker's datagrams beside the main one. Started by `udp-threads`, which also tells it
// what changes.

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../core/bytes/prng.ts';
import { toBinaryString } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import { sharedClock } from '../io/clock.ts';
import { AccessList } from '../tracker/access-list.ts';
import { ConnectionIds } from '../tracker/connection-ids.ts';
import { countsBlock, TrackerCounts } from '../tracker/ops/counts.ts';
import { Passkeys } from '../tracker/passkeys.ts';
import { MemoryStore } from '../tracker/stores/memory.ts';
import { Tracker } from '../tracker/tracker.ts';
import { startUdpFront } from './udp-front.ts';
import type {
  ChangedCounts,
  FromUdpThread,
  ThreadRules,
  ToUdpThread,
  UdpThreadSettings,
} from './udp-threads.ts';

const settings = workerData as UdpThreadSettings;
const { thread, rules } = settings;
const port = parentPort!;
const random = seededRandom(randomBytes(4).readUInt32LE());
const store = new MemoryStore(settings.store, { random, memory: settings.storeMemory });
const tracker = new Tracker(rules.options, { store, random, memory: settings.trackerMemory, thread });
configure(rules);
tracker.bans.replace(settings.bans);
const others = new Map<string, SwarmCounts>();
tracker.countIn({
  countsOf: infoHash => (others.size === 0 ? undefined : others.get(toBinaryString(infoHash))),
});
const connectionIds = new ConnectionIds(settings.connectionIds, { clock: sharedClock });
const counts = new TrackerCounts(() => sharedClock.now(), countsBlock(settings.counts, thread)).udp;

startUdpFront(settings.front, { tracker, connectionIds, clock: sharedClock, counts }).then(
  front => {
    port.on('message', (message: ToUdpThread) => {
      if (message.type === 'close') {
        void front.close().then(() => port.close());
        return;
      }
      heard(message);
      say({ type: 'heard', number: message.number });
    });
    say({ type: 'listening' });
  },
  (error: unknown) => {
    if (!(error instanceof SwarmlineError)) throw error;
    say({ type: 'failed', code: error.code, message: error.message });
    port.close();
  },
);

function heard(message: Exclude<ToUdpThread, { readonly type: 'close' }>): void {
  if (message.type === 'configure') configure(message.rules);
  else if (message.type === 'ban') tracker.bans.replace(message.bans);
  else if (message.type === 'register') tracker.register(message.torrent);
  else if (message.type === 'unregister') tracker.unregister(message.torrent);
  else for (const change of message.changes) countIn(change);
}

function countIn({ name, counts }: ChangedCounts): void {
  if (counts === undefined) others.delete(name);
  else others.set(name, counts);
}

function configure({ options, list, keys, torrents }: ThreadRules): void {
  const wallTime = () => sharedClock.wallTime();
  tracker.configure(options, {
    list: list === undefined ? undefined : AccessList.shared(list),
    keys: keys === undefined ? undefined : Passkeys.shared(keys, { wallTime, random }),
    torrents,
  });
}

function say(message: FromUdpThread): void {
  port.postMessage(message);
}
