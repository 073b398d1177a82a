import { expect, test } from 'vitest';
import { seededRandom } from '../../core/bytes/prng.ts';
import type { SwarmAnnounce, SwarmAnswer } from '../swarm-store.ts';
import { drawnFor, HotSwarms } from './hot-swarms.ts';

test('a swarm is hot when it is large and many ask; then it is drawn from once, for a while', () => {
  const hot = swarms();
  expect(hot.look('a', leecher(), 0)).toBeUndefined();
  hot.answered('a', leecher(), answer(1_000, 50), 0, 0);
  for (let i = 0; i < 2; i++) expect(hot.look('a', leecher(), i)).toBeUndefined();
  expect(hot.look('a', leecher(), 3)).toBe('draw');
  hot.answered('a', leecher(), answer(1_000, 200), drawnFor(leecher()), 4);
  const given = hot.look('a', leecher(), 5) as SwarmAnswer;
  expect(given).toMatchObject({ complete: 0, incomplete: 1_000, downloaded: 3 });
  expect(given.peers).toHaveLength(50 * 6);
  // Seeds get others than leechers.
  expect(hot.look('a', { ...leecher(), role: 'seed' }, 6)).toBe('draw');
});

test('what was drawn grows old, and one who wants more than a quarter of it has it drawn anew', () => {
  const hot = hotAt0();
  expect(typeof hot.look('a', { ...leecher(), want4: 51 }, 1)).not.toBe('object');
  expect(typeof hot.look('a', { ...leecher(), want4: 50 }, 1)).toBe('object');
  expect(typeof hot.look('a', leecher(), 1_000)).not.toBe('object');
});

test('never the asker, and not the same to all', () => {
  const hot = hotAt0();
  const given = Array.from({ length: 20 }, (_, i) => {
    const { peers } = hot.look('a', leecher(i), 1) as SwarmAnswer;
    const ports = Array.from({ length: peers.length / 6 }, (_, k) => peers[6 * k + 5]!);
    expect(new Set(ports).size).toBe(50);
    expect(ports).not.toContain(i);
    return ports.join();
  });
  expect(new Set(given).size).toBe(20);
});

test('small swarms are never hot, who leaves gets nothing', () => {
  const hot = swarms();
  hot.answered('a', leecher(), answer(99, 50), 0, 0);
  for (let i = 0; i < 20; i++) expect(hot.look('a', leecher(), i)).toBeUndefined();
  expect(hotAt0().look('a', { ...leecher(), role: 'gone' }, 1)).toBeUndefined();
  expect(hotAt0().remembered('a', { ...leecher(), role: 'gone' })).toBeUndefined();
});

test('what was drawn is remembered, in a bounded number of swarms', () => {
  const hot = hotAt0();
  expect(hot.remembered('a', leecher())!.peers).toHaveLength(50 * 6);
  for (let n = 0; n < 30; n++) hot.answered(`${n}`, leecher(), answer(500, 200), 200, 1);
  expect(hot.remembered('a', leecher())).toBeUndefined();
  const kept = Array.from({ length: 30 }, (_, n) => hot.remembered(`${n}`, leecher()));
  expect(kept.filter(found => found !== undefined).length).toBeLessThanOrEqual(10);
});

function swarms(): HotSwarms {
  return new HotSwarms(
    { freshMs: 1_000, announces: 4, minPeers: 100, maxSwarms: 10 },
    { random: seededRandom(1) },
  );
}

function hotAt0(): HotSwarms {
  const hot = swarms();
  hot.answered('a', leecher(), answer(1_000, 200), 200, 0);
  return hot;
}

function leecher(port = 0): SwarmAnnounce {
  const ip = new Uint8Array([192, 0, 2, 1]);
  return {
    infoHash: new Uint8Array(20),
    ip,
    port,
    role: 'leecher',
    completed: false,
    want4: 50,
    want6: 0,
  };
}

/** Peers of ports from 0 on. */
function answer(incomplete: number, count: number): SwarmAnswer {
  const peers = new Uint8Array(6 * count);
  for (let i = 0; i < count; i++) peers.set([192, 0, 2, 1, 0, i], 6 * i);
  return { complete: 0, incomplete, downloaded: 3, peers, peers6: new Uint8Array(0) };
}
