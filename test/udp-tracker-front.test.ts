// The tracker over UDP on real sockets: every way in which datagrams may be carried, held to what every front must do.

import { expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { SwarmlineError } from '../src/core/errors.ts';
import { nodeClock, sharedClock } from '../src/io/clock.ts';
import { startUdpFront } from '../src/node-tracker/udp-front.ts';
import { startUdpThreads, type UdpThreadSettings } from '../src/node-tracker/udp-threads.ts';
import { ConnectionIds } from '../src/tracker/connection-ids.ts';
import { MemoryStore, newStoreMemory } from '../src/tracker/stores/memory.ts';
import { Tracker } from '../src/tracker/tracker.ts';
import { describeUdpFront, UdpVisitor } from './compliance/udp-front.ts';

const secret = new Uint8Array(16).fill(1);
const STORE = { memoryBytes: 4 * 1024 * 1024 };

for (const inBatches of [false, true]) {
  describeUdpFront(inBatches ? 'one socket in batches' : 'node:dgram', () => {
    const random = seededRandom(1);
    const tracker = new Tracker({}, { store: new MemoryStore(STORE, { random }), random });
    const connectionIds = new ConnectionIds({ secret }, { clock: nodeClock });
    return startUdpFront({ inBatches }, { tracker, connectionIds, clock: nodeClock });
  });
}

describeUdpFront('three threads', () => threads(3));

test('threads are one swarm state with whoever has their memory', async () => {
  const memory = newStoreMemory(STORE);
  const front = await threads(2, { memory, torrents: [{ infoHashV1: hash(3) }], tracker: { open: false } });
  onTestFinished(() => front.close());
  const { port } = front.address;
  const random = seededRandom(2);
  const store = new MemoryStore(STORE, { random, memory });
  const tracker = new Tracker({}, { store, random });
  const visitors = await Promise.all([1, 2, 3, 4].map(() => UdpVisitor.at('127.0.0.1', port)));
  for (const [i, visitor] of visitors.entries()) await visitor.announce({ infoHash: hash(3), port: i + 1 });
  expect(store.peerCount).toBe(4);
  const facts = { infoHash: hash(3), peerId: hash(9), port: 99, uploaded: 0, downloaded: 0, left: 0 };
  const ip = new Uint8Array([127, 0, 0, 1]);
  tracker.announce({ facts, ip }, sharedClock.now(), answer => {
    expect('kind' in answer ? answer.reason : answer.peers.length / 6).toBe(4);
  });
  expect(await visitors[0]!.announce({ infoHash: hash(3), port: 1 })).toContain('127.0.0.1:99');
  await expect(visitors[0]!.announce({ infoHash: hash(4), port: 1 })).rejects.toThrow('does not serve');
  front.register({ infoHashV1: hash(4) });
  await vi.waitFor(() => visitors[0]!.announce({ infoHash: hash(4), port: 1 }));
});

test.each([1, 2])('says where the port is taken, with %i threads', async count => {
  const front = await threads(count);
  try {
    const again = threads(count, { front: { port: front.address.port } });
    await expect(again).rejects.toBeInstanceOf(SwarmlineError);
    await expect(again).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  } finally {
    await front.close();
  }
});

test('says in which way datagrams come in', async () => {
  const [alone, shared] = [await threads(1), await threads(2)];
  await Promise.all([alone.close(), shared.close()]);
  if (alone.way === 'UDP in batches') expect(shared.way).toBe('UDP in batches, by 2 threads');
  else expect(shared.way).toMatch(/^UDP one by one \(not in batches: .+\)$/);
});

function threads(count: number, more: Partial<UdpThreadSettings> = {}) {
  const settings = {
    ...{ front: {}, tracker: {}, store: STORE, connectionIds: { secret }, torrents: [] },
    memory: newStoreMemory(STORE),
    ...more,
  };
  return startUdpThreads(count, settings, error => {
    throw error;
  });
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}
