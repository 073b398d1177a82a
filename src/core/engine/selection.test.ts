// Files chosen while the torrent runs. Three files in five pieces of two blocks:
//
//   pieces   |  0  |  1  |  2  |  3  |  4  |
//   files    |aaaaaaaaa|bbbbbbbbbbb|ccccccc|

import { describe, expect, it } from 'vitest';
import { BLOCK, Talk, type TalkOptions } from '../../../test/talk.ts';
import { noise, torrentOf } from '../../../test/torrents.ts';
import { Decoder } from '../wire/decoder.ts';
import type { Encoder } from '../wire/encoder.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from '../wire/extensions/registry.ts';
import { type FilePriority, piecePriorities } from './file-priorities.ts';

const { metainfo } = torrentOf(
  ['a', 'b', 'c'].map((name, i) => ({ path: [name], data: noise([3, 4, 3][i]! * BLOCK, i) })),
  { pieceLength: 2 * BLOCK },
);

const LETTERS: Readonly<Record<string, FilePriority>> = { '-': 'skip', l: 'low', n: 'normal', h: 'high' };
const priorities = (picture: string) => [...picture].map(letter => LETTERS[letter]!);

function talkOf(options: TalkOptions = {}): Talk {
  return new Talk({ info: metainfo, ...options });
}

function choose(talk: Talk, picture: string): void {
  talk.torrent.setFilePriorities(priorities(picture), talk.now);
}

const haveAll = (encoder: Encoder) => encoder.haveAll();
const unchoke = (encoder: Encoder) => encoder.unchoke();

function give(talk: Talk, peer: number, piece: number): string {
  talk.outputs = [];
  const blocks = [0, 1].map(block => (encoder: Encoder) => {
    encoder.piece(piece, block * BLOCK, new Uint8Array(BLOCK));
  });
  const heard = talk.say(peer, ...blocks);
  for (const output of talk.outputs) {
    if (output.type === 'store') talk.torrent.pieceStored(output.store, true, talk.now);
  }
  return [heard, talk.heard(peer)].filter(words => words !== '').join(', ');
}

function said(talk: Talk, type: string): number {
  return talk.outputs.filter(output => output.type === 'event' && output.event.type === type).length;
}

/** What the last extension handshake to the peer says. */
function uploadOnlyTold(talk: Talk, peer: number): boolean | undefined {
  let told: boolean | undefined;
  const decoder = new Decoder();
  for (const output of talk.outputs) {
    if (output.type !== 'send' || output.peer !== peer) continue;
    for (const chunk of output.chunks) decoder.push(chunk);
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      if (message.type === 'extended') told = decodeExtensionHandshake(message.payload).uploadOnly;
    }
  }
  return told;
}

describe('the priorities of pieces', () => {
  it.each([
    ['nnn', undefined],
    ['n--', [2, 2, 0, 0, 0]],
    ['-n-', [0, 2, 2, 2, 0]],
    ['lhl', [1, 3, 3, 3, 1]],
    ['---', [0, 0, 0, 0, 0]],
    ['h-l', [3, 3, 0, 1, 1]],
  ])('of files %s are those of the most wanted file in each', (picture, pieces) => {
    const found = piecePriorities(metainfo, priorities(picture));
    expect(found && [...found]).toEqual(pieces);
  });
});

describe('files chosen while the torrent runs', () => {
  it('are asked for by priority', () => {
    const talk = talkOf({
      engine: { pipeline: { minRequests: 100, maxRequests: 100, minRoundTripMs: 1000 } },
    });
    choose(talk, 'lnh');
    talk.join(1);
    talk.say(1, haveAll);
    const asked = talk.say(1, unchoke).matchAll(/request (\d)\.0/g);
    const order = [...asked].map(([, piece]) => Number(piece));
    expect(order.slice(0, 2).sort()).toEqual([3, 4]);
    expect(order.slice(2, 4).sort()).toEqual([1, 2]);
    expect(order[4]).toBe(0);
  });

  it('are given up, their requests taken back and their buffers given back, when they are not wanted any more', () => {
    const talk = talkOf({ have: '***' });
    talk.join(1);
    talk.say(1, haveAll);
    expect(talk.say(1, unchoke)).toMatch(/^(request [34]\.[01](, )?){4}$/);
    choose(talk, 'nn-');
    expect(talk.heard(1)).toBe('cancel 4.1, cancel 4.0');
    expect(talk.lent).toBe(1);
    // A block that crossed with the cancel is of no use.
    talk.say(1, encoder => encoder.piece(4, 0, new Uint8Array(BLOCK)));
    expect(talk.torrent.stats(talk.now).wasted).toBe(BLOCK);
    expect(give(talk, 1, 3)).toBe('closed: PEER_NOT_NEEDED');
    expect(said(talk, 'complete')).toBe(1);
    expect(talk.lent).toBe(1);
  });

  it('complete the torrent when nothing else is missing, and open it again', () => {
    const talk = talkOf({ have: '****' });
    talk.join(1, { extended: true });
    talk.join(2, { extended: true });
    talk.say(1, encoder => encoder.have(4));
    talk.outputs = [];
    choose(talk, 'nn-');
    expect(talk.heard(1)).toBe('not-interested, extended');
    expect(said(talk, 'complete')).toBe(1);
    expect(uploadOnlyTold(talk, 2)).toBe(true);
    expect(talk.torrent.stats(talk.now)).toMatchObject({ isComplete: true, piecesHave: 4 });

    talk.outputs = [];
    choose(talk, 'nnn');
    expect(talk.heard(1)).toBe('interested, extended');
    expect(said(talk, 'complete')).toBe(0);
    expect(uploadOnlyTold(talk, 2)).toBe(false);
    expect(talk.torrent.stats(talk.now).isComplete).toBe(false);

    talk.say(1, unchoke);
    expect(give(talk, 1, 4)).toContain('extended');
    expect(said(talk, 'complete')).toBe(1);
  });

  it('are said to be complete once, however often they are chosen', () => {
    const talk = talkOf({ have: '****' });
    for (const picture of ['nn-', 'hl-', 'n--', '---']) choose(talk, picture);
    talk.heard(1);
    expect(said(talk, 'complete')).toBe(1);
  });

  it('let a piece that is being stored be stored, wanted or not', () => {
    const talk = talkOf({ have: '****' });
    talk.join(1);
    talk.say(1, haveAll);
    talk.say(1, unchoke);
    talk.say(
      1,
      ...[0, 1].map(block => (encoder: Encoder) => encoder.piece(4, block * BLOCK, new Uint8Array(BLOCK))),
    );
    const store = talk.outputs.find(output => output.type === 'store')!.store;
    choose(talk, 'nn-');
    choose(talk, 'nnn');
    choose(talk, 'nn-');
    talk.torrent.pieceStored(store, true, talk.now);
    talk.heard(1);
    expect(talk.torrent.stats(talk.now)).toMatchObject({ piecesHave: 5, left: 0, isComplete: true });
    expect(said(talk, 'complete')).toBe(1);
  });

  it('may be chosen before the data was checked, and as the torrent is added', () => {
    const talk = talkOf({ wantedFiles: [1] });
    expect(talk.torrent.filePriorities).toEqual(['skip', 'normal', 'skip']);
    talk.join(1);
    talk.say(1, haveAll);
    expect(talk.say(1, unchoke)).not.toMatch(/request [04]/);
  });

  it('are a mistake of the caller while they are not known, or where they are not so many', () => {
    expect(() => choose(talkOf(), 'nn')).toThrow(TypeError);
    expect(() => choose(talkOf({ magnet: true }), 'nnn')).toThrow(TypeError);
  });
});

describe('a torrent of which all that is wanted is there', () => {
  const uploadOnly = encodeExtensionHandshake({ client: 'x', maxRequests: 10, uploadOnly: true });

  it('has no use for seeds, nor for others that want nothing', () => {
    const talk = talkOf({ have: '****' });
    choose(talk, 'nn-');
    for (const peer of [1, 2, 3]) talk.join(peer, { extended: true });
    expect(talk.say(1, haveAll)).toBe('closed: PEER_NOT_NEEDED');
    expect(talk.say(2, encoder => encoder.have(4))).toBe('');
    expect(talk.say(2, encoder => encoder.extended(0, uploadOnly))).toBe('closed: PEER_NOT_NEEDED');
    expect(talk.say(3, encoder => encoder.have(1))).toBe('');
  });

  it('keeps those that want nothing while it wants something itself', () => {
    const talk = talkOf({ have: '****' });
    talk.join(1, { extended: true });
    expect(
      talk.say(
        1,
        encoder => encoder.have(4),
        encoder => encoder.extended(0, uploadOnly),
      ),
    ).toBe('interested');
  });
});

describe('sequential mode', () => {
  it('asks for pieces in order, the most wanted file first', () => {
    const talk = talkOf({
      engine: { pipeline: { minRequests: 100, maxRequests: 100, minRoundTripMs: 1000 } },
    });
    choose(talk, 'nnh');
    talk.torrent.setSequential(true);
    talk.join(1);
    talk.say(1, haveAll);
    const asked = talk.say(1, unchoke).matchAll(/request (\d)\.0/g);
    expect([...asked].map(([, piece]) => Number(piece))).toEqual([3, 4, 0, 1, 2]);
  });
});
