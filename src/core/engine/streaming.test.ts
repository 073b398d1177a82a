// Pieces that are needed by a time.

import { describe, expect, it } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import { Bitfield } from '../bytes/bitfield.ts';
import { SwarmlineError } from '../errors.ts';
import type { Encoder } from '../wire/encoder.ts';
import { UrgentPieces } from './urgent-pieces.ts';

const haveAll = (encoder: Encoder) => encoder.haveAll();
const unchoke = (encoder: Encoder) => encoder.unchoke();

function block(piece: number, index: number): (encoder: Encoder) => void {
  return encoder => encoder.piece(piece, index * BLOCK, new Uint8Array(BLOCK));
}

function seed(talk: Talk, peer: number): string {
  talk.join(peer);
  talk.say(peer, haveAll);
  return talk.say(peer, unchoke);
}

/** Answers as many requests as come in `ms`, `perSecond` blocks a second, of those that `heard` tells; gives what is left. */
function answer(
  talk: Talk,
  peer: number,
  heard: string,
  options: { ms: number; perSecond: number },
): string[] {
  const asked = heard.split(', ').filter(word => word !== '');
  let left = apply([], asked);
  const count = Math.floor((options.ms / 1000) * options.perSecond);
  for (let i = 0; i < count; i++) {
    talk.now += 1000 / options.perSecond;
    const next = left.shift();
    const words = talk.wait(0, peer);
    left = apply(left, words.split(', '));
    if (next === undefined) continue;
    const [piece, index] = next.split('.').map(Number) as [number, number];
    left = apply(left, talk.say(peer, block(piece, index)).split(', '));
    stored(talk);
  }
  return left;
}

/** What is asked of a peer after these words. */
function apply(left: readonly string[], words: readonly string[]): string[] {
  let now = [...left];
  for (const word of words) {
    const [what, which] = word.split(' ') as [string, string];
    if (what === 'request') now.push(which);
    if (what === 'cancel') now = now.filter(name => name !== which);
  }
  return now;
}

function stored(talk: Talk): void {
  for (const output of talk.outputs.splice(0)) {
    if (output.type === 'store') talk.torrent.pieceStored(output.store, true, talk.now);
  }
}

describe('urgent pieces', () => {
  const deadlines = [
    { piece: 7, at: 4000 },
    { piece: 4, at: 500 },
    { piece: 6, at: 2000 },
    { piece: 5, at: 1000 },
  ];
  const order = (urgent: UrgentPieces) => Array.from({ length: urgent.count }, (_, i) => urgent.piece(i));

  it('stand in the order of their deadlines, each by its earliest', () => {
    const urgent = new UrgentPieces();
    urgent.set(1, deadlines);
    urgent.set(2, [
      { piece: 7, at: 100 },
      { piece: 9, at: 700 },
    ]);
    expect(order(urgent)).toEqual([7, 4, 9, 5, 6]);
    urgent.remove(4);
    urgent.set(2, []);
    expect(order(urgent)).toEqual([5, 6, 7]);
    expect([urgent.indexOf(6), urgent.indexOf(4)]).toEqual([1, -1]);
  });

  it('are asked of a peer that gives them in time, and of one that gives them not much later than any other', () => {
    const urgent = new UrgentPieces();
    urgent.set(1, deadlines);
    for (let i = 0; i < 4; i++) urgent.bestIs(i, 100);
    const askedOf = (blockMs: number, outstandingCount = 0) =>
      order(urgent).filter((_, i) => urgent.isFor({ blockMs, outstandingCount }, i, 0));
    expect(askedOf(200)).toEqual([4, 5, 6, 7]);
    expect(askedOf(100, 8)).toEqual([5, 6, 7]);
    expect(askedOf(3000)).toEqual([7]);
    // Nobody is in time: the quickest are asked all the same.
    for (let i = 0; i < 4; i++) urgent.bestIs(i, 9000);
    expect(askedOf(9500)).toEqual([4, 5, 6, 7]);
  });
});

describe('a reader', () => {
  const window = (talk: Talk, ...pieces: number[]) =>
    pieces.map((piece, i) => ({ piece, at: talk.now + 1000 * (i + 1) }));

  it('has its pieces asked for first, in order, by all peers together', () => {
    const talk = new Talk();
    talk.torrent.setDeadlines(1, window(talk, 6, 7, 8), talk.now);
    expect(seed(talk, 1)).toBe('request 6.0, request 6.1, request 6.2, request 6.3');
    expect(seed(talk, 2)).toBe('request 7.0, request 7.1, request 7.2, request 7.3');
    const asked = answer(talk, 1, 'request 6.0, request 6.1', { ms: 200, perSecond: 10 });
    expect(asked.join()).toContain('8.0');
  });

  it('that was here before the data was checked has its pieces asked for first all the same', () => {
    const talk = new Talk();
    const reason = new SwarmlineError('PAUSED', 'It is paused.');
    for (const isThereBefore of [true, false]) {
      if (isThereBefore) talk.torrent.setDeadlines(1, window(talk, 6, 7), talk.now);
      talk.torrent.stop(reason, talk.now);
      talk.torrent.resume(true, talk.now);
      if (!isThereBefore) talk.torrent.setDeadlines(1, window(talk, 3, 4), talk.now);
      talk.torrent.dataChecked(new Bitfield(10), talk.now);
      expect(seed(talk, 1)).toContain(
        isThereBefore ? 'request 6.0, request 6.1' : 'request 3.0, request 3.1',
      );
    }
    talk.torrent.stop(reason, talk.now);
    talk.torrent.resume(true, talk.now);
    talk.torrent.clearDeadlines(1, talk.now);
    talk.torrent.dataChecked(new Bitfield(10), talk.now);
    talk.join(1);
    expect(talk.torrent.nextTimeout()).toBe(2000);
  });

  it('does not wait for what nobody reads: that is taken back, all but what is on its way', () => {
    const talk = new Talk();
    const heard = seed(talk, 1);
    const left = answer(talk, 1, heard, { ms: 800, perSecond: 16 });
    expect(left.length).toBeGreaterThan(8);
    const isUntouched = (piece: number) =>
      !talk.torrent.have.has(piece) && !left.some(name => name.startsWith(`${piece}.`));
    const needed = [...Array(10).keys()].find(isUntouched);
    talk.torrent.setDeadlines(1, window(talk, needed!), talk.now);
    const words = talk.heard(1).split(', ');
    const kept = apply(left, words);
    // A quarter of a second at 16 blocks a second.
    const before = kept.indexOf(`${needed}.0`);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThanOrEqual(6);
    expect(words.filter(word => word.startsWith('cancel')).length).toBeGreaterThan(4);
  });

  it('gets late blocks from a second peer that is quicker', () => {
    const talk = new Talk({ have: '********' });
    talk.join(1);
    talk.say(1, encoder => encoder.have(9));
    expect(talk.say(1, unchoke)).toBe('request 9.0, request 9.1, request 9.2, request 9.3');
    expect(seed(talk, 2)).toBe('request 8.0, request 8.1, request 8.2, request 8.3');
    talk.torrent.setDeadlines(1, window(talk, 9), talk.now);
    expect(talk.heard(2)).toBe('');
    // The first says nothing; the second gives a block now and then, and has enough to do.
    let asked = '';
    for (const index of [0, 1, 2]) {
      asked += `, ${talk.wait(300, 2)}`;
      asked += `, ${talk.say(2, block(8, index))}`;
    }
    for (let i = 0; i < 3; i++) asked += `, ${talk.wait(250, 2)}`;
    expect(apply([], asked.split(', ')).sort()).toEqual(['9.1', '9.2', '9.3']);
    for (const index of [1, 2, 3]) asked = talk.say(2, block(9, index));
    expect(asked + talk.wait(250, 2)).toContain('request 9.0');
    talk.outputs = [];
    talk.say(2, block(9, 0));
    expect(talk.outputs.some(output => output.type === 'store' && output.piece === 9)).toBe(true);
    expect(talk.torrent.stats(talk.now).wasted).toBe(0);
  });

  it('that has gone leaves the order as it was', () => {
    const talk = new Talk({ have: '*****' });
    talk.torrent.setDeadlines(1, window(talk, 9), talk.now);
    expect(talk.torrent.nextTimeout()).toBeUndefined();
    talk.join(1);
    talk.torrent.clearDeadlines(1, talk.now);
    talk.say(1, haveAll);
    expect(talk.say(1, unchoke).split(', ')).toHaveLength(4);
    expect(talk.torrent.nextTimeout()).toBe(2000);
  });

  it('is given nothing that is there or not wanted', () => {
    const talk = new Talk({ have: '*' });
    talk.torrent.setDeadlines(1, window(talk, 0, 99), talk.now);
    talk.join(1);
    expect(talk.torrent.nextTimeout()).toBe(2000);
  });
});
