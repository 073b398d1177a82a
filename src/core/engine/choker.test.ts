import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { type ChokerCandidate, rechoke } from './choker.ts';

function candidate(number: number, rate: number, more: Partial<ChokerCandidate> = {}): ChokerCandidate {
  return {
    number,
    isInterested: true,
    isOptimistic: false,
    isSnubbed: false,
    rateBytesPerSecond: rate,
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

  it('keeps those by luck until the rotation, then draws others', () => {
    const peers = [90, 80, 70, 1, 1, 1].map((rate, number) =>
      candidate(number, rate, { isOptimistic: number === 4 }),
    );
    expect(sorted(rechoke(peers, 4, false, 4, random()).optimistic)).toEqual([4]);
    expect([3, 5]).toContain([...rechoke(peers, 4, true, 4, random()).optimistic][0]);
  });

  it('leaves no slot empty while somebody wants it', () => {
    const peers = [1, 2, 3, 4].map(number => candidate(number, 0, { isSnubbed: true }));
    expect(rechoke(peers, 4, false, 4, random()).unchoked.size).toBe(4);
  });
});
