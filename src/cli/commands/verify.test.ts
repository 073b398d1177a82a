import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { swarmline } from '../../../test/command-line.ts';
import { fileTree } from '../../../test/file-trees.ts';
import { sampleTorrent } from '../../../test/sample-torrents.ts';
import { noise } from '../../../test/torrents.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/swarmline.js', import.meta.url));

/** A folder "album", its torrent beside it, and a way to check the one with the other. */
async function album(...flags: string[]) {
  const root = fileTree({
    ...{ 'album/a.flac': noise(100_000, 1), 'album/b.txt': noise(20_000, 2) },
    ...{ 'album/disc/c.flac': noise(70_000, 3), 'album/none': '' },
  });
  const torrent = join(root, 'album.torrent');
  const made = await swarmline(['create', join(root, 'album'), '-o', torrent, '-l', '32K', ...flags]);
  expect(made).toMatchObject({ status: 0, err: '' });
  const at = (name: string) => join(root, 'album', name);
  const check = (...words: string[]) => swarmline(['verify', torrent, ...words]);
  return { root, torrent, at, check };
}

function flip(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position]! ^= 1;
  writeFileSync(path, bytes);
}

/** Without the time that it took, which is another each time. */
const timeless = (text: string) => text.replace(/\([^()]*\/s\)/g, '(TIME)');

describe('verify', () => {
  it('finds the data beside the torrent file, where it is told, and in this folder', async () => {
    const { root, torrent, check } = await album();
    const complete = {
      status: 0,
      err: '',
      out: '✓ album is complete: 4 files, 186 KiB, 8 of 8 pieces (TIME).\n',
    };
    const plain = async (...words: string[]) => {
      const ran = await check(...words);
      return { ...ran, out: timeless(ran.out) };
    };
    expect(await plain()).toMatchObject(complete);
    expect(await plain('--data', root)).toMatchObject(complete);
    expect(await plain('-d', join(root, 'album'))).toMatchObject(complete);
    renameSync(join(root, 'album'), join(root, 'renamed'));
    expect(await plain('-d', join(root, 'renamed'))).toMatchObject(complete);
    mkdirSync(join(root, 'elsewhere'));
    renameSync(join(root, 'renamed'), join(root, 'elsewhere/album'));
    const ran = spawnSync(process.execPath, [PROGRAM, 'verify', torrent], { cwd: join(root, 'elsewhere') });
    expect([ran.status, timeless(`${ran.stdout}`)]).toEqual([0, complete.out]);
  });

  it('tells of every file that is not right, and exits with 1', async () => {
    const { at, check } = await album('--version', 'v2', '--block-hashes');
    flip(at('a.flac'), 70_000);
    flip(at('a.flac'), 99_999);
    truncateSync(at('disc/c.flac'), 33_000);
    rmSync(at('none'));
    writeFileSync(at('b.txt'), 'more', { flag: 'a' });
    const ran = await check();
    expect(ran).toMatchObject({ status: 1, err: '' });
    expect(timeless(ran.out)).toMatchInlineSnapshot(`
      "✗ album/a.flac: corrupt
          corrupt pieces 2-3
          16 KiB blocks 4, 6 from byte 65,536
      ✗ album/b.txt: too long: 20,004 bytes, not 20,000
      ✗ album/disc/c.flac: too short: 33,000 bytes, not 70,000
          missing pieces 6-7
          16 KiB blocks 2-4 from byte 32,768
      ✗ album/none: missing
      ✗ album: 4 files of 4 not right, 4 of 8 pieces good (TIME).
      "
    `);
  });

  it('tells pieces alone, and why, where the torrent has no hashes of blocks', async () => {
    const { at, check } = await album();
    flip(at('a.flac'), 70_000);
    const ran = await check();
    expect(timeless(ran.out)).toMatchInlineSnapshot(`
      "✗ album/a.flac: corrupt
          corrupt pieces 2
      ✗ album: 1 file of 4 not right, 7 of 8 pieces good (TIME).
        The exact blocks of 16 KiB can be told of torrents that were made with "swarmline create --block-hashes".
      "
    `);
    const json = JSON.parse((await check('--json')).out);
    expect(json.files[0]).toMatchObject({ badPieces: [2] });
    expect(json.files[0]).not.toHaveProperty('badBlocks');
  });

  it('tells the exact block of a file of one block, and of pieces of one block', async () => {
    const { at, check } = await album('-l', '16K', '--version', 'v2');
    flip(at('a.flac'), 70_000);
    const json = JSON.parse((await check('--json')).out);
    expect(json.files[0]).toMatchObject({ badPieces: [4], badBlocks: [4] });
  });

  describe('of links', () => {
    const linked = async () => {
      const root = fileTree({
        'x/a': 'data',
        'x/b': 'other',
        'x/d/l': { link: '../a' },
        'x/f': { link: 'd' },
      });
      const torrent = join(root, 'x.torrent');
      expect(await swarmline(['create', join(root, 'x'), '-o', torrent])).toMatchObject({ status: 0 });
      const relink = (name: string, target: string) => {
        rmSync(join(root, 'x', name), { recursive: true });
        symlinkSync(target, join(root, 'x', name));
      };
      const check = (...words: string[]) => swarmline(['verify', torrent, ...words]);
      return { root, at: (name: string) => join(root, 'x', name), relink, check };
    };
    const complete = { status: 0, out: expect.stringContaining('is complete') };

    it('takes each that leads where it should, by whichever way', async () => {
      const { root, at, relink, check } = await linked();
      expect(await check()).toMatchObject(complete);
      relink('d/l', at('a'));
      relink('f', './d/');
      expect(await check()).toMatchObject(complete);
      renameSync(join(root, 'x'), join(root, 'y'));
      relink('../y/d/l', '../a');
      expect(await check('-d', join(root, 'y'))).toMatchObject(complete);
    });

    it('takes a copy of what it leads to, as on systems without links', async () => {
      const { at, check } = await linked();
      rmSync(at('d/l'));
      writeFileSync(at('d/l'), 'data');
      expect(await check()).toMatchObject(complete);
      writeFileSync(at('d/l'), 'longer');
      const ran = await check();
      expect(ran.status).toBe(1);
      expect(ran.out).toContain('✗ x/d/l: corrupt: it should be a link to "a"\n');
    });

    it('says where one leads that leads elsewhere', async () => {
      const { relink, check } = await linked();
      relink('d/l', '../b');
      relink('f', '../..');
      const ran = await check();
      expect(ran.status).toBe(1);
      expect(ran.out).toContain('✗ x/d/l: corrupt: it leads to "../b", not to "a"\n');
      expect(ran.out).toContain('✗ x/f: corrupt: it leads to "../..", not to "d"\n');
      expect(JSON.parse((await check('--json')).out)).toMatchObject({
        ...{ complete: false, badPieces: [] },
        files: [{}, {}, { path: 'x/d/l', state: 'corrupt' }, { path: 'x/f', state: 'corrupt' }],
      });
      relink('d/l', 'l');
      expect((await check()).out).toContain('it leads to "l", not to "a"');
    });

    it('blames the file that is gone and not the link to it', async () => {
      const { at, check } = await linked();
      rmSync(at('a'));
      const { out } = await check();
      expect(out).toContain('✗ x/a: missing');
      expect(out).not.toContain('x/d/l');
    });
  });

  it('tells that nothing is there, and what to do', async () => {
    const { root, check } = await album();
    rmSync(join(root, 'album'), { recursive: true });
    const ran = await check();
    expect(ran.status).toBe(1);
    expect(ran.out).toMatch(/a\.flac: missing\n/);
    expect(ran.out).toMatch(
      /Nothing of it was found at ".*album\/a\.flac": name the place of the data with --data\.\n$/,
    );
  });

  it('says nothing with --quiet: the exit status is the answer', async () => {
    const { at, check } = await album();
    expect(await check('--quiet')).toMatchObject({ status: 0, out: '', err: '' });
    flip(at('a.flac'), 0);
    expect(await check('-q')).toMatchObject({ status: 1, out: '', err: '' });
  });

  it('prints JSON for programs', async () => {
    const { root, at, check } = await album('--version', 'v1');
    const good = await check('--json');
    expect(good.status).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject({
      ...{ name: 'album', dataPath: root, complete: true, pieceLength: 32_768, pieceCount: 6, goodPieces: 6 },
      ...{ badPieces: [], missingPieces: [] },
    });
    flip(at('a.flac'), 40_000);
    rmSync(at('disc/c.flac'));
    const bad = await check('--json');
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      ...{ complete: false, goodPieces: 2, badPieces: [1], missingPieces: [3, 4, 5] },
      files: [
        { path: 'album/a.flac', source: at('a.flac'), length: 100_000, state: 'corrupt', badPieces: [1] },
        { path: 'album/b.txt', state: 'unknown', missingPieces: [3] },
        { path: 'album/disc/c.flac', state: 'missing', missingPieces: [3, 4, 5] },
        { path: 'album/none', state: 'ok' },
      ],
    });
  });

  it('takes a torrent from a pipe, and any number of threads', async () => {
    const { root, torrent } = await album();
    const stdin = readFileSync(torrent);
    for (const threads of ['1', '2', '9'])
      expect(await swarmline(['verify', '-', '-d', root, '--threads', threads], { stdin })).toMatchObject({
        status: 0,
      });
  });

  it('does not show strange names as they are', async () => {
    const root = fileTree({ 'x/\u001b[31mred': 'x', 'x/new\nline': 'y' });
    const torrent = join(root, 'x.torrent');
    await swarmline(['create', join(root, 'x'), '-o', torrent]);
    rmSync(join(root, 'x'), { recursive: true });
    const { out } = await swarmline(['verify', torrent]);
    expect(out).not.toContain('\u001b');
    expect(out.split('\n').filter(line => line.includes('missing'))).toHaveLength(2);
  });

  it('refuses what is no torrent with a sentence', async () => {
    const root = fileTree({ 'page.torrent': '<!doctype html>', 'a.torrent': sampleTorrent('v1'), empty: '' });
    const refusal = async (...words: string[]) => {
      const { status, out, err } = await swarmline(['verify', ...words]);
      expect(out).toBe('');
      return `${status} ${err}`;
    };
    expect(await refusal(join(root, 'page.torrent'))).toMatch(
      /^1 swarmline: .* is a web page, not a torrent file/,
    );
    expect(await refusal(join(root, 'empty'))).toMatch(/^1 swarmline: .*empty is empty\.\n$/);
    expect(await refusal(join(root, 'none'))).toMatch(/^1 swarmline: There is no file .*none\.\n$/);
    expect(await refusal(root)).toMatch(/^1 swarmline: .* is a folder, not a torrent file/);
    expect(await refusal('magnet:?xt=urn:btih:'.padEnd(60, 'a'))).toMatch(
      /^1 swarmline: A torrent file is needed here/,
    );
    expect(await refusal()).toMatch(/^2 swarmline: Missing required argument 'torrent'\.\n$/);
    expect(await refusal('a', '--threads', 'x')).toMatch(/^2 swarmline: .*whole number above 0\.\n$/);
  });
});
