// The tracker over UDP on real sockets: every way in which datagrams may be carried, held to what every front must do.

import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { SwarmlineError } from '../src/core/errors.ts';
import { nodeClock, sharedClock } from '../src/io/clock.ts';
import { nativeKeyedHashes } from '../src/io/native-hashes.ts';
import { startThreads } from '../src/node-tracker/threads.ts';
import { startSharedUdpFront, startUdpFront } from '../src/node-tracker/udp-front.ts';
import { ConnectionIds } from '../src/tracker/connection-ids.ts';
import { newCountsMemory } from '../src/tracker/ops/counts.ts';
import type { TorrentHashes } from '../src/tracker/served-torrents.ts';
import { MemoryStore, newStoreMemory } from '../src/tracker/stores/memory.ts';
import { newTrackerMemory, Tracker } from '../src/tracker/tracker.ts';
import { describeUdpFront, UdpVisitor } from './compliance/udp-front.ts';

const secret = new Uint8Array(16).fill(1);
const STORE = { memoryBytes: 4 * 1024 * 1024 };

for (const inBatches of [false, true]) {
  describeUdpFront(inBatches ? 'one socket in batches' : 'node:dgram', () => {
    const random = seededRandom(1);
    const hashes = inBatches ? nativeKeyedHashes() : undefined;
    const tracker = new Tracker({}, { store: new MemoryStore(STORE, { random, hashes }), random });
    const connectionIds = new ConnectionIds({ secret }, { clock: nodeClock, hashes });
    return startUdpFront({ inBatches }, { tracker, connectionIds, clock: nodeClock });
  });
}

describeUdpFront('three threads', () => threads(3));

test('threads are one swarm state, and hear what they are told', async () => {
  const front = await threads(2, false);
  onTestFinished(() => front.close());
  const { port } = front.address;
  const visitors = await Promise.all(Array.from({ length: 16 }, () => UdpVisitor.at('127.0.0.1', port)));
  for (const visitor of visitors)
    await expect(visitor.announce({ infoHash: hash(3), port: 1 })).rejects.toThrow('does not serve');
  await front.register({ infoHashV1: hash(3) });
  for (const [i, visitor] of visitors.entries()) await visitor.announce({ infoHash: hash(3), port: i + 1 });
  expect(front.store.peerCount).toBe(16);
  const facts = { infoHash: hash(3), peerId: hash(9), port: 99, uploaded: 0, downloaded: 0, left: 0 };
  const ip = new Uint8Array([127, 0, 0, 1]);
  front.tracker.announce({ facts, ip }, sharedClock.now(), answer => {
    expect('kind' in answer ? answer.reason : answer.peers.length / 6).toBe(16);
  });
  for (const visitor of visitors)
    expect(await visitor.announce({ infoHash: hash(3), port: 1 })).toContain('127.0.0.1:99');
});

test.each([2, 3])('says where the port is taken, with %i threads', async count => {
  const front = await threads(count);
  try {
    const again = threads(count, true, front.address.port);
    await expect(again).rejects.toBeInstanceOf(SwarmlineError);
    await expect(again).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  } finally {
    await front.close();
  }
});

test('says in which way datagrams come in', async () => {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore(STORE, { random }), random });
  const connectionIds = new ConnectionIds({ secret }, { clock: nodeClock });
  const deps = { tracker, connectionIds, clock: nodeClock };
  const [batches, single] = [await startUdpFront({}, deps), await startUdpFront({ inBatches: false }, deps)];
  await Promise.all([batches.close(), single.close()]);
  expect(batches.way).toBe('UDP in batches');
  expect(single.way).toBe('UDP one by one (not in batches: it was not asked for)');
});

async function threads(count: number, open = true, port = 0) {
  const [storeMemory, trackerMemory] = [newStoreMemory(STORE), newTrackerMemory(count)];
  const random = seededRandom(1);
  const store = new MemoryStore(STORE, { random, memory: storeMemory });
  const tracker = new Tracker({ open }, { store, random, memory: trackerMemory });
  const connectionIds = new ConnectionIds({ secret }, { clock: sharedClock });
  const front = await startSharedUdpFront({ port }, { tracker, connectionIds, clock: sharedClock });
  const others = await startThreads(
    count - 1,
    {
      ...{ store: STORE, storeMemory, trackerMemory, connectionIds: { secret }, bans: [] },
      rules: { options: { open }, torrents: [], trustedProxies: [], hasTls: false },
      ...{ udp: { port: front.address.port, isShared: true }, counts: newCountsMemory(count) },
    },
    {
      connectionGiven: () => {},
      partialSeedTold: () => {},
      failed: error => {
        throw error;
      },
    },
  );
  return {
    ...{ address: front.address, way: front.way, store, tracker },
    close: async () => {
      await Promise.all([front.close(), others.close()]);
    },
    register: (torrent: TorrentHashes) => {
      tracker.register(torrent);
      return others.tell({ type: 'register', torrent });
    },
  };
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}
