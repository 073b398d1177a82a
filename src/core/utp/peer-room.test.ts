import { describe, expect, it } from 'vitest';
import { PeerRoom } from './peer-room.ts';

/** When it may ask, of a wait that begins at `now`. */
function waitOf(room: PeerRoom, timeoutMs: number, now: number): number {
  room.awaited(timeoutMs, now);
  const { askAt } = room;
  room.timePassed(askAt);
  return askAt - now;
}

describe('the room of the other end', () => {
  it('is what it said last', () => {
    const room = new PeerRoom(1000);
    room.told(0);
    expect(room.bytes).toBe(0);
    room.told(500);
    expect([room.bytes, room.askAt]).toEqual([500, Number.POSITIVE_INFINITY]);
  });

  it('is asked for by one packet, and no earlier than it is due', () => {
    const room = new PeerRoom(0);
    room.awaited(500, 100);
    room.timePassed(599);
    expect(room.takeAsking()).toBe(false);
    room.timePassed(600);
    expect([room.takeAsking(), room.takeAsking()]).toEqual([true, false]);
  });

  it('is not waited for longer because a packet waits again', () => {
    const room = new PeerRoom(0);
    room.awaited(500, 100);
    room.awaited(500, 300);
    expect(room.askAt).toBe(600);
  });

  it('is asked for ever more seldom, once a minute at the least, until something arrives', () => {
    const room = new PeerRoom(0);
    expect([0, 1, 2].map(() => waitOf(room, 500, 0))).toEqual([500, 1000, 2000]);
    for (let i = 0; i < 10; i++) waitOf(room, 500, 0);
    expect(waitOf(room, 500, 0)).toBe(60_000);
    room.arrived();
    expect(waitOf(room, 500, 0)).toBe(500);
  });

  it('is not asked for any more when it tells of itself', () => {
    const room = new PeerRoom(0);
    room.awaited(500, 0);
    room.told(0);
    room.timePassed(10_000);
    expect(room.takeAsking()).toBe(false);
  });
});
