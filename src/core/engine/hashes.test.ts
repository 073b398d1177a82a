// BEP 52's messages about hashes: one v2 torrent that is spoken to, and some that speak with each other.

import { describe, expect, it } from 'vitest';
import { MemorySwarm, pieceSpace } from '../../../test/memory-swarm.ts';
import { BLOCK, Talk, wordsOf } from '../../../test/talk.ts';
import { noise, torrentOf } from '../../../test/torrents.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { sha256 } from '../bytes/sha256.ts';
import type { Encoder } from '../wire/encoder.ts';
import type { HashRange } from '../wire/hash-range.ts';
import type { CheckableInfo } from './piece-check.ts';

// Pieces of four blocks: five of `a`, the last of two blocks; `b` is one piece of three blocks.
const FILES = [
  { path: ['a'], data: noise(17 * BLOCK + 7, 1) },
  { path: ['b'], data: noise(2 * BLOCK + 9, 2) },
];
const TORRENT = torrentOf(FILES, { version: 'v2', pieceLength: 4 * BLOCK });
const { metainfo } = TORRENT;
const [A, B] = metainfo.files.map(file => file.piecesRoot!) as [Uint8Array, Uint8Array];
const BARE: CheckableInfo = (({ pieceLayers, blockLayers, ...info }) => info)(metainfo);

const ask =
  (piecesRoot: Uint8Array, numbers: readonly [number, number, number, number]) => (encoder: Encoder) =>
    encoder.hashRequest(rangeOf(piecesRoot, numbers));

function rangeOf(piecesRoot: Uint8Array, numbers: readonly [number, number, number, number]): HashRange {
  const [baseLayer, index, length, proofLayers] = numbers;
  return { piecesRoot, baseLayer, index, length, proofLayers };
}

/** A seed of the torrent with one peer, and what that hears; its blocks are hashed as they are asked for. */
function seed(options: { info?: CheckableInfo } = {}): Talk {
  const talk = new Talk({ info: options.info ?? metainfo, have: '******' });
  talk.join(1, { v2: true });
  return talk;
}

function hashBlocks(talk: Talk, isRotten = false): void {
  const output = talk.outputs.findLast(({ type }) => type === 'hash');
  if (output?.type !== 'hash') throw new Error('nothing was to be hashed');
  const { file, offset } = output.piece < 5 ? { file: 0, offset: output.piece * 4 } : { file: 1, offset: 0 };
  const data = FILES[file]!.data.slice(offset * BLOCK, (offset + 4) * BLOCK);
  if (isRotten) data[0]! ^= 1;
  talk.torrent.blocksHashed(output.read, leavesOf(data), talk.now);
}

/** What peers 1 and 2 are told now. */
function drained(talk: Talk): string[] {
  const seen = talk.outputs.length;
  talk.heard(0);
  return talk.outputs
    .slice(seen)
    .flatMap(output =>
      output.type === 'send' ? wordsOf(output.chunks).map(word => `${output.peer}: ${word}`) : [],
    )
    .sort();
}

function leavesOf(data: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += BLOCK) leaves.push(sha256(data.subarray(at, at + BLOCK)));
  return concatBytes(leaves);
}

describe('whoever has a v2 torrent', () => {
  it('gives its piece layer, whole and in parts, with the proof that was asked for', () => {
    const talk = seed();
    expect(talk.say(1, ask(A, [2, 0, 8, 2]))).toBe('hashes 2/0+8^2');
    expect(talk.say(1, ask(A, [2, 0, 8, 0]))).toBe('hashes 2/0+8^0');
    expect(talk.say(1, ask(A, [2, 4, 2, 2]))).toBe('hashes 2/4+2^2');
    // libtorrent asks so for a last piece that stands alone, and awaits one uncle more.
    expect(talk.say(1, ask(A, [2, 4, 1, 2]))).toBe('hashes 2/4+1^2');
  });

  it.each([
    ['another file', new Uint8Array(32), [2, 0, 8, 2]],
    ['the root itself', A, [5, 0, 1, 0]],
    ['a layer above the root', A, [9, 0, 2, 0]],
    ['more proof than there are layers', A, [2, 0, 8, 3]],
    ['hashes behind the end of the layer', A, [2, 8, 8, 0]],
    ['more hashes than the layer has', A, [2, 0, 16, 0]],
    ['a layer between blocks and pieces', A, [1, 0, 2, 0]],
    ['blocks behind the end of the file', A, [0, 20, 4, 0]],
    ['the blocks of more pieces than one may ask for', A, [0, 0, 16_384, 0]],
    ['a layer of pieces where there is one piece', B, [2, 0, 2, 0]],
  ] as const)('refuses %s', (_, root, numbers) => {
    expect(seed().say(1, ask(root, numbers))).toMatch(/^hash-reject/);
  });

  it('refuses one hash alone of a hybrid whose pieces are blocks: libtorrent stops at it', () => {
    const data = noise(513 * BLOCK, 4);
    const info = torrentOf([{ path: [], data }], { version: 'hybrid', pieceLength: BLOCK }).metainfo;
    const talk = new Talk({ info, have: '*'.repeat(513) });
    talk.join(1, { v2: true });
    const root = info.files[0]!.piecesRoot!;
    expect(talk.say(1, ask(root, [0, 512, 1, 9]))).toBe('hash-reject 0/512+1^9');
    expect(talk.say(1, ask(root, [0, 512, 2, 9]))).toBe('hashes 0/512+2^9');
  });

  it('gives the hashes of blocks, once their piece is read, and proves them up to the root', () => {
    const talk = seed();
    for (const [root, numbers, said] of [
      [A, [0, 4, 4, 1], 'hashes 0/4+4^1'],
      [A, [0, 4, 2, 4], 'hashes 0/4+2^4'],
      [A, [0, 16, 4, 4], 'hashes 0/16+4^4'],
      [B, [0, 0, 4, 1], 'hashes 0/0+4^1'],
      [B, [0, 2, 2, 1], 'hashes 0/2+2^1'],
    ] as const) {
      expect(talk.say(1, ask(root, numbers))).toBe('');
      hashBlocks(talk);
      expect(talk.heard(1)).toBe(said);
    }
  });

  it('gives blocks of several pieces, which it reads one after the other', () => {
    const talk = seed();
    talk.say(1, ask(A, [0, 0, 8, 4]));
    hashBlocks(talk);
    expect(talk.heard(1)).toBe('');
    hashBlocks(talk);
    expect(talk.heard(1)).toBe('hashes 0/0+8^4');
  });

  it('gives no hashes of what has changed on the disk', () => {
    const talk = seed();
    talk.say(1, ask(A, [0, 4, 4, 1]));
    hashBlocks(talk, true);
    expect(talk.heard(1)).toBe('hash-reject 0/4+4^1');
  });

  it('reads nothing where the torrent file brought the hashes of blocks', () => {
    const blockLayers = new Map([[Buffer.from(A).toString('hex'), leavesOf(FILES[0]!.data)]]);
    const talk = seed({ info: { ...metainfo, blockLayers } });
    expect(talk.say(1, ask(A, [0, 4, 4, 1]))).toBe('hashes 0/4+4^1');
    expect(talk.say(1, ask(A, [0, 16, 4, 1]))).toBe('hashes 0/16+4^1');
  });

  it('refuses hashes of blocks that it does not have', () => {
    const talk = new Talk({ info: metainfo, have: '*' });
    talk.join(1, { v2: true });
    expect(talk.say(1, ask(A, [0, 4, 4, 1]))).toBe('hash-reject 0/4+4^1');
  });

  it('reads for one request at a time, keeps four of a peer waiting and refuses the rest', () => {
    const talk = seed();
    const many = Array.from({ length: 10 }, () => ask(A, [0, 4, 4, 1]));
    expect(talk.say(1, ...many)).toBe(Array(6).fill('hash-reject 0/4+4^1').join(', '));
    expect(talk.outputs.filter(({ type }) => type === 'hash')).toHaveLength(1);
    for (let i = 0; i < 4; i++) {
      hashBlocks(talk);
      expect(talk.heard(1)).toBe('hashes 0/4+4^1');
    }
  });

  it('goes on with others where the one that asked has left', () => {
    const talk = seed();
    talk.join(2, { v2: true });
    talk.say(1, ask(A, [0, 4, 4, 1]), ask(A, [0, 8, 4, 1]));
    talk.say(2, ask(B, [0, 0, 4, 1]));
    talk.torrent.peerLeft(1, talk.now);
    hashBlocks(talk);
    talk.heard(2);
    hashBlocks(talk);
    expect(talk.heard(2)).toBe('hashes 0/0+4^1');
  });

  it('works so much for a peer and no more, until time has passed', () => {
    const talk = seed();
    const request = ask(A, [2, 0, 8, 2]);
    const ofMany = (count: number) => talk.say(1, ...Array.from({ length: count }, () => request));
    let given = 0;
    for (let i = 0; i < 200 && !ofMany(10).includes('reject'); i++) given += 10;
    expect(given).toBeGreaterThan(900);
    expect(given).toBeLessThan(1100);
    talk.wait(1000, 1);
    const later = ofMany(100);
    expect(later).toMatch(/^hashes/);
    expect(later).toMatch(/hash-reject 2\/0\+8\^2$/);
  });

  it('refuses where it waits for the layers itself, or has no v2', () => {
    for (const talk of [new Talk({ info: BARE }), new Talk()]) {
      talk.join(1, { v2: true });
      expect(talk.say(1, ask(A, [2, 0, 8, 2]))).toBe('hash-reject 2/0+8^2');
    }
  });
});

describe('whoever has a hybrid without its layers', () => {
  const { metainfo: hybrid } = torrentOf(FILES, { version: 'hybrid', pieceLength: 4 * BLOCK });
  const info: CheckableInfo = (({ pieceLayers, blockLayers, ...bare }) => bare)(hybrid);

  /** Asked by two peers; then all pieces are hashed, one of them wrong. */
  function asked(have = '******'): Talk {
    const talk = new Talk({ info, have });
    for (const peer of [1, 2]) talk.join(peer, { v2: true });
    talk.say(1, ask(A, [2, 0, 8, 2]));
    return talk;
  }

  it('reads the file once for all who ask, and answers them then', () => {
    const talk = asked();
    expect(talk.heard(1)).toBe('');
    expect(talk.say(2, ask(A, [2, 4, 2, 2]), ask(A, [0, 4, 4, 1]))).toBe('');
    const told: string[] = [];
    for (let piece = 0; piece < 5; piece++) {
      hashBlocks(talk);
      for (const output of drained(talk)) told.push(output);
    }
    expect(told).toEqual(['1: hashes 2/0+8^2', '2: hashes 2/4+2^2']);
    // That was the layer; the blocks of one piece are read again.
    hashBlocks(talk);
    expect(talk.heard(2)).toBe('hashes 0/4+4^1');
    expect(talk.say(1, ask(A, [2, 0, 8, 2]))).toBe('hashes 2/0+8^2');
    expect(talk.outputs.filter(({ type }) => type === 'hash')).toHaveLength(6);
    const known = talk.outputs.find(output => output.type === 'event' && output.event.type === 'layers');
    expect(known).toMatchObject({ event: { info: { pieceLayers: hybrid.pieceLayers } } });
  });

  it('refuses where the file does not come out right, and reads it no more', () => {
    const talk = asked();
    for (let piece = 0; piece < 5; piece++) {
      hashBlocks(talk, piece === 3);
      if (piece < 4) expect(talk.heard(1)).toBe('');
    }
    expect(talk.heard(1)).toBe('hash-reject 2/0+8^2');
    expect(talk.say(1, ask(A, [2, 0, 8, 2]))).toBe('hash-reject 2/0+8^2');
  });

  it('reads it to the end where those who asked have left, and has it for the next', () => {
    const talk = asked();
    talk.torrent.peerLeft(1, talk.now);
    for (let piece = 0; piece < 5; piece++) {
      talk.heard(2);
      hashBlocks(talk);
    }
    expect(talk.say(2, ask(A, [2, 0, 8, 2]))).toBe('hashes 2/0+8^2');
  });

  it('refuses where it does not have all of the file', () => {
    expect(asked('**** *').say(1, ask(A, [2, 0, 8, 2]))).toMatch(/^hash-reject/);
  });
});

describe('whoever lacks piece layers', () => {
  const layer = metainfo.pieceLayers.get(Buffer.from(A).toString('hex'))!;
  const padded = concatBytes([layer, ...Array.from({ length: 3 }, () => emptyOf())]);
  const range = rangeOf(A, [2, 0, 8, 2]);

  it('asks for them who has the torrent by v2, and then begins', () => {
    const talk = new Talk({ info: BARE });
    expect(talk.torrent.phase).toBe('layers');
    expect(talk.join(1, { v2: true })).toBe('have-none');
    expect(talk.join(2, { v2: false })).toBe('have-none');
    expect(talk.say(2, encoder => encoder.haveAll())).toBe('');
    expect(talk.say(1, encoder => encoder.haveAll())).toBe('hash-request 2/0+8^2');
    talk.say(1, encoder => encoder.hashes(range, padded));
    expect(talk.torrent.phase).toBe('checking');
    const event = talk.outputs.find(output => output.type === 'event' && output.event.type === 'metadata');
    expect(event).toMatchObject({ event: { info: { pieceLayers: metainfo.pieceLayers } } });
  });

  it('bans who gives wrong ones, and asks another', () => {
    const talk = new Talk({ info: BARE });
    talk.join(1, { v2: true });
    talk.join(2, { v2: true });
    talk.say(1, encoder => encoder.haveAll());
    expect(talk.say(2, encoder => encoder.haveAll())).toBe('');
    const wrong = padded.slice();
    wrong[40]! ^= 1;
    expect(talk.say(1, encoder => encoder.hashes(range, wrong))).toBe('closed: HASHES_CORRUPT');
    expect(talk.wait(1000, 2)).toBe('hash-request 2/0+8^2');
    expect(talk.join(3, { v2: true, host: '10.0.0.1' })).toBe('closed: PEER_BANNED');
  });

  it('asks another where one refuses', () => {
    const talk = new Talk({ info: BARE });
    for (const peer of [1, 2]) {
      talk.join(peer, { v2: true });
      talk.say(peer, encoder => encoder.haveAll());
    }
    expect(talk.say(1, encoder => encoder.hashReject(range))).toBe('');
    expect(talk.wait(1000, 2)).toBe('hash-request 2/0+8^2');
  });

  it('takes an answer once, and none that it never asked for', () => {
    const talk = new Talk({ info: BARE });
    talk.join(1, { v2: true });
    talk.say(1, encoder => encoder.haveAll());
    const other = rangeOf(A, [2, 0, 8, 1]);
    expect(talk.say(1, encoder => encoder.hashes(other, padded))).toBe('closed: HASHES_UNASKED');
    talk.join(2, { v2: true });
    talk.say(2, encoder => encoder.haveAll());
    talk.wait(1000, 2);
    const twice = talk.say(2, ...[1, 2].map(() => (encoder: Encoder) => encoder.hashes(range, padded)));
    expect(twice).toBe('closed: HASHES_UNASKED');
    expect(new Talk({ info: BARE }).join(1, { v2: true })).toBe('have-none');
  });

  it('goes on after a rest', () => {
    const talk = new Talk({ info: BARE });
    talk.join(1, { v2: true });
    talk.say(1, encoder => encoder.haveAll());
    talk.torrent.stop(Object.assign(new Error('rest'), { code: 'REST' }) as never, talk.now);
    talk.heard(1);
    talk.torrent.resume(false, talk.now);
    expect(talk.torrent.phase).toBe('layers');
    talk.join(2, { v2: true });
    expect(talk.say(2, encoder => encoder.haveAll())).toBe('hash-request 2/0+8^2');
  });
});

describe('a v2 magnet', () => {
  const torrent = torrentOf([{ path: [], data: noise(1100 * BLOCK, 3) }], {
    version: 'v2',
    pieceLength: BLOCK,
  });
  const data = pieceSpace(torrent);
  const source = { infoHashV2: torrent.metainfo.infoHashV2! };

  it('gets its layers from several peers, though one of them lies and one knows nothing', () => {
    const swarm = new MemorySwarm(1);
    const wrong = new Map(
      [...torrent.metainfo.pieceLayers].map(([root, layer]) => [root, layer.map(byte => byte ^ 1)]),
    );
    const seeds = [
      swarm.add({ source: { info: { ...torrent.metainfo, pieceLayers: wrong } }, data }),
      swarm.add({ source: { info: torrent.metainfo }, data }),
      swarm.add({ source: { info: torrent.metainfo }, data }),
    ];
    const fellow = swarm.add({ source });
    const leech = swarm.add({ source });
    for (const other of [...seeds, fellow]) swarm.introduce(leech, other);
    swarm.introduce(fellow, seeds[1]!);
    swarm.run(() => leech.isComplete && fellow.isComplete);
    expect(Buffer.compare(leech.data, data)).toBe(0);
    expect(leech.closed).toContain('HASHES_CORRUPT');
  });

  it('gets its layers from one that has them of a magnet', () => {
    const swarm = new MemorySwarm(2);
    const [first, second] = [swarm.add({ source }), swarm.add({ source })];
    const seed = swarm.add({ source: { info: torrent.metainfo }, data });
    swarm.introduce(first, seed);
    swarm.run(() => first.isComplete);
    swarm.introduce(second, first);
    swarm.run(() => second.isComplete);
    expect(Buffer.compare(second.data, data)).toBe(0);
    // From the one that it knows alone.
    expect(seed.links.size).toBe(0);
  });
});

function emptyOf(): Uint8Array {
  let digest: Uint8Array = new Uint8Array(32);
  for (let level = 0; level < 2; level++) digest = sha256(concatBytes([digest, digest]));
  return digest;
}
