// BEP 54: pieces that were there and are not any more, at a peer and here.

import { describe, expect, it } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import type { Encoder } from '../wire/encoder.ts';
import { encodeDontHave } from '../wire/extensions/lt-donthave.ts';
import { encodeExtensionHandshake, OUR_EXTENSIONS } from '../wire/extensions/registry.ts';

const unchoke = (encoder: Encoder) => encoder.unchoke();
const haveAll = (encoder: Encoder) => encoder.haveAll();
const handshake = (encoder: Encoder) =>
  encoder.extended(0, encodeExtensionHandshake({ client: 'x', maxRequests: 100 }));
const lost = (piece: number) => (encoder: Encoder) =>
  encoder.extended(OUR_EXTENSIONS.lt_donthave, encodeDontHave(piece));

describe('a peer that has lost a piece', () => {
  it('is of no interest where that was all that it had for us', () => {
    const talk = new Talk({ have: '********* ' });
    talk.join(1, { extended: true });
    expect(talk.say(1, haveAll)).toBe('interested');
    expect(talk.say(1, lost(3))).toBe('');
    expect(talk.say(1, lost(9))).toBe('not-interested');
    expect(talk.say(1, lost(9))).toBe('');
    expect(talk.say(1, encoder => encoder.have(9))).toBe('interested');
    expect(talk.torrent.peers(talk.now)[0]!.progress).toBe(0.9);
  });

  it('is not asked for it any more, though it was a seed', () => {
    const talk = new Talk();
    talk.join(1, { extended: true });
    talk.say(1, haveAll);
    for (let piece = 1; piece < 10; piece++) talk.say(1, lost(piece));
    expect(talk.say(1, unchoke)).toBe('request 0.0, request 0.1, request 0.2, request 0.3');
  });

  it('gives others a turn: what it owed is asked elsewhere, by its refusals or at once', () => {
    for (const fast of [true, false]) {
      const talk = new Talk({ have: '********* ' });
      for (const peer of [1, 2]) {
        talk.join(peer, { extended: true, fast });
        talk.say(peer, fast ? haveAll : encoder => encoder.bitfield(new Uint8Array([0xff, 0xc0])));
      }
      expect(talk.say(1, unchoke)).toMatch(/^request 9.0/);
      talk.say(1, lost(9));
      if (fast) talk.say(1, ...[0, 1, 2, 3].map(b => (e: Encoder) => e.reject(9, b * BLOCK, BLOCK)));
      expect(talk.say(2, unchoke)).toBe('request 9.0, request 9.1, request 9.2, request 9.3');
    }
  });

  it('may say so before anybody knows how many pieces there are', () => {
    const talk = new Talk({ magnet: true });
    talk.join(1, { extended: true });
    expect(talk.say(1, haveAll, lost(3), lost(4), encoder => encoder.have(4))).toBe('');
    expect(talk.say(1, lost(3_000_000))).toBe('closed: PIECE_UNKNOWN');
  });

  it.each([
    ['of a piece that is none', lost(10), 'PIECE_UNKNOWN'],
    [
      'in another form',
      (encoder: Encoder) => encoder.extended(OUR_EXTENSIONS.lt_donthave, new Uint8Array(3)),
      'EXTENSION_INVALID',
    ],
  ])('is closed where it speaks %s', (_, message, code) => {
    const talk = new Talk();
    talk.join(1, { extended: true });
    expect(talk.say(1, message)).toBe(`closed: ${code}`);
  });
});

describe('a piece that is lost here', () => {
  const ALL = '**********';

  it('is told to peers that understand it, their requests are refused, and it is fetched anew', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1, { extended: true });
    talk.join(2);
    talk.say(1, encoder => encoder.haveNone(), handshake);
    expect(talk.say(1, encoder => encoder.interested())).toContain('unchoke');
    talk.say(2, encoder => encoder.bitfield(new Uint8Array([0, 0x40])));
    talk.torrent.piecesLost([9], talk.now);
    // That, and that we want something again.
    expect(talk.heard(1)).toBe('extended, extended');
    expect(talk.say(1, encoder => encoder.request(9, 0, BLOCK))).toBe('reject 9.0');
    expect(talk.say(2, unchoke)).toBe('request 9.0, request 9.1, request 9.2, request 9.3');
    expect(talk.torrent.stats(talk.now)).toMatchObject({ isComplete: false, left: 4 * BLOCK, piecesHave: 9 });
    expect(talk.outputs.filter(({ type }) => type === 'event')).not.toEqual([]);
  });

  it('makes a peer interesting that had been of no use', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.bitfield(new Uint8Array([0x80, 0])))).not.toContain('interested');
    talk.torrent.piecesLost([0, 0, 77], talk.now);
    expect(talk.heard(1)).toBe('interested');
  });

  it('is of no account where it was not here', () => {
    const talk = new Talk({ have: '*' });
    talk.torrent.piecesLost([1, -1, 1000], talk.now);
    expect(talk.torrent.stats(talk.now).piecesHave).toBe(1);
  });
});
