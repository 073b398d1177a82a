// Super-seeding, spoken to message by message. BEP 16

import { describe, expect, it } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { Decoder } from '../wire/decoder.ts';
import { decodeExtensionHandshake } from '../wire/extensions/registry.ts';

const ALL = '**********';

function superSeed(have = ALL): Talk {
  const talk = new Talk({ have });
  talk.torrent.setSuperSeeding(true);
  return talk;
}

const havesIn = (words: string) => [...words.matchAll(/have (\d+)/g)].map(([, piece]) => Number(piece));

/** Joins, wants what it is shown, and is unchoked. The pieces that it was shown. */
function join(talk: Talk, peer: number): number[] {
  const shown = havesIn(talk.join(peer));
  talk.say(peer, encoder => encoder.haveNone());
  return [...shown, ...havesIn(talk.say(peer, encoder => encoder.interested()))];
}

describe('super-seeding', () => {
  it('greets as one that has nothing, then shows one piece', () => {
    const talk = superSeed();
    expect(talk.torrent.superSeeding).toBe('on');
    expect(talk.join(1)).toMatch(/^have-none, have \d$/);
    expect(talk.join(2, { fast: false })).toMatch(/^bitfield, have \d$/);
  });

  it('does not say that it only uploads before it is over', () => {
    const talk = superSeed();
    talk.join(1, { extended: true });
    expect(uploadOnlyIn(talk)).toBe(undefined);
    talk.torrent.setSuperSeeding(false);
    talk.heard(1);
    expect(uploadOnlyIn(talk)).toBe(true);
  });

  it('shows each piece to one peer, two ahead of what was seen elsewhere', () => {
    const talk = superSeed();
    const shown = [1, 2, 3].flatMap(peer => join(talk, peer));
    expect(shown).toHaveLength(6);
    expect(new Set(shown).size).toBe(6);
  });

  it('shows the next when a piece is seen at another peer, and not when the peer itself has it', () => {
    const talk = superSeed();
    const [piece] = join(talk, 1);
    join(talk, 2);
    expect(talk.say(1, encoder => encoder.have(piece!))).toBe('');
    talk.torrent.receive(2, haveBytes(piece!), talk.now);
    expect(havesIn(talk.heard(1))).toHaveLength(1);
  });

  it('shows a peer that is alone the next when it has one', () => {
    const talk = superSeed();
    const [piece] = join(talk, 1);
    expect(havesIn(talk.say(1, encoder => encoder.have(piece!)))).toHaveLength(1);
  });

  it('shows the next to one that tells of many at once, by a bitfield, as aria2 does', () => {
    const talk = superSeed();
    const shown = join(talk, 1);
    expect(shown).toHaveLength(2);
    expect(havesIn(talk.say(1, encoder => encoder.bitfield(bitsOf(shown))))).toHaveLength(2);
  });

  it('shows the next where a newcomer already has what was shown to another', () => {
    const talk = superSeed();
    const [piece] = join(talk, 1);
    talk.join(2);
    talk.torrent.receive(2, new Uint8Array([0, 0, 0, 3, 5, ...bitsOf([piece!])]), talk.now);
    expect(havesIn(talk.heard(1))).toHaveLength(1);
  });

  it('ends when another seed comes', () => {
    const talk = superSeed();
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    expect(talk.torrent.superSeeding).toBe('off');
  });

  it('ends when another has everything, and tells all', () => {
    const talk = superSeed();
    const shown = join(talk, 1);
    talk.join(2);
    talk.say(2, encoder => encoder.haveNone());
    const told: number[] = [];
    for (let piece = 0; piece < 10; piece++) {
      talk.torrent.receive(2, haveBytes(piece), talk.now);
      told.push(...havesIn(talk.heard(1)));
    }
    expect(talk.torrent.superSeeding).toBe('off');
    expect([...new Set([...shown, ...told])].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(talk.join(3)).toBe('have-all');
  });

  it('ends when each piece is at two others', () => {
    const talk = superSeed();
    for (const peer of [1, 2, 3, 4]) join(talk, peer);
    for (const peer of [1, 2, 3, 4])
      for (let piece = 0; piece < 10; piece++)
        if (piece % 2 === peer % 2) talk.say(peer, encoder => encoder.have(piece));
    expect(talk.torrent.superSeeding).toBe('on');
    talk.wait(1000, 1);
    expect(talk.torrent.superSeeding).toBe('off');
  });

  it('is turned off while it runs, and tells the rest', () => {
    const talk = superSeed();
    const shown = join(talk, 1);
    talk.torrent.setSuperSeeding(false);
    const told = havesIn(talk.heard(1));
    expect([...shown, ...told].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(talk.join(2)).toBe('have-all');
  });

  it('is turned on while it runs: who knows that everything is here goes on, newcomers are shown little', () => {
    const talk = new Talk({ have: ALL });
    expect(talk.join(1)).toBe('have-all');
    talk.say(1, encoder => encoder.interested());
    talk.torrent.setSuperSeeding(true);
    expect(talk.say(1, encoder => encoder.request(3, 0, BLOCK))).toBe('piece 3.0');
    expect(talk.join(2)).toMatch(/^have-none, have \d$/);
  });

  it('is not for one that lacks a piece: it begins when that has come', () => {
    const talk = superSeed('*********');
    expect(talk.torrent.superSeeding).toBe('wanted');
    expect(talk.join(1)).toBe('bitfield');
    talk.say(
      1,
      encoder => encoder.haveNone(),
      encoder => encoder.have(9),
      encoder => encoder.unchoke(),
    );
    for (let block = 0; block < 4; block++)
      talk.say(1, encoder => encoder.piece(9, block * BLOCK, new Uint8Array(BLOCK)));
    const store = talk.outputs.find(output => output.type === 'store')!;
    talk.torrent.pieceStored(store.store, true, talk.now);
    expect(talk.torrent.superSeeding).toBe('on');
    expect(talk.join(2)).toContain('have-none');
  });

  it('is never for a torrent of which something is skipped', () => {
    const talk = superSeed('*****');
    talk.torrent.setFilePriorities(['skip'], talk.now);
    expect(talk.torrent.stats(talk.now).isComplete).toBe(true);
    expect(talk.torrent.superSeeding).toBe('wanted');
    expect(talk.join(1)).toBe('bitfield');
  });

  it('shows a piece to another where the first one leaves without it', () => {
    const talk = superSeed();
    const first = [1, 2, 3, 4, 5].map(peer => join(talk, peer));
    expect(first.flat()).toHaveLength(10);
    talk.torrent.peerLeft(3, talk.now);
    expect(join(talk, 6).toSorted()).toEqual(first[2]!.toSorted());
  });

  it('shows a piece once more where nothing has moved for two seconds', () => {
    const talk = superSeed();
    for (const peer of [1, 2, 3, 4, 5]) join(talk, peer);
    expect(join(talk, 6)).toEqual([]);
    const shown: number[] = [];
    for (let second = 0; second < 1; second++) shown.push(...havesIn(talk.wait(1000, 6)));
    expect(shown).toEqual([]);
    for (let second = 0; second < 2; second++) shown.push(...havesIn(talk.wait(1000, 6)));
    expect(shown).toHaveLength(2);
  });
});

/** What the last extension handshake said. BEP 21 */
function uploadOnlyIn(talk: Talk): boolean | undefined {
  let uploadOnly: boolean | undefined;
  for (const output of talk.outputs) {
    if (output.type !== 'send') continue;
    const decoder = new Decoder();
    decoder.push(concatBytes(output.chunks));
    for (let message = decoder.next(); message !== undefined; message = decoder.next())
      if (message.type === 'extended' && message.id === 0)
        ({ uploadOnly } = decodeExtensionHandshake(message.payload));
  }
  return uploadOnly;
}

function haveBytes(piece: number): Uint8Array {
  return new Uint8Array([0, 0, 0, 5, 4, 0, 0, 0, piece]);
}

/** A bitfield of ten pieces. */
function bitsOf(pieces: readonly number[]): Uint8Array {
  const bits = new Uint8Array(2);
  for (const piece of pieces) bits[piece >> 3]! |= 0x80 >>> (piece & 7);
  return bits;
}
