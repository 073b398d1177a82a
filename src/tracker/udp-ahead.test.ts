// Batches of datagrams that the tracker is told of ahead: they get the same answers as those that it is not told of.

import { expect, test } from 'vitest';
import { plainKeyedHashes } from '../../test/plain-hashes.ts';
import { type Random, seededRandom } from '../core/bytes/prng.ts';
import { encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape } from '../core/tracker/udp.ts';
import type { DatagramPlace } from '../host/datagram.ts';
import type { KeyedHashes } from '../host/keyed-hashes.ts';
import { ConnectionIds } from './connection-ids.ts';
import { MemoryStore } from './stores/memory.ts';
import { Tracker } from './tracker.ts';
import { UdpTracker } from './udp.ts';

const WINDOW = 120_000;
const [ADDRESS, DATAGRAM, ANSWER] = [32, 2_112, 1_344];
const hash = (n: number) => new Uint8Array(20).fill(n);

interface Datagram {
  readonly ip: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A tracker and its places as a socket has them: told ahead where it has `hashes`. */
function setUp(hashes: KeyedHashes | undefined, width: 4 | 16) {
  const store = new MemoryStore({ memoryBytes: 1_048_576 }, { random: seededRandom(1), hashes });
  const tracker = new Tracker({}, { store, random: seededRandom(2) });
  // Its two hashes are one swarm, named by the first.
  tracker.register({ infoHashV1: hash(1), infoHashV2: new Uint8Array(32).fill(2) });
  const secret = new Uint8Array(16).fill(7);
  const connectionIds = new ConnectionIds(
    { secret, windowMs: WINDOW },
    { clock: { wallTime: () => 0 }, hashes },
  );
  const udp = new UdpTracker({}, { tracker, connectionIds });
  const block = new Uint8Array(64 * (ADDRESS + DATAGRAM));
  const places = Array.from({ length: 64 }, (_, number): DatagramPlace => {
    const at = 64 * ADDRESS + number * DATAGRAM;
    const ip = block.subarray(number * ADDRESS, number * ADDRESS + width);
    return {
      number,
      bytes: block.subarray(at, at + 2_048),
      length: 0,
      ip,
      port: 5_000,
      answer: new Uint8Array(ANSWER),
    };
  });
  return {
    connectionIds,
    store,
    answers: (datagrams: readonly Datagram[], now: number): string[] => {
      for (const [i, { ip, bytes }] of datagrams.entries()) {
        places[i]!.ip.set(ip);
        places[i]!.bytes.set(bytes);
        (places[i] as { length: number }).length = bytes.length;
      }
      if (hashes !== undefined) {
        const addresses = { block, at: 0, stride: ADDRESS, length: width };
        const row = { block, at: 64 * ADDRESS, stride: DATAGRAM, length: 2_047 };
        udp.ahead(addresses, row, datagrams.length, now);
      }
      return datagrams.map((_, i) => {
        const { answer } = places[i]!;
        return Buffer.from(answer.subarray(0, udp.handle(places[i]!, now))).toString('hex');
      });
    },
  };
}

/** Announces of some peers to some torrents; ids of this window, of others, and forged ones; connects, scrapes, and what is cut off. */
function datagram(random: Random, ids: ConnectionIds, width: 4 | 16, now: number): Datagram {
  const ip = new Uint8Array(width).fill(32);
  ip[width - 1] = random.below(6);
  const id = new Uint8Array(8);
  const windowsAgo = [0, 0, 0, 0, 1, 2, 5][random.below(7)]!;
  ids.write(ip, Math.max(now - windowsAgo * WINDOW, 0), id, 0);
  if (random.below(8) === 0) id[random.below(8)]! ^= 1;
  const kind = random.below(12);
  if (kind === 0) return { ip, bytes: encodeUdpConnect(1) };
  if (kind === 1) return { ip, bytes: encodeUdpScrape(id, 1, [hash(random.below(5))]) };
  const event = [undefined, undefined, undefined, 'stopped', 'completed', 'started'][
    random.below(6)
  ] as undefined;
  const bytes = encodeUdpAnnounce(
    id,
    3,
    {
      ...{ infoHash: hash(random.below(12)), peerId: hash(9), port: 1 + random.below(20), key: 1, event },
      ...{ uploaded: 0, downloaded: 0, left: random.below(2), numWant: random.below(30) },
    },
    '',
  );
  return { ip, bytes: kind === 2 ? bytes.subarray(0, random.below(98)) : bytes };
}

test.each([4, 16] as const)('the same answers, with addresses of %i bytes', width => {
  const random = seededRandom(3);
  const [told, untold] = [setUp(plainKeyedHashes, width), setUp(undefined, width)];
  let answered = 0;
  for (let batch = 0, now = 0; batch < 120; batch++, now += random.below(60_000)) {
    const count = [1, 2, 3, 4, 5, 20, 63, 64][random.below(8)]!;
    const datagrams = Array.from({ length: count }, () => datagram(random, untold.connectionIds, width, now));
    const answers = told.answers(datagrams, now);
    expect(answers).toEqual(untold.answers(datagrams, now));
    answered += answers.filter(answer => answer.startsWith('00000001')).length;
  }
  expect(told.store.peerCount).toBe(untold.store.peerCount);
  expect(told.store.swarmCount).toBe(untold.store.swarmCount);
  expect(answered).toBeGreaterThan(500);
});

test('a batch is not judged by the one before', () => {
  const { answers, connectionIds } = setUp(plainKeyedHashes, 4);
  const id = new Uint8Array(8);
  const [good, other] = [1, 2].map(n => new Uint8Array([32, 0, 0, n])) as [Uint8Array, Uint8Array];
  connectionIds.write(good, 0, id, 0);
  const plain = { infoHash: hash(5), peerId: hash(9), port: 1, key: 1, uploaded: 0, downloaded: 0, left: 1 };
  const bytes = encodeUdpAnnounce(id, 3, plain, '');
  const from = (ip: Uint8Array) => ({ ip, bytes });
  const batch = [from(good), from(good), from(other), from(good)];
  expect(answers(batch, 0).map(answer => answer !== '')).toEqual([true, true, false, true]);
  // Places 0 and 2 are others' now.
  expect(answers([from(other), from(good), from(good)], 0).map(answer => answer !== '')).toEqual([
    false,
    true,
    true,
  ]);
});

test('a store that is empty, or new to a swarm, may be looked at ahead', () => {
  const store = new MemoryStore(
    { memoryBytes: 262_144 },
    { random: seededRandom(1), hashes: plainKeyedHashes },
  );
  const row = { block: seededRandom(2).fill(new Uint8Array(64 * 20)), at: 0, stride: 20, length: 20 };
  const hashes = store.lookAhead(row, 64)!;
  const plain = { ip: new Uint8Array([32, 0, 0, 1]), port: 1, completed: false, want4: 5, want6: 0 };
  for (let i = 0; i < 64; i++) {
    const infoHash = row.block.subarray(20 * i, 20 * i + 20);
    store.announceNow({ ...plain, infoHash, hash: hashes[i], role: 'leecher' }, 0);
    expect(store.announceNow({ ...plain, infoHash, port: 2, role: 'leecher' }, 0)).toMatchObject({
      incomplete: 2,
    });
  }
  expect(store.swarmCount).toBe(64);
  expect(store.lookAhead(row, 65)).toBeUndefined();
});
