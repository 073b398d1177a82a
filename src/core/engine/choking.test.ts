// Who is unchoked when, spoken to message by message.

import { describe, expect, it } from 'vitest';
import { BLOCK, data, Talk } from '../../../test/talk.ts';

const ALL = '**********';
const PIECE = 4 * BLOCK;

/** A seed, and so many peers that want something. What each heard after `interested`. */
function seedOf(count: number, slots: number | 'rate', turnPieces = 1) {
  const talk = new Talk({ have: ALL, engine: { choker: { slots, turnPieces }, allowedFast: 0 } });
  const heard: string[] = [];
  for (let peer = 1; peer <= count; peer++) {
    talk.join(peer);
    talk.say(peer, encoder => encoder.haveNone());
    heard.push(talk.say(peer, encoder => encoder.interested()));
  }
  return { talk, heard };
}

const unchokedIn = (talk: Talk) =>
  talk.torrent
    .peers(talk.now)
    .filter(({ amChoking }) => !amChoking)
    .map(({ number }) => number);

function pass(talk: Talk, seconds: number): void {
  for (let i = 0; i < seconds; i++) talk.wait(1000, 0);
}

describe('a seed', () => {
  it('unchokes at once while there are slots', () => {
    const { heard } = seedOf(3, 2);
    expect(heard.map(words => words.includes('unchoke'))).toEqual([true, true, false]);
  });

  it('gives the slot of a peer that was given its pieces to one that waits, however fast the first is', () => {
    const { talk } = seedOf(3, 2);
    pass(talk, 10);
    expect(unchokedIn(talk)).toEqual([1, 2]);
    for (let block = 0; block < 4; block++) talk.say(1, encoder => encoder.request(0, block * BLOCK, BLOCK));
    expect(talk.torrent.peers(talk.now)[0]!.uploaded).toBe(PIECE);
    pass(talk, 10);
    expect(unchokedIn(talk)).toEqual([2, 3]);
  });

  it('goes on with it while nobody waits', () => {
    const { talk } = seedOf(2, 2);
    for (let block = 0; block < 4; block++) talk.say(1, encoder => encoder.request(0, block * BLOCK, BLOCK));
    pass(talk, 60);
    expect(unchokedIn(talk)).toEqual([1, 2]);
  });

  it('gives more or fewer slots from the moment on that it is told to', () => {
    const { talk } = seedOf(6, 2);
    talk.torrent.setUploadSlots(5, talk.now);
    expect(unchokedIn(talk)).toHaveLength(5);
    talk.torrent.setUploadSlots(1, talk.now);
    expect(unchokedIn(talk)).toHaveLength(1);
    talk.torrent.setUploadSlots(0, talk.now);
    expect(unchokedIn(talk)).toEqual([]);
  });

  it('opens slots by rate: four at first, more as peers take more', () => {
    const { talk } = seedOf(20, 'rate', 1000);
    expect(unchokedIn(talk)).toHaveLength(4);
    for (let second = 0; second < 60; second++) {
      for (const peer of unchokedIn(talk)) {
        talk.say(peer, encoder => encoder.request(0, 0, BLOCK));
        talk.say(peer, encoder => encoder.request(0, BLOCK, BLOCK));
      }
      talk.wait(1000, 0);
    }
    // 32 KiB/s each: the seventeenth would have to take 33.
    expect(unchokedIn(talk).length).toBeGreaterThanOrEqual(9);
    expect(unchokedIn(talk).length).toBeLessThanOrEqual(17);
  });

  it('gives the slot of one that wants nothing any more to the next at once', () => {
    const { talk } = seedOf(3, 2);
    talk.say(1, encoder => encoder.notInterested());
    expect(unchokedIn(talk)).toEqual([1, 2, 3]);
  });

  it('gives the slot of one that has left to the next within a second', () => {
    const { talk } = seedOf(3, 2);
    talk.torrent.peerLeft(1, talk.now);
    pass(talk, 1);
    expect(unchokedIn(talk)).toEqual([2, 3]);
  });

  it('opens more slots than nobody has chosen while each of them gets a piece in two seconds', () => {
    const talk = new Talk({ have: ALL, engine: { allowedFast: 0 } });
    for (let peer = 1; peer <= 40; peer++) {
      talk.join(peer);
      talk.say(peer, encoder => encoder.haveNone());
      talk.say(peer, encoder => encoder.interested());
    }
    expect(unchokedIn(talk)).toHaveLength(8);
    for (const peer of [1, 2, 3, 4, 5, 6, 7, 8])
      for (let block = 0; block < 4; block++)
        talk.say(peer, encoder => encoder.request(peer, block * BLOCK, BLOCK));
    pass(talk, 1);
    // Eight pieces a second.
    expect(unchokedIn(talk).length).toBeGreaterThanOrEqual(14);
    expect(unchokedIn(talk).length).toBeLessThanOrEqual(18);
    // A number that was chosen is meant.
    talk.torrent.setUploadSlots(8, talk.now);
    expect(unchokedIn(talk)).toHaveLength(8);
  });
});

it('looks after a second whom the first slots went to: whoever gave something by then has one', () => {
  const talk = new Talk({ have: '*         ', engine: { choker: { slots: 2 }, allowedFast: 0 } });
  for (let peer = 1; peer <= 3; peer++) {
    talk.join(peer);
    talk.say(peer, encoder => encoder.bitfield(new Uint8Array([64, 0])));
    talk.say(peer, encoder => encoder.interested());
  }
  expect(unchokedIn(talk)).toEqual([1, 2]);
  expect(talk.say(3, encoder => encoder.unchoke())).toContain('request 1.0');
  talk.say(3, encoder => encoder.piece(1, 0, data.subarray(4 * BLOCK, 5 * BLOCK)));
  pass(talk, 1);
  expect(unchokedIn(talk)).toHaveLength(2);
  expect(unchokedIn(talk)).toContain(3);
});

describe('a leecher', () => {
  it('gives the slot of one that took more than a piece and gave nothing to those that took less', () => {
    const talk = new Talk({ have: '*****.....', engine: { choker: { slots: 2 }, allowedFast: 0 } });
    for (let peer = 1; peer <= 3; peer++) {
      talk.join(peer);
      // It has what we want, and chokes us.
      talk.say(peer, encoder => encoder.bitfield(new Uint8Array([0b0000_0111, 0b1100_0000])));
      talk.say(peer, encoder => encoder.interested());
    }
    expect(unchokedIn(talk)).toEqual([1, 2]);
    for (const piece of [0, 1])
      for (let block = 0; block < 4; block++)
        talk.say(1, encoder => encoder.request(piece, block * BLOCK, BLOCK));
    expect(talk.torrent.peers(talk.now)[0]!.uploaded).toBe(2 * PIECE);
    for (let round = 0; round < 6; round++) {
      pass(talk, 10);
      expect(unchokedIn(talk)).toEqual([2, 3]);
    }
  });

  it('takes such a slot away within a second, and not with the next round', () => {
    const talk = new Talk({ have: '*****.....', engine: { choker: { slots: 2 }, allowedFast: 0 } });
    for (let peer = 1; peer <= 3; peer++) {
      talk.join(peer);
      talk.say(peer, encoder => encoder.bitfield(new Uint8Array([0b0000_0111, 0b1100_0000])));
      talk.say(peer, encoder => encoder.interested());
    }
    // Rounds are ten seconds apart by now, and the next one is in four.
    pass(talk, 31);
    const earned = talk.torrent.peers(talk.now).find(peer => !peer.amChoking && !peer.isOptimistic)!.number;
    for (const piece of [0, 1, 2, 3])
      for (let block = 0; block < 4; block++)
        talk.say(earned, encoder => encoder.request(piece, block * BLOCK, BLOCK));
    pass(talk, 1);
    expect(unchokedIn(talk)).toHaveLength(2);
    expect(unchokedIn(talk)).not.toContain(earned);
  });
});
