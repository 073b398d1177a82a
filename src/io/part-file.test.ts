// The part file: its shape, and the disk with it on real files, against a model that knows of each file's bytes of a piece
// whether they are nowhere, in the file or in the part file.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type DataTorrent, noise, torrentOf } from '../../test/torrents.ts';
import { pieceChecks } from '../core/engine/piece-check.ts';
import type { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import type { DiskTorrent, FileStates, FlushedFiles } from '../host/disk.ts';
import { nodeDisk } from './disk.ts';
import { PartFile } from './part-file.ts';

const disk = nodeDisk({ threads: 2 });
afterAll(() => disk.close());
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('the shape of a part file', () => {
  it.each([
    ['aabb', 'no piece has two files', []],
    ['aaabbb', 'one is shared', [1]],
    ['aabcddee', 'files that are shorter than a piece', [1]],
    ['aaabcddd', 'a file that has no piece for itself', [1, 2]],
    ['aaab..cc', 'a gap', [1]],
  ])('of %s: %s', (picture, _, shared) => {
    const { layout, files } = drawn(picture);
    const parts = new PartFile(layout, files);
    const found = Array.from({ length: layout.pieceCount }, (__, piece) => piece).filter(piece =>
      parts.isShared(piece),
    );
    expect(found).toEqual(shared);
    expect(parts.isNeedless).toBe(shared.length === 0);
    for (const [slot, piece] of shared.entries()) expect(parts.position(piece, 1)).toBe(4096 + 2 * slot + 1);
  });

  it('has a mark for each file and each of its two ends', () => {
    const { layout, files } = drawn('aaabcddd');
    const parts = new PartFile(layout, files);
    expect(parts.markCount).toBe(8);
    for (const [file, piece] of [
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 2],
    ] as const)
      expect(parts.ofMark(parts.markOf(file, piece))).toEqual({ file, piece });
  });
});

const FILES = [
  { path: ['a'], data: noise(50_000, 1) },
  { path: ['b'], data: noise(3000, 2) },
  { path: ['c'], data: noise(100, 3) },
  { path: ['d'], data: noise(40_000, 4) },
  { path: ['e'], data: new Uint8Array(30_000) },
];
const TORRENT = torrentOf(FILES, { pieceLength: 16_384 });
const PARTS = '.parts';
const PIECES = TORRENT.metainfo.layout.pieceCount;
const BYTES = Array.from({ length: PIECES }, (_, piece) => pieceOf(TORRENT, piece));

describe('a piece that holds something unwanted', () => {
  it('is whole, and the unwanted file is neither made nor written to', async () => {
    const { folder, opened } = open(wanted(1, 3));
    mkdirSync(join(folder, 'album'));
    writeFileSync(join(folder, 'album', 'a'), 'of the user');
    await look(opened);
    expect(await store(opened, 3)).toBe(true);
    expect(await read(opened, 3)).toEqual(pieceOf(TORRENT, 3));
    expect(await checked(opened)).toEqual([3]);
    expect(readFileSync(join(folder, 'album', 'a'), 'utf8')).toBe('of the user');
    expect(existsSync(join(folder, 'album', 'c'))).toBe(false);
    expect(existsSync(join(folder, PARTS))).toBe(true);
  });

  it('becomes a part of its file when that is wanted, and nothing is left behind', async () => {
    const { folder, opened } = open(wanted(1));
    await look(opened);
    await store(opened, 3);
    expect(await setWanted(opened, wanted(0, 1, 2, 3))).toEqual({ lost: [] });
    expect(existsSync(join(folder, PARTS))).toBe(false);
    expect(await read(opened, 3)).toEqual(pieceOf(TORRENT, 3));
    expect(readFileSync(join(folder, 'album', 'c'))).toEqual(Buffer.from(FILES[2]!.data));
    expect(await flush(opened)).toMatchObject({ files: [1, 0, 2, 3], parts: undefined });
  });

  it('that has rotted in the part file is not moved to a file, and told', async () => {
    const { folder, opened } = open(wanted(1));
    await look(opened);
    await store(opened, 3);
    const bytes = readFileSync(join(folder, PARTS));
    bytes[4096 + 500]! ^= 1;
    writeFileSync(join(folder, PARTS), bytes);
    expect(await setWanted(opened, wanted(0, 1))).toEqual({ lost: [3] });
    expect(existsSync(join(folder, 'album', 'a'))).toBe(false);
  });

  it('is told of with the state of the part file', async () => {
    const { opened } = open(wanted(1));
    expect((await look(opened)).parts).toBeUndefined();
    await store(opened, 3);
    const { parts } = (await flush(opened)) as FlushedFiles;
    expect(parts).toMatchObject({ pieces: [3], length: 4096 + 16_384 - (3 * 16_384 + 16_384 - 4 * 16_384) });
    expect((await look(opened)).parts).toEqual(parts);
  });

  it('lies where it lay when another run opens it; what is no part file is not taken for one', async () => {
    const { folder, opened } = open(wanted(1));
    await look(opened);
    await store(opened, 3);
    await close(opened);
    const again = open(wanted(1), folder).opened;
    expect((await look(again)).parts?.pieces).toEqual([3]);
    expect(await checked(again)).toEqual([3]);
    await close(again);
    writeFileSync(join(folder, PARTS), new Uint8Array(100_000).fill(1));
    const third = open(wanted(1), folder).opened;
    expect((await look(third)).parts).toBeUndefined();
    expect(await checked(third)).toEqual([]);
    expect(existsSync(join(folder, PARTS))).toBe(false);
  });

  it('that a program was killed over is believed in no other way than by its hash', async () => {
    const { folder, opened } = open(wanted(1));
    await look(opened);
    await store(opened, 3);
    await close(opened);
    // The mark was written, and the bytes were not.
    const bytes = readFileSync(join(folder, PARTS));
    writeFileSync(join(folder, PARTS), bytes.subarray(0, 4096));
    const again = open(wanted(1), folder).opened;
    await look(again);
    expect(await checked(again)).toEqual([]);
    await close(again);
    // And wanted now.
    const third = open(wanted(0, 1, 2, 3), folder).opened;
    await look(third);
    expect(existsSync(join(folder, PARTS))).toBe(false);
    expect(existsSync(join(folder, 'album', 'a'))).toBe(false);
  });
});

type Step =
  | { readonly kind: 'store'; readonly piece: number }
  | { readonly kind: 'want'; readonly files: readonly number[] }
  | { readonly kind: 'reopen'; readonly files: readonly number[] }
  | { readonly kind: 'flush' };

it('whatever is stored, wanted and opened again in whatever order, lies where the model says', {
  timeout: 60_000,
}, async () => {
  const piece = fc.nat(PIECES - 1);
  const files = fc.subarray([0, 1, 2, 3, 4]);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('store' as const), piece }), weight: 5 },
    { arbitrary: fc.record({ kind: fc.constant('want' as const), files }), weight: 2 },
    { arbitrary: fc.record({ kind: fc.constant('reopen' as const), files }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant('flush' as const) }), weight: 1 },
  );
  await fc.assert(
    fc.asyncProperty(files, fc.array(step, { maxLength: 20 }), async (first, steps) => {
      const { folder, opened } = open(wanted(...first));
      const model = new Model(first);
      let torrent = opened;
      await look(torrent);
      for (const each of steps) {
        if (each.kind === 'store' && model.mayStore(each.piece)) {
          expect(await store(torrent, each.piece)).toBe(true);
          model.store(each.piece);
        } else if (each.kind === 'want') {
          expect(await setWanted(torrent, wanted(...each.files))).toEqual({ lost: [] });
          model.want(each.files);
        } else if (each.kind === 'reopen') {
          await close(torrent);
          torrent = open(wanted(...each.files), folder).opened;
          await look(torrent);
          model.want(each.files);
        } else if (each.kind === 'flush') {
          expect(await flush(torrent)).toMatchObject({ files: expect.any(Array) });
        }
        for (let file = 0; file < FILES.length; file++)
          expect(existsSync(join(folder, 'album', 'abcde'[file]!)), `file ${file}`).toBe(model.hasFile(file));
        expect(existsSync(join(folder, PARTS)), 'the part file').toBe(model.hasParts);
        for (const stored of model.pieces) {
          const bytes = (await read(torrent, stored)) as Uint8Array;
          expect(Buffer.compare(bytes, BYTES[stored]!), `piece ${stored}`).toBe(0);
        }
      }
      // A file of nothing but zeros is as right where it is a hole.
      const found = new Set(await checked(torrent));
      for (const stored of model.pieces) expect(found.has(stored)).toBe(true);
      await close(torrent);
    }),
    {
      numRuns: 40,
      // A piece within a long file, of which the last piece lies in the part file.
      examples: [
        [
          [],
          [
            { kind: 'reopen', files: [0] },
            { kind: 'store', piece: 0 },
            { kind: 'reopen', files: [3] },
            { kind: 'store', piece: 3 },
          ],
        ],
      ],
    },
  );
});

class Model {
  readonly pieces = new Set<number>();
  readonly #places = new Map<string, 'file' | 'parts'>();
  #wanted: ReadonlySet<number>;

  constructor(files: readonly number[]) {
    this.#wanted = new Set(files);
  }

  /** Nobody downloads a piece of nothing but unwanted files. */
  mayStore(piece: number): boolean {
    return !this.pieces.has(piece) && filesIn(piece).some(file => this.#wanted.has(file));
  }

  store(piece: number): void {
    this.pieces.add(piece);
    for (const file of filesIn(piece))
      this.#places.set(`${file} ${piece}`, this.#wanted.has(file) ? 'file' : 'parts');
  }

  want(files: readonly number[]): void {
    this.#wanted = new Set(files);
    for (const key of this.#places.keys())
      if (this.#wanted.has(Number(key.split(' ')[0]))) this.#places.set(key, 'file');
  }

  hasFile(file: number): boolean {
    return [...this.#places].some(([key, place]) => place === 'file' && key.startsWith(`${file} `));
  }

  get hasParts(): boolean {
    return [...this.#places.values()].includes('parts');
  }
}

function filesIn(piece: number): number[] {
  const { layout } = TORRENT.metainfo;
  return layout.segments(piece * layout.pieceLength, layout.pieceSize(piece)).map(({ file }) => file);
}

function wanted(...files: readonly number[]): (file: number) => boolean {
  return file => files.includes(file);
}

function open(
  isWanted: (file: number) => boolean,
  folder = mkdtempSync(join(tmpdir(), 'swarmline-parts-')),
): { folder: string; opened: DiskTorrent } {
  const { files, layout } = TORRENT.metainfo;
  const checkOf = pieceChecks(TORRENT.metainfo);
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const opened = disk.open({ sources: undefined, folder, files, layout, checkOf, isWanted, partFile: PARTS });
  return { folder, opened };
}

function pieceOf(torrent: DataTorrent, piece: number): Uint8Array {
  const { layout, files } = torrent.metainfo;
  const space = new Uint8Array(layout.length);
  for (const [i, file] of files.entries()) space.set(torrent.files[i]!.data, file.offset);
  const start = piece * layout.pieceLength;
  return space.slice(start, start + layout.pieceSize(piece));
}

function store(opened: DiskTorrent, piece: number): Promise<unknown> {
  const bytes = BYTES[piece]!;
  const lent = disk.pool.lend(bytes.length, 0)!;
  lent.set(bytes);
  return new Promise(resolve => opened.store(piece, lent, resolve));
}

function read(opened: DiskTorrent, piece: number): Promise<unknown> {
  const length = TORRENT.metainfo.layout.pieceSize(piece);
  return new Promise(resolve =>
    opened.read(piece, 0, length, result => resolve(result instanceof Uint8Array ? result.slice() : result)),
  );
}

/** The pieces that are right. */
function checked(opened: DiskTorrent): Promise<number[]> {
  const found: number[] = [];
  return new Promise((resolve, reject) =>
    opened.check(
      (piece, isRight) => void (isRight && found.push(piece)),
      fault => (fault === undefined ? resolve(found.sort((a, b) => a - b)) : reject(fault)),
    ),
  );
}

function look(opened: DiskTorrent): Promise<FileStates> {
  return new Promise((resolve, reject) =>
    opened.look(result => ('lengths' in result ? resolve(result) : reject(result))),
  );
}

function setWanted(opened: DiskTorrent, isWanted: (file: number) => boolean): Promise<unknown> {
  return new Promise(resolve => opened.setWanted(isWanted, resolve));
}

function flush(opened: DiskTorrent): Promise<FlushedFiles | SwarmlineError> {
  return new Promise(resolve => opened.flush(resolve));
}

function close(opened: DiskTorrent): Promise<void> {
  return new Promise(resolve => opened.close(resolve));
}

/** "aab..cc": a letter for each byte, pieces of two. */
function drawn(picture: string): { layout: Layout; files: { offset: number; length: number }[] } {
  const files = [...new Set(picture.replaceAll('.', ''))].map(letter => ({
    offset: picture.indexOf(letter),
    length: picture.lastIndexOf(letter) + 1 - picture.indexOf(letter),
  }));
  return { layout: new Layout(files, 2, { shortPieces: false }), files };
}
