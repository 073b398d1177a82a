import { describe, expect, it } from 'vitest';
import { pieceBound, serverBoundMs, swarmBoundMs } from './bound.ts';

const rates = (leechers: number, more = {}) => ({
  length: 1000,
  seedsUp: [100],
  leechersUp: Array.from({ length: leechers }, () => 100),
  leechersDown: Array.from({ length: leechers }, () => 400),
  ...more,
});

describe('the least that it can take', () => {
  it('is one copy over the seed’s line, however many come', () => {
    expect([1, 10, 1000].map(count => swarmBoundMs(rates(count)))).toEqual([10_000, 10_000, 10_000]);
  });

  it('is the slowest downlink where that is slower', () => {
    expect(swarmBoundMs(rates(2, { leechersDown: [400, 20] }))).toBe(50_000);
  });

  it('is all copies over all uplinks where these are the less', () => {
    expect(swarmBoundMs(rates(2, { leechersUp: [0, 0] }))).toBe(20_000);
  });

  it('grows with everybody who comes where a server is alone', () => {
    expect([1, 10, 1000].map(count => serverBoundMs(rates(count)))).toEqual([10_000, 100_000, 10_000_000]);
  });

  it('has a round more for each doubling where pieces are passed on whole', () => {
    expect(pieceBound(1, 100)).toBe(1);
    expect(pieceBound(64, 100)).toBeCloseTo(1.06);
    expect(pieceBound(127, 100)).toBeCloseTo(1.06);
  });
});
