// A piece of v2 that failed with several givers: what its blocks hash to is asked of peers, and the liar is named by it.

import { describe, expect, it } from 'vitest';
import { MemorySwarm, pieceSpace } from '../../../test/memory-swarm.ts';
import { BLOCK, Talk, wordsOf } from '../../../test/talk.ts';
import { noise, torrentOf } from '../../../test/torrents.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { sha256 } from '../bytes/sha256.ts';
import type { TorrentVersion } from '../metainfo/metainfo.ts';
import type { Encoder } from '../wire/encoder.ts';

const data = noise(10 * 4 * BLOCK - 100, 1);
const { metainfo } = torrentOf([{ path: [], data }], { version: 'v2', pieceLength: 4 * BLOCK });
const piecesRoot = metainfo.files[0]!.piecesRoot!;
const range = { piecesRoot, baseLayer: 0, index: 36, length: 4, proofLayers: 1 };
const leaves = concatBytes([0, 1, 2, 3].map(block => leaf(9, block)));

function leaf(piece: number, block: number): Uint8Array {
  const at = (piece * 4 + block) * BLOCK;
  return sha256(data.subarray(at, at + BLOCK));
}

/** The last piece is missing, two seeds give two blocks each, and block 1 is wrong; two more have the torrent. */
function failed(peers = [1, 2, 3, 4]): { talk: Talk; fail: () => void } {
  const talk = new Talk({ info: metainfo, have: '*********' });
  for (const peer of peers) {
    talk.join(peer, { v2: peer !== 4 });
    talk.say(peer, encoder => encoder.haveAll());
  }
  talk.say(1, encoder => encoder.unchoke());
  for (const block of [0, 1]) talk.say(1, piece(block));
  talk.say(1, encoder => encoder.choke());
  for (const block of [2, 3]) talk.say(1, encoder => encoder.reject(9, block * BLOCK, length(block)));
  expect(talk.say(2, encoder => encoder.unchoke())).toBe('request 9.2, request 9.3');
  for (const block of [2, 3]) talk.say(2, piece(block));
  const store = talk.outputs.findLast(output => output.type === 'store')!;
  const blockDigests = leaves.slice();
  blockDigests[40]! ^= 1;
  const fail = () =>
    talk.torrent.pieceStored((store as { store: number }).store, { isRight: false, blockDigests }, talk.now);
  return { talk, fail };
}

const length = (block: number) => (block === 3 ? BLOCK - 100 : BLOCK);

function piece(block: number): (encoder: Encoder) => void {
  return encoder => encoder.piece(9, block * BLOCK, new Uint8Array(length(block)));
}

function banned(talk: Talk): string[] {
  return talk.outputs.flatMap(output =>
    output.type === 'event' && output.event.type === 'peer-banned' ? [output.event.address.host] : [],
  );
}

describe('the hashes of blocks', () => {
  it('are asked of who gave none of them and knows v2, and name the liar alone', () => {
    const { talk, fail } = failed();
    fail();
    expect(talk.heard(3)).toBe('hash-request 0/36+4^1');
    talk.say(3, encoder => encoder.hashes(range, leaves));
    expect(banned(talk)).toEqual(['10.0.0.1']);
    expect(talk.torrent.peers(talk.now).map(({ number }) => number)).toEqual([2, 3, 4]);
  });

  it('are asked of another where one refuses, of suspects too, and not on and on', () => {
    const { talk, fail } = failed();
    fail();
    talk.heard(3);
    talk.say(3, encoder => encoder.hashReject(range));
    expect(talk.say(1, encoder => encoder.hashReject(range))).toBe('');
    expect(talk.say(2, encoder => encoder.hashes(range, leaves))).not.toContain('closed');
    expect(banned(talk)).toEqual(['10.0.0.1']);
    expect(talk.say(3, encoder => encoder.hashes(range, leaves))).toBe('closed: HASHES_UNASKED');
  });

  it('are asked of all suspects at once where nobody else could tell: the liar says nothing', () => {
    const { talk, fail } = failed([1, 2]);
    fail();
    talk.heard(0);
    const asked = talk.outputs.flatMap(output =>
      output.type === 'send' && wordsOf(output.chunks).includes('hash-request 0/36+4^1') ? [output.peer] : [],
    );
    expect(asked.sort()).toEqual([1, 2]);
  });

  it('that do not prove themselves ban who gave them, and are asked of another', () => {
    const { talk, fail } = failed();
    fail();
    talk.heard(3);
    const wrong = leaves.slice();
    wrong[0]! ^= 1;
    expect(talk.say(3, encoder => encoder.hashes(range, wrong))).toBe('closed: HASHES_CORRUPT');
    talk.wait(1000, 0);
    expect(talk.say(1, encoder => encoder.hashes(range, leaves))).toBe('closed: PIECE_CORRUPT');
  });

  it('are asked of another where no answer comes', () => {
    const { talk, fail } = failed();
    fail();
    talk.heard(3);
    for (let second = 0; second < 11; second++) talk.wait(1000, 0);
    expect(talk.say(1, encoder => encoder.hashes(range, leaves))).toBe('closed: PIECE_CORRUPT');
  });
});

describe('a peer that sends wrong bytes of v2', () => {
  for (const version of ['v2', 'hybrid'] satisfies TorrentVersion[]) {
    it(`is banned, and nobody else of those who gave parts of the same pieces (${version})`, () => {
      const torrent = torrentOf([{ path: ['f'], data: noise(4_000_000, 9) }], {
        version,
        pieceLength: 262_144,
      });
      const swarm = new MemorySwarm(7);
      const source = { info: torrent.metainfo };
      const space = pieceSpace(torrent);
      const liar = swarm.add({ source, data: space, corrupt: () => true });
      const seeds = [1, 2].map(() => swarm.add({ source, data: space }));
      const leech = swarm.add({ source });
      for (const node of [liar, ...seeds]) swarm.introduce(leech, node);
      swarm.run(() => leech.isComplete);
      expect(Buffer.compare(leech.data, space)).toBe(0);
      const bans = leech.events.filter(event => event.type === 'peer-banned');
      expect(bans.map(({ address }) => address.host)).toEqual([liar.address.host]);
    });
  }
});
