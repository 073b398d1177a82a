import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { type ChokerCandidate, rechoke } from './choker.ts';

function candidate(number: number, rate: number, more: Partial<ChokerCandidate> = {}): ChokerCandidate {
  return {
    number,
    isInterested: true,
    isOptimistic: false,
    isSnubbed: false,
    isTaker: false,
    rateBytesPerSecond: rate,
    pieces: 0,
    ...more,
  };
}

const random = () => seededRandom(3);
const sorted = (numbers: ReadonlySet<number>) => [...numbers].sort((a, b) => a - b);

describe('the choker', () => {
  it('unchokes a lone interested peer', () => {
    expect(sorted(rechoke([candidate(1, 0)], 4, false, 4, random()).unchoked)).toEqual([1]);
  });

  it('gives slots to those that give most, and one to luck', () => {
    const peers = [10, 20, 30, 40, 50, 60].map((rate, number) => candidate(number, rate));
    const { unchoked, optimistic } = rechoke(peers, 4, true, 4, random());
    expect(unchoked.size).toBe(4);
    expect([...unchoked]).toEqual(expect.arrayContaining([3, 4, 5]));
    expect(optimistic.size).toBe(1);
    expect([0, 1, 2]).toContain([...optimistic][0]);
  });

  it('passes over those that want nothing', () => {
    const peers = [candidate(1, 90, { isInterested: false }), candidate(2, 10)];
    expect(sorted(rechoke(peers, 4, true, 4, random()).unchoked)).toEqual([2]);
  });

  it('gives a snubbing peer no slot for its rate', () => {
    const peers = [5, 6, 7, 99].map((rate, number) => candidate(number, rate, { isSnubbed: rate === 99 }));
    const { optimistic } = rechoke([...peers, candidate(9, 4), candidate(10, 3)], 3, true, 3, random());
    expect(rechoke(peers, 3, true, 4, random()).unchoked.has(2)).toBe(true);
    expect(optimistic.size).toBe(1);
  });

  it('gives a taker no slot but by luck, and that only after all others', () => {
    const takers = [1, 2, 3].map(number => candidate(number, 0, { isTaker: true }));
    const others = [11, 12, 13, 14].map(number => candidate(number, 0));
    expect(sorted(rechoke([...takers, ...others], 4, true, 4, random()).unchoked)).toEqual([11, 12, 13, 14]);
    const { unchoked, optimistic } = rechoke([...takers, candidate(11, 9)], 4, true, 4, random());
    expect(unchoked.has(11)).toBe(true);
    expect(unchoked.size).toBe(2);
    expect(takers.map(({ number }) => number)).toContain([...optimistic][0]);
  });

  it('does not let one that turned out to be a taker keep a slot by luck until the rotation', () => {
    const taker = candidate(1, 0, { isTaker: true, isOptimistic: true });
    const others = [candidate(11, 0), candidate(12, 0)];
    expect(sorted(rechoke([taker, ...others], 2, false, 4, random()).unchoked)).toEqual([11, 12]);
  });

  it('leaves to luck who gets a slot of those that give nothing, and not to who has least', () => {
    const peers = Array.from({ length: 12 }, (_, number) => candidate(number, 0, { pieces: number }));
    const drawn = new Set<number>();
    for (let seed = 1; seed <= 30; seed++)
      for (const number of rechoke(peers, 4, true, 4, seededRandom(seed)).unchoked) drawn.add(number);
    expect(drawn.size).toBe(12);
  });

  it('keeps those by luck until the rotation, then draws others', () => {
    const peers = [90, 80, 70, 1, 1, 1].map((rate, number) =>
      candidate(number, rate, { isOptimistic: number === 4 }),
    );
    expect(sorted(rechoke(peers, 4, false, 4, random()).optimistic)).toEqual([4]);
    expect([3, 5]).toContain([...rechoke(peers, 4, true, 4, random()).optimistic][0]);
  });

  it('takes of those that give about as much the ones that have least', () => {
    const peers = [100, 70, 90, 60, 80].map((rate, number) =>
      candidate(number, rate, { pieces: 9 - number }),
    );
    expect(sorted(rechoke(peers, 4, false, 4, random()).unchoked)).toEqual(expect.arrayContaining([2, 3, 4]));
  });

  it('prefers one that gives more than twice as much, whatever it has, to those that have little', () => {
    const peers = [candidate(1, 1000, { pieces: 99 }), candidate(2, 100), candidate(3, 90), candidate(4, 10)];
    for (let i = 0; i < 5; i++)
      expect(rechoke(peers, 3, true, 3, seededRandom(i)).unchoked.has(1)).toBe(true);
  });

  it('gives nobody a slot for having little alone', () => {
    const rates = [1000, 900, 800, 0, 0];
    const peers = rates.map((rate, number) => candidate(number, rate, { pieces: rate }));
    expect([...rechoke(peers, 4, true, 4, random()).unchoked]).toEqual(expect.arrayContaining([0, 1, 2]));
  });

  it('leaves no slot empty while somebody wants it', () => {
    const peers = [1, 2, 3, 4].map(number => candidate(number, 0, { isSnubbed: true }));
    expect(rechoke(peers, 4, false, 4, random()).unchoked.size).toBe(4);
  });
});
