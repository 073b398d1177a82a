// Torrents made here and by libtorrent, of the same data and with the same parameters: the info hashes and the piece
// layers are the same, so that one swarm has both.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import type { Metainfo, TorrentVersion } from '../../src/core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../src/core/metainfo/parse.ts';
import { createTorrent } from '../../src/create/create.ts';
import { planTorrent } from '../../src/create/plan.ts';
import { withNodeDeps } from '../../src/io/node-create.ts';
import { noise } from '../torrents.ts';
import { askLibtorrent, libtorrentPython } from './libtorrent.ts';
import { interopTest, temporaryFolder } from './peers.ts';

interface Case {
  readonly path: string;
  readonly version: TorrentVersion;
  readonly pieceLength: number;
}

const KIB = 1024;
const PIECE_LENGTHS = [16 * KIB, 64 * KIB, 1024 * KIB];
const VERSIONS = ['v1', 'v2', 'hybrid'] satisfies TorrentVersion[];

/** Lengths at which blocks and pieces begin and end. */
function edges(pieceLength: number): number[] {
  const lengths = [1, 16_383, 16_384, 16_385, pieceLength - 1, pieceLength, pieceLength + 1];
  return [...new Set([...lengths, 2 * pieceLength + 16_385, 3 * pieceLength])];
}

describe('a torrent made here and by libtorrent', () => {
  const python = libtorrentPython();

  interopTest('is the same of one file of any length', [python], async () => {
    const folder = temporaryFolder();
    const cases = PIECE_LENGTHS.flatMap(pieceLength =>
      edges(pieceLength).flatMap(length => {
        const path = join(folder, `${length} bytes.bin`);
        writeFileSync(path, noise(length, length));
        return VERSIONS.map(version => ({ path, version, pieceLength }));
      }),
    );
    await compare(cases);
  });

  interopTest('is the same of folders', [python], async () => {
    const folder = temporaryFolder();
    const trees: Record<string, Record<string, number>> = {
      'one file': { a: 40_000 },
      'one file and an empty one': { a: 40_000, b: 0 },
      'many lengths': Object.fromEntries(
        PIECE_LENGTHS.flatMap(edges).map((length, i) => [`${i} of ${length}`, length]),
      ),
      nested: { 'a/b/c/d/e': 20_000, 'a/b/f': 3, 'a/z': 70_000, y: 1 },
      // "a" before "a-b" before "a.b" by elements; by whole paths "a/x" would come after both.
      'order by elements': { 'a/x': 10, 'a-b': 20, 'a.b': 30, 'a/-': 40, 'a b/c': 50, ab: 60, A: 70 },
      'empty files': { '0 first': 0, a: 100, b: 0, c: 16_384, d: 0, 'e/f': 0, g: 16_385, z: 0 },
      'names of the world': {
        // By UTF-16 units U+1F600 comes before U+FF5E, by bytes after it.
        '\u{1f600}.txt': 10,
        '\uff5e.txt': 20,
        '\u{1f600}/\uff5e': 30,
        'naïve café': 40,
        'na\u0308ive': 50,
        'ファイル名/歌.flac': 60_000,
        Привет: 70,
        '.hidden': 80,
        ' space ': 90,
        '-dash': 100,
        ['😀'.repeat(59)]: 110,
      },
    };
    const cases: Case[] = [];
    for (const [name, files] of Object.entries(trees)) {
      const path = join(folder, name);
      write(path, files);
      for (const pieceLength of PIECE_LENGTHS)
        for (const version of VERSIONS) cases.push({ path, version, pieceLength });
    }
    await compare(cases);
  });

  interopTest(
    'is the same of files that can be run, and of links beside what they lead to',
    [python],
    async () => {
      const folder = temporaryFolder();
      const path = join(folder, 'tools');
      write(path, { 'run.sh': 20, 'bin/tool': 70_000, readme: 40_000 });
      chmodSync(join(path, 'run.sh'), 0o755);
      chmodSync(join(path, 'bin/tool'), 0o700);
      const single = join(folder, 'alone');
      writeFileSync(single, noise(20_000, 1), { mode: 0o755 });
      const linked = join(folder, 'linked');
      write(linked, { data: 50_000, 'sub/file': 10 });
      symlinkSync('data', join(linked, 'link'));
      symlinkSync('sub/file', join(linked, 'deep link'));
      const pieceLength = 16 * KIB;
      await compare([
        ...VERSIONS.map(version => ({ path, version, pieceLength })),
        ...VERSIONS.map(version => ({ path: single, version, pieceLength })),
        ...(['v2', 'hybrid'] as const).map(version => ({ path: linked, version, pieceLength })),
      ]);
    },
  );

  /** Makes each both ways; libtorrent has one process for all of them. */
  async function compare(cases: readonly Case[]): Promise<void> {
    const ours: Metainfo[] = [];
    const questions = await withNodeDeps({ threads: 0 }, async deps => {
      const asked: unknown[] = [];
      for (const { path, version, pieceLength } of cases) {
        const plan = await planTorrent([path], { version, pieceLength }, deps.files);
        ours.push(parseMetainfo((await createTorrent([path], { version, pieceLength }, deps)).bytes));
        asked.push({ path, version, pieceLength, files: plan.files.map(file => file.path) });
      }
      return asked;
    });
    const theirs = await askLibtorrent<string[]>(python, 'libtorrent-create.py', questions);
    expect(theirs).toHaveLength(cases.length);
    for (const [i, { path, version, pieceLength }] of cases.entries()) {
      const label = `${version} of ${path} with pieces of ${pieceLength}`;
      expect(facts(ours[i]!), label).toEqual(facts(parseMetainfo(Buffer.from(theirs[i]!, 'base64'))));
    }
  }
});

function facts(torrent: Metainfo) {
  return {
    files: torrent.files.map(({ path, length }) => `${path.join('/')} ${length}`),
    v1: torrent.infoHashV1 && toHex(torrent.infoHashV1),
    v2: torrent.infoHashV2 && toHex(torrent.infoHashV2),
    layers: Object.fromEntries([...torrent.pieceLayers].map(([root, layer]) => [root, toHex(layer)])),
  };
}

function write(folder: string, files: Readonly<Record<string, number>>): void {
  for (const [i, [name, length]] of Object.entries(files).entries()) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, noise(length, i + 1));
  }
}
