// One of the threads that answer announces beside the main one. Started by `threads`, which also tells it what changes.

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { isInPrefix } from '../core/bytes/ip-prefix.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { toBinaryString } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import { sharedClock as clock } from '../io/clock.ts';
import { serveHttp } from '../io/http-server.ts';
import { nativeKeyedHashes } from '../io/native-hashes.ts';
import { AccessList } from '../tracker/access-list.ts';
import { ConnectionIds } from '../tracker/connection-ids.ts';
import { handleTrackerRequest, isAnnouncePath } from '../tracker/http.ts';
import { countsBlock, TrackerCounts } from '../tracker/ops/counts.ts';
import { Passkeys } from '../tracker/passkeys.ts';
import { MemoryStore } from '../tracker/stores/memory.ts';
import { Tracker } from '../tracker/tracker.ts';
import { bindTcp, sharedSockets } from './shared-sockets.ts';
import type {
  ChangedCounts,
  FromThread,
  ThreadHttpOptions,
  ThreadRules,
  ThreadSettings,
  ToThread,
} from './threads.ts';
import { startUdpFront } from './udp-front.ts';

const settings = workerData as ThreadSettings;
const { thread } = settings;
const port = parentPort!;
const random = seededRandom(randomBytes(4).readUInt32LE());
const hashes = nativeKeyedHashes();
const store = new MemoryStore(settings.store, { random, hashes, memory: settings.storeMemory });
const tracker = new Tracker(settings.rules.options, {
  ...{ store, random, memory: settings.trackerMemory, thread },
  partialSeedTold: (infoHash, ip, peerPort, isPartial) =>
    say({ type: 'partial seed', infoHash: infoHash.slice(), ip: ip.slice(), port: peerPort, isPartial }),
});
let { rules } = settings;
configure(rules);
tracker.bans.replace(settings.bans);
const others = new Map<string, SwarmCounts>();
tracker.countIn({
  countsOf: infoHash => (others.size === 0 ? undefined : others.get(toBinaryString(infoHash))),
});
const counts = new TrackerCounts(() => clock.now(), countsBlock(settings.counts, thread));

start().then(
  fronts => {
    port.on('message', (message: ToThread) => {
      if (message.type === 'close') {
        void Promise.all(fronts.map(front => front.close())).then(() => port.close());
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

async function start(): Promise<{ close(): Promise<void> }[]> {
  const { udp, http } = settings;
  const fronts: { close(): Promise<void> }[] = [];
  try {
    if (udp !== undefined) {
      const connectionIds = new ConnectionIds(settings.connectionIds, { clock, hashes });
      fronts.push(await startUdpFront(udp, { tracker, connectionIds, clock, counts: counts.udp }));
    }
    if (http !== undefined) fronts.push(await startHttp(http));
    return fronts;
  } catch (error) {
    await Promise.all(fronts.map(front => front.close()));
    throw error;
  }
}

async function startHttp({ address, ...limits }: ThreadHttpOptions) {
  const libc = await sharedSockets();
  return serveHttp({
    ...limits,
    fd: bindTcp(libc, address, true),
    isTrustedProxy: ip => rules.trustedProxies.some(prefix => isInPrefix(ip, prefix)),
    handle: (request, respond) => handleTrackerRequest(tracker, request, clock.now(), respond, counts.http),
    moved: (received, sent) => counts.http.moved(received, sent),
    handOver: {
      wants: ({ target, fields }) => fields.upgrades || !isAnnouncePath(tracker, target.split('?', 1)[0]!),
      takesTls: () => rules.hasTls,
      duplicate: fd => libc.duplicate(fd),
      give: connection => say({ type: 'connection', connection }),
    },
  });
}

function heard(message: Exclude<ToThread, { readonly type: 'close' }>): void {
  if (message.type === 'configure') configure(message.rules);
  else if (message.type === 'ban') tracker.bans.replace(message.bans);
  else if (message.type === 'register') tracker.register(message.torrent);
  else if (message.type === 'unregister') tracker.unregister(message.torrent);
  else for (const change of message.changes) countIn(change);
}

function countIn({ name, counts: changed }: ChangedCounts): void {
  if (changed === undefined) others.delete(name);
  else others.set(name, changed);
}

function configure(changed: ThreadRules): void {
  rules = changed;
  const { options, list, keys, torrents } = changed;
  const wallTime = () => clock.wallTime();
  tracker.configure(options, {
    list: list === undefined ? undefined : AccessList.shared(list),
    keys: keys === undefined ? undefined : Passkeys.shared(keys, { wallTime, random }),
    torrents,
  });
}

function say(message: FromThread): void {
  port.postMessage(message);
}
