import { describe, expect, it } from 'vitest';
import { swarmBoundMs } from './bound.ts';
import { type Presence, presenceBoundMs } from './presence-bound.ts';

const STAYS = Number.POSITIVE_INFINITY;

/** A file of 1,000 bytes; each comes when `arrivals` says, in seconds. */
function presence(arrivals: readonly number[], more: Partial<Presence> = {}): Presence {
  const fromMs = arrivals.map(second => 1000 * second);
  return {
    length: 1000,
    seedsUp: [100],
    givers: fromMs.map(from => ({ upBytesPerSecond: 100, fromMs: from, untilMs: STAYS })),
    takers: fromMs.map(from => ({ downBytesPerSecond: 400, fromMs: from })),
    ...more,
  };
}

describe('the least that it can take where peers come and go', () => {
  it.each([
    ['the seed', [100], 100, 400],
    ['the downlinks', [1000], 100, 40],
    ['all uplinks', [100], 20, 400],
    ['a line without a limit', [100], STAYS, 400],
  ])('is that of a crowd where all come at once: %s', (_, seedsUp, up, down) => {
    const crowd = presence([5, 5, 5, 5], {
      seedsUp,
      givers: Array.from({ length: 4 }, () => ({ upBytesPerSecond: up, fromMs: 5000, untilMs: STAYS })),
      takers: Array.from({ length: 4 }, () => ({ downBytesPerSecond: down, fromMs: 5000 })),
    });
    const four = (rate: number) => [rate, rate, rate, rate];
    const rates = { length: 1000, seedsUp, leechersUp: four(up), leechersDown: four(down) };
    expect(presenceBoundMs(crowd)).toBe(swarmBoundMs(rates));
  });

  it('is no less than the last arrival and one copy on that downlink', () => {
    expect(presenceBoundMs(presence([0, 100], { seedsUp: [1000] }))).toBe(102_500);
  });

  it('lets those that come late have what the uplinks carry from then on', () => {
    // Two come after 100 s and upload nothing: two copies over two lines of 100 bytes a second.
    const { givers } = presence([0]);
    expect(presenceBoundMs(presence([0, 100, 100], { givers }))).toBe(110_000);
  });

  it('counts an uplink only while it is there', () => {
    const takers = [
      { downBytesPerSecond: STAYS, fromMs: 0 },
      { downBytesPerSecond: STAYS, fromMs: 0 },
    ];
    const giver = { upBytesPerSecond: 100, fromMs: 0 };
    // 2,000 bytes: 200 a second for five seconds, then 100.
    const goes = presence([], { givers: [{ ...giver, untilMs: 5000 }], takers });
    expect(presenceBoundMs(goes)).toBe(15_000);
    expect(presenceBoundMs({ ...goes, givers: [{ ...giver, untilMs: STAYS }] })).toBe(10_000);
    const endless = { upBytesPerSecond: STAYS, fromMs: 0, untilMs: 5000 };
    expect(presenceBoundMs({ ...goes, givers: [endless, endless] })).toBe(10_000);
  });

  it('says nothing where nobody is to be done', () => {
    expect(presenceBoundMs(presence([]))).toBeNaN();
  });
});
