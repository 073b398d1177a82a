import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileTree } from '../../test/file-trees.ts';
import { noise } from '../../test/torrents.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { HashFile, HashPlan, HashResult } from '../host/piece-hasher.ts';
import { nodePieceHasher, type PieceHasherOptions } from './piece-hasher.ts';

const BLOCK = 16_384;

/** Ways to hash in JavaScript: where the test runs, in threads, and both. */
const WAYS: Record<string, PieceHasherOptions> = {
  here: { native: false, threads: 0 },
  'in one thread': { native: false, threads: 1 },
  'in three threads': { native: false, threads: 3 },
  'in threads and here': { native: false, threads: 2, useCallingThread: true },
};
/** The same, and by the native module: where that is not for this machine, JavaScript has its turn twice. */
const ALL_WAYS: Record<string, PieceHasherOptions> = {
  ...WAYS,
  'by the native module': { threads: 1 },
  'by the native module in three threads': { threads: 3 },
};
const EITHER_WAY: [string, PieceHasherOptions][] = [
  ['in JavaScript', { native: false }],
  ['by the native module', {}],
];

describe('the hashes of pieces', () => {
  it.each(Object.entries(ALL_WAYS))('are right %s: large files and many small ones', async (_, options) => {
    await compare(LENGTHS, 65_536, { v1: true, v2: true }, options);
  });

  describe.each(EITHER_WAY)('%s', (_, way) => {
    it.each([
      { v1: true, v2: false },
      { v1: false, v2: true },
    ])('are right for %o alone', async version => {
      await compare(LENGTHS, 65_536, version, { ...way, threads: 2, useCallingThread: true });
    });

    it('are right of any lengths and any piece length', async () => {
      const hasher = nodePieceHasher({ ...way, threads: 0 });
      const lengths = fc.array(
        fc.oneof(
          fc.integer({ min: 1, max: 100 }),
          fc.constantFrom(BLOCK, BLOCK + 1),
          fc.integer({ min: 1, max: 90_000 }),
        ),
        { minLength: 1, maxLength: 6 },
      );
      await fc.assert(
        fc.asyncProperty(
          lengths,
          fc.constantFrom(0, 1, 2, 4),
          fc.oneof(
            fc.integer({ min: 1000, max: 70_000 }),
            fc.integer({ min: 1, max: 4000 }).map(n => n * 64),
          ),
          async (files, k, odd) => {
            const { plan, contents } = prepare(files, k === 0 ? odd : k * BLOCK, { v1: true, v2: k > 0 });
            expectRight(await hasher.hash(plan), plan, contents);
          },
        ),
        { numRuns: 50 },
      );
    });

    it('are right of a piece that is longer than all the data', async () => {
      await compare([5, 70_000, 3], 16 * 1024 * 1024, { v1: true, v2: true }, { ...way, threads: 0 });
    });
  });

  it('need no thread where there is little data', async () => {
    const hasher = nodePieceHasher({ native: false, threads: 2 });
    await hasher.close();
    const { plan, contents } = prepare([100, 200], BLOCK, { v1: true, v2: true });
    expectRight(await hasher.hash(plan), plan, contents);
  });

  it.each(EITHER_WAY)('can be had again and again from one pool %s', async (_, way) => {
    const hasher = nodePieceHasher({ ...way, threads: 2 });
    for (const seed of [1, 2]) {
      const { plan, contents } = prepare([17_000_000, 4 * seed], 1024 * 1024, { v1: true, v2: false });
      expectRight(await hasher.hash(plan), plan, contents);
    }
    await hasher.close();
  });
});

describe('a pool', () => {
  it.each(EITHER_WAY)('hashes plans one after the other that are given to it at once %s', async (_, way) => {
    const hasher = nodePieceHasher({ ...way, threads: 2 });
    const prepared = [1, 2, 3].map(i => prepare([17_000_000, i], 1024 * 1024, { v1: true, v2: i === 2 }));
    const results = await Promise.all(prepared.map(({ plan }) => hasher.hash(plan)));
    await hasher.close();
    for (const [i, { plan, contents }] of prepared.entries()) expectRight(results[i]!, plan, contents);
  });

  it.each(EITHER_WAY)(
    'that is closed while it hashes %s says so, and leaves nothing waiting',
    async (_, way) => {
      const hasher = nodePieceHasher({ ...way, threads: 2 });
      const { plan } = prepare([40_000_000], 1024 * 1024, { v1: true, v2: true });
      const hashing = expect(hasher.hash(plan)).rejects.toMatchObject({ code: 'ABORTED' });
      await new Promise(resolve => setImmediate(resolve));
      await hasher.close();
      await hashing;
    },
  );

  it.each(Object.entries(WAYS).slice(1))('whose threads have died has others %s', async (_, options) => {
    const hasher = nodePieceHasher(options);
    const { plan, contents } = prepare([17_000_000], 1024 * 1024, { v1: true, v2: true });
    // No thread has the memory for the tree of such a piece.
    const impossible = { ...plan, pieceLength: 2 ** 60, keepBlocks: false };
    await expect(hasher.hash(impossible)).rejects.toThrow(RangeError);
    expectRight(await hasher.hash(plan), plan, contents);
    await hasher.close();
  });
});

describe('faults', () => {
  it.each(EITHER_WAY)(
    'are listed once for each file %s, by all threads together, and the rest is hashed',
    async (_, way) => {
      const { plan, contents } = prepare([9_000_000, 9_000_000, 40_000, 40_000], 65_536, {
        v1: false,
        v2: true,
      });
      truncateSync(plan.files[1]!.path, 1_000_000);
      const gone = { ...plan.files[2]!, path: `${plan.files[2]!.path} gone` };
      const files = plan.files.map((file, i) => (i === 2 ? gone : file));
      const hasher = nodePieceHasher({ ...way, threads: 3 });
      const result = await hasher.hash({ ...plan, files, onFault: 'record' });
      await hasher.close();
      expect(result.faults.map(({ file, kind, actualLength }) => [file, kind, actualLength])).toEqual([
        [1, 'short', 1_000_000],
        [2, 'missing', undefined],
      ]);
      const expected = reference(plan, contents);
      for (const [i, { offset, length }] of plan.files.entries()) {
        const readable = i === 1 ? 1_000_000 : i === 2 ? 0 : length;
        for (let at = 0; at < length; at += 65_536) {
          const piece = (offset + at) / 65_536;
          const isRead = Math.min(length, at + 65_536) <= readable;
          expect([piece, result.unread[piece]]).toEqual([piece, isRead ? 0 : 1]);
          if (isRead) expect(rootOf(result, piece)).toBe(expected.roots.get(piece));
        }
      }
    },
  );

  it.each(EITHER_WAY)(
    'end it %s where they are not to be recorded, with what happened to which file',
    async (_, way) => {
      const hasher = nodePieceHasher({ ...way, threads: 2 });
      const { plan } = prepare([100, 200_000, 300], 65_536, { v1: true, v2: true });
      const [first, second, third] = plan.files;
      const hash = (files: HashFile[]) => hasher.hash({ ...plan, files });
      const now = { modifiedMs: statSync(second!.path).mtimeMs };
      expect((await hash([first!, { ...second!, ...now }, third!])).faults).toEqual([]);
      const gone = { ...third!, path: `${third!.path} gone` };
      await expect(hash([first!, second!, gone])).rejects.toMatchObject({
        code: 'FILE_MISSING',
        where: gone.path,
      });
      const changed = { code: 'FILE_CHANGED', where: second!.path };
      await expect(hash([first!, { ...second!, modifiedMs: 1 }, third!])).rejects.toMatchObject(changed);
      truncateSync(second!.path, 150_000);
      await expect(hash([...plan.files])).rejects.toMatchObject(changed);
      truncateSync(second!.path, 250_000);
      await expect(hash([...plan.files])).rejects.toMatchObject(changed);
      const folder = { ...second!, path: dirname(second!.path) };
      await expect(hash([first!, folder, third!])).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining('it is a folder'),
      });
      const nul = { ...third!, path: `${third!.path}\0` };
      await expect(hash([first!, nul])).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      await hasher.close();
    },
  );

  it.each(EITHER_WAY)(
    'end it %s where a file is removed or put aside while it is read',
    async (_, way) => {
      const root = fileTree({ large: '' });
      const path = join(root, 'large');
      const length = 2 ** 29;
      const plan: HashPlan = {
        files: [{ path, length, offset: 0 }],
        ...{ pieceLength: 2 ** 20, length, v1: true, v2: true, onFault: 'fail' },
      };
      for (const takeAway of [() => rmSync(path), () => renameSync(path, join(root, 'aside'))]) {
        writeFileSync(path, '');
        truncateSync(path, length);
        const hasher = nodePieceHasher({ ...way, threads: 1 });
        let isThere = true;
        const onProgress = (bytes: number) => {
          if (bytes === 0 || !isThere) return;
          isThere = false;
          takeAway();
        };
        await expect(hasher.hash(plan, { onProgress })).rejects.toMatchObject({
          code: 'FILE_MISSING',
          message: `"${path}" vanished while it was read.`,
        });
        await hasher.close();
      }
    },
    60_000,
  );

  it('of an empty plan are none', async () => {
    const hasher = nodePieceHasher({ threads: 0 });
    const plan = { files: [], pieceLength: BLOCK, length: 0, v1: true, v2: true, onFault: 'fail' } as const;
    expect(await hasher.hash(plan)).toMatchObject({ pieceCount: 0, faults: [] });
  });
});

async function compare(
  lengths: readonly number[],
  pieceLength: number,
  version: { v1: boolean; v2: boolean },
  options: PieceHasherOptions,
): Promise<void> {
  const { plan, contents } = prepare(lengths, pieceLength, version);
  const hasher = nodePieceHasher(options);
  try {
    expectRight(await hasher.hash(plan), plan, contents);
  } finally {
    await hasher.close();
  }
}

/** Files on disk and a plan for them: with v2, each starts a piece. */
function prepare(
  lengths: readonly number[],
  pieceLength: number,
  { v1, v2 }: { v1: boolean; v2: boolean },
): { plan: HashPlan; contents: Uint8Array[] } {
  const root = fileTree(Object.fromEntries(lengths.map((length, i) => [`${i}`, noise(length, i + 1)])));
  let end = 0;
  const files = lengths.map((length, i) => {
    const offset = v2 ? Math.ceil(end / pieceLength) * pieceLength : end;
    end = offset + length;
    return { path: join(root, `${i}`), length, offset };
  });
  const plan: HashPlan = { files, pieceLength, length: end, v1, v2, keepBlocks: v2, onFault: 'fail' };
  return { plan, contents: files.map(({ path }) => readFileSync(path)) };
}

function expectRight(result: HashResult, plan: HashPlan, contents: readonly Uint8Array[]): void {
  const { pieces, roots, blocks } = reference(plan, contents);
  expect(result.pieceCount).toBe(pieces.length);
  expect(result.faults).toEqual([]);
  expect(result.unread.every(flag => flag === 0)).toBe(true);
  expect(toHex(result.pieces)).toBe(plan.v1 ? pieces.join('') : '');
  for (const [piece, root] of plan.v2 ? roots : [])
    expect([piece, rootOf(result, piece)]).toEqual([piece, root]);
  for (const [block, digest] of plan.v2 ? blocks : [])
    expect(toHex(result.blocks.subarray(block * 32, block * 32 + 32))).toBe(digest);
}

function rootOf({ pieceRoots }: HashResult, piece: number): string {
  return toHex(pieceRoots.subarray(piece * 32, piece * 32 + 32));
}

/** As plainly as can be: the piece space in memory, and trees by recursion. */
function reference({ files, pieceLength, length }: HashPlan, contents: readonly Uint8Array[]) {
  const space = Buffer.alloc(length);
  for (const [i, { offset }] of files.entries()) space.set(contents[i]!, offset);
  const pieces: string[] = [];
  for (let at = 0; at < length; at += pieceLength)
    pieces.push(
      createHash('sha1')
        .update(space.subarray(at, at + pieceLength))
        .digest('hex'),
    );
  const roots = new Map<number, string>();
  const blocks = new Map<number, string>();
  for (const [i, { offset }] of files.entries()) {
    const data = contents[i]!;
    for (let at = 0; at < data.length; at += pieceLength) {
      const leaves: Buffer[] = [];
      for (let block = at; block < Math.min(at + pieceLength, data.length); block += BLOCK) {
        const end = Math.min(block + BLOCK, at + pieceLength);
        leaves.push(createHash('sha256').update(data.subarray(block, end)).digest());
        blocks.set(Math.floor((offset + block) / BLOCK), leaves.at(-1)!.toString('hex'));
      }
      let width = 1;
      // A file of one piece has a tree no wider than it needs.
      while (width < (data.length > pieceLength ? pieceLength / BLOCK : leaves.length)) width *= 2;
      while (leaves.length < width) leaves.push(Buffer.alloc(32));
      roots.set((offset + at) / pieceLength, rootOfLeaves(leaves).toString('hex'));
    }
  }
  return { pieces, roots, blocks };
}

function rootOfLeaves(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const half = leaves.length / 2;
  return createHash('sha256')
    .update(rootOfLeaves(leaves.slice(0, half)))
    .update(rootOfLeaves(leaves.slice(half)))
    .digest();
}

/** Beyond what is hashed without threads, with pieces across dozens of files. */
const LENGTHS = [
  10_000_001,
  ...Array.from({ length: 60 }, (_, i) => 1 + i * 97),
  7_000_000,
  65_536,
  65_535,
  65_537,
  16_384,
  1,
];

it('many plans at a time leave threads for what else is read, and any of them can be stopped', async () => {
  const path = join(fileTree({ sparse: '' }), 'sparse');
  const length = 2 ** 40;
  truncateSync(path, length);
  const files = [{ path, length, offset: 0 }];
  const plan: HashPlan = { files, pieceLength: 2 ** 24, length, v1: true, v2: false, onFault: 'record' };
  const stops = Array.from({ length: 6 }, () => new AbortController());
  const ends = stops.map(({ signal }) => nodePieceHasher({ threads: 1 }).hash(plan, { signal }));
  const ended = ends.map(end => expect(end).rejects.toMatchObject({ code: 'ABORTED' }));
  // The last has not begun yet.
  for (const i of [5, 0, 1, 2, 3, 4]) {
    expect((await readFile(import.meta.filename)).length).toBeGreaterThan(0);
    stops[i]!.abort();
    await ended[i];
  }
}, 20_000);
