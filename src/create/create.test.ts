import { mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fileTree, namedPipe } from '../../test/file-trees.ts';
import { noise, torrentOf } from '../../test/torrents.ts';
import { toHex } from '../core/bytes/hex.ts';
import { parseMetainfo } from '../core/metainfo/parse.ts';
import { createTorrent as createWithThreads, verifyData as verifyWithThreads } from '../create.ts';
import { nodeFiles } from '../io/files.ts';
import { nodePieceHasher } from '../io/piece-hasher.ts';
import { type CreateDeps, createTorrent, hashTorrent } from './create.ts';
import type { CreateOptions } from './options.ts';
import { planTorrent } from './plan.ts';
import { verifyData } from './verify.ts';

const deps: CreateDeps = { files: nodeFiles(), hasher: nodePieceHasher({ threads: 0 }) };
afterAll(() => deps.hasher.close());

async function made(path: string, options: CreateOptions = {}) {
  const { bytes } = await createTorrent([path], options, deps);
  return parseMetainfo(bytes);
}

const versions = ['v1', 'v2', 'hybrid'] as const;
const pieceLength = 16_384;

/** Paths of one to three elements, none of them a folder and a file at once; lengths about the edges of blocks. */
const trees = fc
  .uniqueArray(
    fc.record({
      path: fc.array(fc.constantFrom('a', 'b', 'ü', '\uff5e', '\u{1f600}', 'a b', '-'), {
        minLength: 1,
        maxLength: 3,
      }),
      length: fc.oneof(
        fc.nat(20),
        fc.constantFrom(0, 16_383, 16_384, 16_385, 32_768, 49_153),
        fc.integer({ min: 0, max: 70_000 }),
      ),
      seed: fc.nat(),
    }),
    { maxLength: 8, selector: ({ path }) => `${path.join('/')}.file` },
  )
  .map(files =>
    files.map(({ path, length, seed }) => ({
      path: [...path.slice(0, -1), `${path.at(-1)}.file`],
      data: noise(length, seed),
    })),
  )
  .filter(files => files.some(({ data }) => data.length > 0));

describe('a torrent that is made', () => {
  it('is what a plain reading of BEP 3, 47 and 52 in memory gives, of any tree', async () => {
    await fc.assert(
      fc.asyncProperty(
        trees,
        fc.constantFrom(...versions),
        fc.constantFrom(1, 4),
        async (files, version, k) => {
          const root = fileTree(Object.fromEntries(files.map(({ path, data }) => [path.join('/'), data])));
          const sorted = files.toSorted((a, b) =>
            Buffer.compare(Buffer.from(a.path.join('\0')), Buffer.from(b.path.join('\0'))),
          );
          const options = { version, pieceLength: k * pieceLength };
          const expected = torrentOf(sorted, { ...options, name: basename(root) }).metainfo;
          const torrent = await made(root, options);
          expect(torrent.files).toEqual(expected.files);
          expect(toHex(torrent.raw)).toBe(toHex(expected.raw));
          expect(torrent.pieceLayers).toEqual(expected.pieceLayers);
          expect((await verifyData(torrent, root, deps)).isComplete).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same with threads, many or one', async () => {
    const root = fileTree({ big: noise(17_000_000, 1), 'sub/more': noise(3_000_001, 2), small: 'x' });
    for (const version of versions) {
      const alone = toHex((await made(root, { version })).raw);
      for (const options of [{ threads: 2 }, { threads: 1 }, { threads: 2, useCallingThread: true }]) {
        const { bytes } = await createWithThreads(root, { version, ...options });
        expect(toHex(parseMetainfo(bytes).raw)).toBe(alone);
      }
      const result = await verifyWithThreads(await made(root, { version }), root, { threads: 2 });
      expect(result).toMatchObject({ isComplete: true, badPieces: [], missingPieces: [] });
    }
  });

  it('says what the options say', async () => {
    const root = fileTree({ a: 'x', b: 'y' });
    const options: CreateOptions = {
      name: 'named',
      trackers: [['http://one.example/a', 'udp://two.example:1'], ['wss://three.example']],
      webSeeds: ['https://seed.example/'],
      nodes: [{ host: 'router.example', port: 6881 }],
      private: true,
      source: 'SRC',
      comment: 'a comment',
      createdBy: 'someone',
      creationDate: 1_234_567_890,
      similar: [noise(20, 1), noise(32, 2)],
      collections: ['one', 'two'],
    };
    for (const version of versions) {
      const torrent = await made(root, { ...options, version });
      const { accepts: _, ...said } = { accepts: 0, ...options };
      expect(torrent).toMatchObject({ ...said, version, isFolder: true });
    }
  });

  it('says nothing that was not asked for', async () => {
    const torrent = await made(fileTree({ a: 'x' }), { version: 'v1' });
    expect(Buffer.from(torrent.bytes).toString('latin1')).toMatch(
      /^d4:infod5:filesld6:lengthi1e4:pathl1:aeee4:name\d+:.*12:piece lengthi16384e6:pieces20:/s,
    );
    expect(torrent).toMatchObject({ trackers: [], webSeeds: [], nodes: [], private: false });
  });

  it('has the hash of every block beside its info, where that is asked for', async () => {
    const root = fileTree({ a: noise(100_000, 1), b: noise(16_384, 2), c: noise(40_000, 3) });
    for (const version of ['v2', 'hybrid'] as const) {
      const options = { version, pieceLength: 32_768 };
      const plain = await made(root, options);
      const torrent = await made(root, { ...options, blockHashes: true });
      expect(toHex(torrent.raw)).toBe(toHex(plain.raw));
      expect(plain.blockLayers.size).toBe(0);
      expect([...torrent.blockLayers.values()].map(layer => layer.length / 32).sort()).toEqual([3, 7]);
    }
  });
});

describe('files that change while they are hashed', () => {
  const data = noise(200_000, 1);
  /** Makes a plan, lets `change` happen, then hashes. */
  async function hashedAfter(change: (root: string) => void, workers = false): Promise<unknown> {
    const root = fileTree({ a: 'first', 'sub/victim': workers ? noise(17_000_000, 1) : data, z: 'last' });
    const hasher = workers ? nodePieceHasher({ threads: 2 }) : deps.hasher;
    const plan = await planTorrent([root], { version: 'hybrid', pieceLength }, deps.files);
    change(join(root, 'sub', 'victim'));
    try {
      return await hashTorrent(plan, {}, hasher);
    } finally {
      if (workers) await hasher.close();
    }
  }
  const changes: Record<string, [(path: string) => void, string, RegExp]> = {
    grown: [path => writeFileSync(path, 'more', { flag: 'a' }), 'FILE_CHANGED', /sub\/victim" was changed/],
    shrunk: [
      path => truncateSync(path, 150_000),
      'FILE_CHANGED',
      /sub\/victim" was changed while it was read/,
    ],
    emptied: [path => truncateSync(path, 0), 'FILE_CHANGED', /sub\/victim" was changed/],
    rewritten: [
      path => utimesSync(path, 1, 1),
      'FILE_CHANGED',
      /sub\/victim" was changed while it was read: try/,
    ],
    vanished: [path => rmSync(path), 'FILE_MISSING', /sub\/victim" vanished while it was read/],
    'turned into a folder': [
      path => {
        rmSync(path);
        mkdirSync(path);
      },
      'FILE_UNREADABLE',
      /sub\/victim" cannot be read: it is a folder/,
    ],
    'turned into a circle of links': [
      path => {
        rmSync(path);
        symlinkSync('victim', path);
      },
      'FILE_UNREADABLE',
      /sub\/victim" cannot be read: its symbolic links go round in a circle/,
    ],
    'turned into a pipe': [
      path => {
        rmSync(path);
        namedPipe(path);
      },
      'FILE_UNREADABLE',
      /sub\/victim" cannot be read: it is a pipe, not a file/,
    ],
  };

  it.each(Object.entries(changes))('are named: one that has %s', async (_, [change, code, message]) => {
    const expected = {
      code,
      message: expect.stringMatching(message),
      where: expect.stringMatching(/victim$/),
    };
    await expect(hashedAfter(change)).rejects.toMatchObject(expected);
    await expect(hashedAfter(change, true)).rejects.toMatchObject(expected);
  });

  it('do not matter where only others have changed', async () => {
    await expect(hashedAfter(path => writeFileSync(`${path} beside`, 'new'))).resolves.toBeDefined();
  });
});

describe('hashing', () => {
  it('stops when it is told to, before and meanwhile, and leaves the pool fit for use', async () => {
    const root = fileTree({ a: '' });
    truncateSync(join(root, 'a'), 2 ** 33);
    const hasher = nodePieceHasher({ threads: 2, useCallingThread: true });
    const plan = await planTorrent([root], {}, deps.files);
    await expect(hashTorrent(plan, {}, hasher, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      hashTorrent(plan, {}, hasher, { signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
    writeFileSync(join(root, 'a'), noise(17_000_000, 1));
    const { bytes } = await createTorrent([root], {}, { files: deps.files, hasher });
    expect(toHex(parseMetainfo(bytes).raw)).toBe(toHex((await made(root)).raw));
    await hasher.close();
  });

  it('tells how far it is, up to the last byte', async () => {
    const root = fileTree({ a: noise(100_000, 1), b: noise(5, 2) });
    const told: number[] = [];
    await createTorrent([root], {}, deps, { onProgress: bytes => told.push(bytes) });
    expect(told.at(-1)).toBe(100_005);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });
});
