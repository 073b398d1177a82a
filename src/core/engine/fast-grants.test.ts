// BEP 6, message by message: sets of allowed pieces, and what may be said when.

import { describe, expect, it } from 'vitest';
import { BLOCK, metainfo, Talk } from '../../../test/talk.ts';
import { allowedFastSet } from '../wire/allowed-fast.ts';
import type { Encoder } from '../wire/encoder.ts';

const SET = allowedFastSet(Uint8Array.of(10, 0, 0, 1), metainfo.infoHashV1!, 10, 5);
const OTHERS = [...Array(10).keys()].filter(piece => !SET.includes(piece));
/** All but one that is not in the set: who has everything offers nothing. */
const MOST = [...Array(10).keys()].map(piece => (piece === OTHERS[1] ? ' ' : '*')).join('');
const haveAll = (encoder: Encoder) => encoder.haveAll();
const haveNone = (encoder: Encoder) => encoder.haveNone();
const ask =
  (piece: number, block = 0) =>
  (encoder: Encoder) =>
    encoder.request(piece, block * BLOCK, BLOCK);

describe('a beginner', () => {
  it('is offered five pieces, the same for all of its network, and gets them though it is choked', () => {
    const talk = new Talk({ have: MOST });
    talk.join(1);
    expect(talk.say(1, haveNone)).toBe(SET.map(() => 'allowed-fast').join(', '));
    expect(talk.say(1, ask(SET[2]!))).toBe(`piece ${SET[2]!}.0`);
    const other = OTHERS[0]!;
    expect(talk.say(1, ask(other))).toBe(`reject ${other}.0`);
  });

  it('gets them about once', () => {
    const talk = new Talk({ have: MOST });
    talk.join(1);
    talk.say(1, haveNone);
    let given = 0;
    while (given < 100 && talk.say(1, ask(SET[0]!)).startsWith('piece')) given++;
    expect(given).toBe(5 * 4);
  });

  it('keeps what it asked of them when it is choked', () => {
    const talk = new Talk({ have: MOST, engine: { choker: { slots: 1 } } });
    talk.join(1);
    talk.say(1, haveNone);
    talk.say(1, encoder => encoder.interested());
    talk.torrent.peerBlocked(1);
    const other = OTHERS[0]!;
    talk.say(1, ask(SET[0]!), ask(other));
    talk.torrent.peerDrained(1, talk.now);
    expect(talk.heard(1)).toContain(`piece ${SET[0]!}.0`);
  });

  it('is offered nothing by who has everything', () => {
    const talk = new Talk({ have: '**********' });
    talk.join(1);
    expect(talk.say(1, haveNone)).toBe('');
  });

  it('is no beginner with more pieces than that, without the fast extension, or where we have nothing', () => {
    const talk = new Talk({ have: MOST });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.bitfield(new Uint8Array([0xf8, 0])))).not.toContain('allowed');
    talk.join(2, { fast: false });
    expect(talk.say(2, encoder => encoder.bitfield(new Uint8Array([0, 0])))).toBe('');
    const empty = new Talk();
    empty.join(1);
    expect(empty.say(1, haveNone)).toBe('');
  });

  it('is offered nothing where that is switched off', () => {
    const talk = new Talk({ have: MOST, engine: { allowedFast: 0 } });
    talk.join(1);
    expect(talk.say(1, haveNone)).toBe('');
    expect(talk.say(1, ask(SET[0]!))).toBe(`reject ${SET[0]!}.0`);
  });
});

describe('a peer with the fast extension', () => {
  it('may not have nothing after it had something', () => {
    for (const first of [
      (encoder: Encoder) => encoder.haveAll(),
      (encoder: Encoder) => encoder.have(1),
      (encoder: Encoder) => encoder.bitfield(new Uint8Array([1, 0])),
    ]) {
      const talk = new Talk();
      talk.join(1);
      expect(talk.say(1, first, haveNone)).toBe('closed: PIECES_CONTRADICT');
      const magnet = new Talk({ magnet: true });
      magnet.join(1);
      expect(magnet.say(1, first, haveNone)).toBe('closed: PIECES_CONTRADICT');
    }
  });

  it('may have more than it said at first, as aria2 tells it', () => {
    const talk = new Talk();
    talk.join(1);
    expect(talk.say(1, haveNone, encoder => encoder.bitfield(new Uint8Array([1, 0])))).toBe('interested');
    expect(talk.say(1, encoder => encoder.haveAll())).toBe('');
  });

  it('gives hints, of which those about no piece are passed over', () => {
    const talk = new Talk();
    talk.join(1);
    const hints = [encoder => encoder.suggest(10), encoder => encoder.allowedFast(10)] as ((
      e: Encoder,
    ) => void)[];
    expect(talk.say(1, ...hints)).toBe('');
    expect(talk.say(1, haveAll, encoder => encoder.allowedFast(9))).toBe(
      'interested, request 9.0, request 9.1, request 9.2, request 9.3',
    );
    // A magnet's peer may give them before anybody knows what is a piece.
    const magnet = new Talk({ magnet: true });
    magnet.join(1);
    expect(magnet.say(1, haveAll, encoder => encoder.allowedFast(2_000_000_000))).toBe('');
  });

  it('may refuse what we took back, and no more than a little of what nobody asked for', () => {
    const talk = new Talk();
    talk.join(1);
    const reject = (encoder: Encoder) => encoder.reject(0, 0, BLOCK);
    for (let i = 0; i < 64; i++) expect(talk.say(1, reject)).toBe('');
    expect(talk.say(1, reject)).toBe('closed: UNASKED');
  });

  it('may send no more than a little that nobody asked for', () => {
    const talk = new Talk();
    talk.join(1);
    const block = (encoder: Encoder) => encoder.piece(0, 0, new Uint8Array(BLOCK));
    for (let i = 0; i < 64; i++) expect(talk.say(1, block)).toBe('');
    expect(talk.say(1, block)).toBe('closed: UNASKED');
  });
});
