import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/bytes/prng.ts';
import { MemoryStore } from '../stores/memory.ts';
import { CensusTaking, type SwarmQuestion } from './census.ts';

const QUESTION: SwarmQuestion = { sort: 'peers', isAscending: false, prefix: '', offset: 0, limit: 10 };

describe('a census', () => {
  it('lists swarms by their size, a page at a time', async () => {
    const { census } = storeOf(50);
    const taken = await census.take();
    const first = taken.page({ ...QUESTION, limit: 2 });
    expect(first.total).toBe(50);
    expect(first.swarms.map(({ seeds, leechers }) => [seeds, leechers])).toEqual([
      [1, 49],
      [1, 48],
    ]);
    expect(taken.page({ ...QUESTION, offset: 49 }).swarms).toEqual([
      { infoHash: '0001'.repeat(10), seeds: 1, leechers: 0, downloaded: 0, webSocketPeers: 0 },
    ]);
    expect(taken.page({ ...QUESTION, offset: 50 }).swarms).toEqual([]);
    expect(taken.page({ ...QUESTION, isAscending: true, limit: 1 }).swarms[0]!.leechers).toBe(0);
  });

  it('finds info hashes by how they begin, to half a byte', async () => {
    const taken = await storeOf(50).census.take();
    expect(taken.page({ ...QUESTION, prefix: '002' }).total).toBe(16);
    expect(taken.page({ ...QUESTION, prefix: '0020' }).swarms.map(({ infoHash }) => infoHash)).toEqual([
      '0020'.repeat(10),
    ]);
    expect(taken.page({ ...QUESTION, prefix: 'ffff' })).toEqual({ total: 0, swarms: [] });
  });

  it('has the peers of WebSockets among those of the store, and their own swarms', async () => {
    const name = (n: number) => String.fromCharCode(0, n).repeat(10);
    const { census } = storeOf(2, [
      { name: name(1), complete: 2, incomplete: 3, downloaded: 1 },
      { name: name(9), complete: 0, incomplete: 9, downloaded: 0 },
    ]);
    const { total, swarms } = (await census.take()).page(QUESTION);
    expect(total).toBe(3);
    expect(swarms.map(({ seeds, leechers, webSocketPeers }) => [seeds, leechers, webSocketPeers])).toEqual([
      [0, 9, 9],
      [3, 3, 5],
      [1, 1, 0],
    ]);
  });

  it('is kept for five seconds, and taken once however many ask', async () => {
    const { census, clock } = storeOf(3);
    const [a, b] = await Promise.all([census.take(), census.take()]);
    expect(a).toBe(b);
    clock.time += 4_999;
    expect(await census.take()).toBe(a);
    clock.time += 1;
    expect(await census.take()).not.toBe(a);
  });
});

/** Swarm number n has n peers, one of which is a seed. */
function storeOf(swarms: number, others: readonly Parameters<typeof othersOf>[0][number][] = []) {
  const store = new MemoryStore({ maxSwarms: 10_000 }, { random: seededRandom(3) });
  for (let n = 1; n <= swarms; n++)
    for (let port = 1; port <= n; port++) {
      const infoHash = new Uint8Array(20).map((_, i) => (i % 2 === 0 ? 0 : n));
      const role = port === 1 ? ('seed' as const) : ('leecher' as const);
      const ip = new Uint8Array([192, 0, 2, 1]);
      store.announce({ infoHash, ip, port, role, completed: false, want4: 0, want6: 0 }, 0, () => {});
    }
  const clock = {
    time: 0,
    now: () => clock.time,
    after: (_: number, call: () => void) => {
      queueMicrotask(call);
      return () => {};
    },
  };
  return { census: new CensusTaking(store, () => othersOf(others), clock), clock };
}

function othersOf(
  swarms: readonly { name: string; complete: number; incomplete: number; downloaded: number }[],
) {
  return swarms;
}
