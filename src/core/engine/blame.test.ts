// Wrong pieces, and who is blamed for them: one torrent that is spoken to.

import { describe, expect, it } from 'vitest';
import { BLOCK, data, Talk } from '../../../test/talk.ts';
import { sha256 } from '../bytes/sha256.ts';
import type { Encoder } from '../wire/encoder.ts';
import type { EngineOptions } from './options.ts';
import { PIPELINE_DEFAULTS } from './pipeline.ts';

/** Pieces of four blocks, of which the last is missing. Two seeds that give two blocks of it each. */
function twoGivers(wrongBlock: number): { talk: Talk; store: number; verdict: ReturnType<typeof failed> } {
  const talk = new Talk({ have: '*********' });
  for (const peer of [1, 2]) {
    talk.join(peer);
    talk.say(peer, encoder => encoder.haveAll());
  }
  talk.say(1, unchoke);
  for (const block of [0, 1]) talk.say(1, piece(9, block));
  talk.say(1, encoder => encoder.choke());
  for (const block of [2, 3]) talk.say(1, encoder => encoder.reject(9, block * BLOCK, BLOCK));
  expect(talk.say(2, unchoke)).toBe('request 9.2, request 9.3');
  for (const block of [2, 3]) talk.say(2, piece(9, block));
  return { talk, store: stores(talk).at(-1)!.store, verdict: failed(wrongBlock) };
}

const unchoke = (encoder: Encoder) => encoder.unchoke();

function piece(index: number, block: number): (encoder: Encoder) => void {
  const at = index * 4 * BLOCK + block * BLOCK;
  return encoder => encoder.piece(index, block * BLOCK, data.slice(at, at + BLOCK));
}

/** The right blocks of the last piece, one of them not. */
function digests(wrongBlock = -1): Uint8Array {
  const all = new Uint8Array(4 * 32);
  for (let block = 0; block < 4; block++) {
    const at = (9 * 4 + block) * BLOCK;
    all.set(block === wrongBlock ? new Uint8Array(32) : sha256(data.subarray(at, at + BLOCK)), 32 * block);
  }
  return all;
}

function failed(wrongBlock: number) {
  return { isRight: false, blockDigests: digests(wrongBlock) };
}

function stores(talk: Talk) {
  return talk.outputs.filter(output => output.type === 'store');
}

function banned(talk: Talk): string[] {
  return talk.outputs.flatMap(output =>
    output.type === 'event' && output.event.type === 'peer-banned' ? [output.event.address.host] : [],
  );
}

describe('a piece that fails', () => {
  it('bans the one that gave all of it at once', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll(), unchoke);
    talk.say(1, ...[0, 1, 2, 3].map(block => piece(9, block)));
    talk.torrent.pieceStored(stores(talk)[0]!.store, failed(0), talk.now);
    expect(talk.heard(1)).toBe('closed: PIECE_CORRUPT');
    expect(banned(talk)).toEqual(['10.0.0.1']);
    expect(talk.join(7, { host: '10.0.0.1' })).toBe('closed: PEER_BANNED');
  });

  it('of two givers is fetched whole from one, and when it is right the other is banned for the block that differs', () => {
    const { talk, store, verdict } = twoGivers(3);
    expect(stores(talk)[0]!.blockDigests).toBe(false);
    talk.torrent.pieceStored(store, verdict, talk.now);
    expect(banned(talk)).toEqual([]);
    talk.outputs = [];
    const heard = talk.say(1, unchoke) + talk.heard(2);
    // One of them gets all of it; which one is luck.
    const giver = heard.startsWith('request 9.0, request 9.1, request 9.2, request 9.3') ? 1 : 2;
    talk.say(giver, ...[0, 1, 2, 3].map(block => piece(9, block)));
    expect(stores(talk)[0]!.blockDigests).toBe(true);
    talk.torrent.pieceStored(stores(talk)[0]!.store, { isRight: true, blockDigests: digests() }, talk.now);
    expect(talk.heard(2)).toBe('closed: PIECE_CORRUPT');
    expect(banned(talk)).toEqual(['10.0.0.2']);
    expect(talk.torrent.stats(talk.now).isComplete).toBe(true);
  });

  it('is not forgotten when the liar hangs up before it is found out', () => {
    const { talk, store, verdict } = twoGivers(3);
    talk.torrent.peerLeft(2, talk.now);
    talk.torrent.pieceStored(store, verdict, talk.now);
    talk.outputs = [];
    talk.say(1, unchoke);
    expect(talk.wait(1000, 1)).toBe('request 9.0, request 9.1, request 9.2, request 9.3');
    talk.say(1, ...[0, 1, 2, 3].map(block => piece(9, block)));
    talk.torrent.pieceStored(stores(talk)[0]!.store, { isRight: true, blockDigests: digests() }, talk.now);
    talk.heard(1);
    expect(banned(talk)).toEqual(['10.0.0.2']);
    expect(talk.join(2)).toBe('closed: PEER_BANNED');
  });
});

describe('a suspect', () => {
  /** Pieces 8 and 9 are missing. Peers 1 and 2 gave piece 8 together, and it was wrong. */
  function suspects(engine: Partial<EngineOptions> = {}): Talk {
    const talk = new Talk({ have: '********', engine });
    for (const peer of [1, 2, 3]) talk.join(peer);
    for (const peer of [1, 2]) talk.say(peer, encoder => encoder.have(8), unchoke);
    for (const block of [0, 1]) talk.say(1, piece(8, block));
    talk.say(1, encoder => encoder.choke());
    for (const block of [2, 3]) talk.say(1, encoder => encoder.reject(8, block * BLOCK, BLOCK));
    talk.wait(1000, 2);
    for (const block of [2, 3]) talk.say(2, piece(8, block));
    const digest = { isRight: false, blockDigests: new Uint8Array(4 * 32) };
    talk.torrent.pieceStored(stores(talk)[0]!.store, digest, talk.now);
    talk.heard(1);
    return talk;
  }

  it('is given no part of a piece that another is on', () => {
    const talk = suspects({ pipeline: { ...PIPELINE_DEFAULTS, minRequests: 2 } });
    talk.say(3, encoder => encoder.have(9));
    // Two blocks are left, which anybody else would help with.
    expect(talk.say(3, unchoke)).toBe('request 9.0, request 9.1');
    expect(talk.say(1, encoder => encoder.have(9), unchoke)).not.toContain('request 9');
    talk.join(4);
    expect(talk.say(4, encoder => encoder.have(9), unchoke)).toContain('request 9.2, request 9.3');
  });

  it('stays one when it dials again, and is none any more after a right piece of its own', () => {
    const talk = suspects();
    talk.torrent.peerLeft(1, talk.now);
    talk.torrent.peerLeft(2, talk.now);
    talk.join(5, { host: '10.0.0.1' });
    talk.outputs = [];
    expect(talk.say(5, encoder => encoder.have(8), unchoke)).toContain('request 8.0');
    // A second one helps with no block of it.
    talk.join(6);
    expect(talk.say(6, encoder => encoder.have(8), unchoke)).toBe('interested');
    talk.say(5, ...[0, 1, 2, 3].map(block => piece(8, block)));
    talk.torrent.pieceStored(stores(talk)[0]!.store, true, talk.now);
    talk.heard(5);
    expect(talk.say(5, encoder => encoder.have(9))).toContain('request 9.0');
  });
});
