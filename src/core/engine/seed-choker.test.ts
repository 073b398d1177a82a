import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { rechokeSeeding, type SeedCandidate } from './seed-choker.ts';

const TURN = { bytes: 1000, ms: 60_000 };
const NOW = 100_000;

function waiting(number: number, unchokedAt = -1): SeedCandidate {
  return { number, isInterested: true, isUnchoked: false, unchokedAt, turnBytes: 0 };
}

function unchoked(number: number, turnBytes: number, unchokedAt = NOW - 10_000): SeedCandidate {
  return { number, isInterested: true, isUnchoked: true, unchokedAt, turnBytes };
}

const verdict = (candidates: SeedCandidate[], slots: number, seed = 1) =>
  [...rechokeSeeding(candidates, slots, TURN, seededRandom(seed), NOW)].sort((a, b) => a - b);

describe('the choker of a seed', () => {
  it('leaves those in their turn their slots, whoever waits', () => {
    expect(verdict([unchoked(1, 999), unchoked(2, 0), waiting(3), waiting(4)], 2)).toEqual([1, 2]);
  });

  it('gives the slot of one that had its turn to the one that has waited longest', () => {
    expect(verdict([unchoked(1, 1000), unchoked(2, 10), waiting(3, 5000), waiting(4, 3000)], 2)).toEqual([
      2, 4,
    ]);
  });

  it('ends a turn after a time, for one that takes little', () => {
    expect(verdict([unchoked(1, 10, NOW - 60_000), waiting(2)], 1)).toEqual([2]);
  });

  it('goes on with those that had their turn while nobody waits', () => {
    expect(verdict([unchoked(1, 5000), unchoked(2, 0)], 2)).toEqual([1, 2]);
    expect(verdict([unchoked(1, 5000), unchoked(2, 0), waiting(3)], 3)).toEqual([1, 2, 3]);
  });

  it('takes those first who never had a turn, in an order that is luck', () => {
    const crowd = [waiting(1, 90_000), ...[2, 3, 4, 5, 6, 7, 8, 9].map(number => waiting(number))];
    const winners = new Set([1, 2, 3, 4, 5, 6].flatMap(seed => verdict(crowd, 1, seed)));
    expect(winners.size).toBeGreaterThan(2);
    expect(winners).not.toContain(1);
  });

  it('passes over those that want nothing', () => {
    expect(verdict([{ ...unchoked(1, 0), isInterested: false }, waiting(2)], 1)).toEqual([2]);
  });

  it('goes round: each of nine has had a turn when the first comes again', () => {
    const random = seededRandom(7);
    let peers = Array.from({ length: 9 }, (_, number) => waiting(number));
    const turns: number[] = [];
    for (let now = 0; now < 18_000; now += 1000) {
      const chosen = rechokeSeeding(peers, 1, TURN, random, now);
      turns.push(...chosen);
      // The fastest there is: it has had its turn by the next round.
      peers = peers.map(peer =>
        chosen.has(peer.number)
          ? { ...peer, isUnchoked: true, unchokedAt: now, turnBytes: 1_000_000 }
          : { ...peer, isUnchoked: false },
      );
    }
    expect(new Set(turns.slice(0, 9)).size).toBe(9);
    expect(turns.slice(9)).toEqual(turns.slice(0, 9));
  });
});
