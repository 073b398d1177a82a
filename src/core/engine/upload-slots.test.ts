import { describe, expect, it } from 'vitest';
import { fedSlots, RATE_SLOTS_DEFAULTS, slotsByRate } from './upload-slots.ts';

const KIB = 1024;
const slots = (...rates: number[]) => slotsByRate(rates, RATE_SLOTS_DEFAULTS);

describe('slots by rate', () => {
  it('are four while nobody takes anything', () => {
    expect(slots()).toBe(4);
    expect(slots(0, 0, 0, 0)).toBe(4);
  });

  it('are one more than the peers that take what their place asks of them', () => {
    expect(slots(1 * KIB, 40 * KIB, 9 * KIB, 8 * KIB, 30 * KIB)).toBe(5);
    expect(slots(...Array.from({ length: 10 }, () => 100 * KIB))).toBe(11);
  });

  it('do not grow without end: what all take shared evenly ends below the threshold', () => {
    // 500 KiB/s, shared by more and more peers.
    let count = 4;
    for (let round = 0; round < 50; round++)
      count = slots(...Array.from({ length: count }, () => (500 * KIB) / count));
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(20);
  });

  it('are at most so many', () => {
    expect(slots(...Array.from({ length: 500 }, () => 1e9))).toBe(64);
  });
});

describe('slots that nobody has chosen', () => {
  it('are more where each of them gets a piece in two seconds', () => {
    expect(fedSlots(8, 32, 640 * KIB, 64 * KIB)).toBe(20);
    expect(fedSlots(8, 12, 640 * KIB, 64 * KIB)).toBe(12);
  });

  it('are never fewer, however slow the uplink', () => {
    expect(fedSlots(8, 32, 0, 64 * KIB)).toBe(8);
    expect(fedSlots(8, 32, 640 * KIB, 4096 * KIB)).toBe(8);
    expect(fedSlots(8, 0, 640 * KIB, 64 * KIB)).toBe(8);
  });
});
