import { describe, expect, it } from 'vitest';
import { Opening } from './opening.ts';
import { DATA, FIN, Packet, STATE } from './packet.ts';
import { RoundTrip } from './round-trip.ts';

function begun(maxSyns = 3) {
  const roundTrip = new RoundTrip();
  return { roundTrip, opening: new Opening(77, maxSyns, roundTrip) };
}

function packet(type: number, ack: number): Packet {
  return Object.assign(new Packet(), { type, ack });
}

describe('a beginning', () => {
  it('sends one SYN at a time, and another when its time is over', () => {
    const { opening } = begun();
    expect([opening.takeSyn(0), opening.takeSyn(0)]).toEqual([true, false]);
    expect(opening.timeoutAt).toBe(1000);
    expect([opening.timePassed(999), opening.takeSyn(999)]).toEqual([true, false]);
    expect([opening.timePassed(1000), opening.takeSyn(1000)]).toEqual([true, true]);
    // Twice as long.
    expect(opening.timeoutAt).toBe(3000);
  });

  it('is given up when the last SYN is not answered either', () => {
    const { opening } = begun(2);
    opening.takeSyn(0);
    expect(opening.timePassed(1000)).toBe(true);
    opening.takeSyn(1000);
    expect(opening.timePassed(3000)).toBe(false);
    expect(opening.takeSyn(3000)).toBe(false);
  });

  it('is answered by a STATE, or by what has overtaken it, that acks the SYN', () => {
    const { opening } = begun();
    opening.takeSyn(0);
    expect(opening.answered(packet(STATE, 76), 50)).toBe(false);
    expect(opening.answered(packet(FIN, 77), 50)).toBe(false);
    expect(opening.answered(packet(STATE, 77), 50)).toBe(true);
    expect(opening.answered(packet(DATA, 77), 50)).toBe(true);
  });

  it('measures how long the answer took where one SYN was sent alone', () => {
    const one = begun();
    one.opening.takeSyn(100);
    one.opening.answered(packet(STATE, 77), 150);
    expect(one.roundTrip.meanMs).toBe(50);
    const two = begun();
    two.opening.takeSyn(0);
    two.opening.timePassed(1000);
    two.opening.takeSyn(1000);
    two.opening.answered(packet(STATE, 77), 1050);
    expect(two.roundTrip.meanMs).toBe(undefined);
  });
});
