// Room on the disk, on real files; and with a thread that says what it is told to.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type DataTorrent, noise, torrentOf } from '../../test/torrents.ts';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { pieceChecks } from '../core/engine/piece-check.ts';
import type { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import type { DiskTorrent } from '../host/disk.ts';
import { nodeDisk } from './disk.ts';
import type { DiskJob } from './disk-jobs.ts';
import { reserveFiles } from './disk-reserve.ts';
import type { JobDone } from './disk-threads.ts';
import { JobGate } from './job-gate.ts';
import { nextGap } from './reserve-room.ts';

const disk = nodeDisk({ threads: 1 });
afterAll(() => disk.close());

const ALBUM = torrentOf([
  { path: ['a'], data: noise(300_000, 1) },
  { path: ['b'], data: noise(20_000_000, 2) },
  { path: ['c'], data: noise(500_000, 3) },
]);

describe.skipIf(process.platform === 'win32')('room for files', () => {
  it('is taken for those that are wanted, all of it, and what is there stays', async () => {
    const { folder, opened } = open(ALBUM, file => file !== 2);
    const { layout } = ALBUM.metainfo;
    mkdirSync(join(folder, 'album'));
    writeFileSync(join(folder, 'album', 'a'), ALBUM.files[0]!.data.subarray(0, 100_000));
    const have = new Bitfield(layout.pieceCount);
    for (let piece = 0; piece < 3; piece++) have.add(piece);
    const told: number[] = [];
    expect(await reserve(opened, () => have, told)).toBeUndefined();
    for (const [i, name] of ['a', 'b'].entries()) {
      const { size, blocks } = statSync(join(folder, 'album', name));
      expect(size).toBe(ALBUM.files[i]!.data.length);
      expect(blocks * 512).toBeGreaterThanOrEqual(size);
    }
    expect(() => statSync(join(folder, 'album', 'c'))).toThrow('ENOENT');
    const kept = readFileSync(join(folder, 'album', 'a')).subarray(0, 3 * 32_768);
    expect(Buffer.compare(kept, ALBUM.files[0]!.data.subarray(0, 3 * 32_768))).toBe(0);
    // Other torrents have had the thread between these.
    expect(told.length).toBeGreaterThanOrEqual(3);
    // A second time nothing is left to be done.
    const again: number[] = [];
    expect(await reserve(opened, () => have, again)).toBeUndefined();
    expect(again).toEqual([]);
  });

  it('is taken while pieces are stored, and no piece is lost to it', async () => {
    const { opened } = open(ALBUM, () => true);
    const { layout } = ALBUM.metainfo;
    const have = new Bitfield(layout.pieceCount);
    const stores: Promise<unknown>[] = [];
    for (let piece = 0; piece < layout.pieceCount; piece += 5) {
      const bytes = pieceOf(ALBUM, piece);
      const lent = disk.pool.lend(bytes.length, 0)!;
      lent.set(bytes);
      stores.push(
        new Promise(resolve =>
          opened.store(piece, lent, result => {
            expect(result).toBe(true);
            have.add(piece);
            resolve(undefined);
          }),
        ),
      );
    }
    expect(await reserve(opened, () => have, [])).toBeUndefined();
    await Promise.all(stores);
    const right: number[] = [];
    await new Promise(resolve =>
      opened.check((piece, isRight) => void (isRight && right.push(piece)), resolve),
    );
    expect(right).toHaveLength(have.count);
  });
});

describe('room that is not there', () => {
  const layout = new Layout([{ offset: 0, length: 30_000_000 }], 16_384, { shortPieces: false });
  const files = [
    { index: 0, name: 'album/a', length: 10_000_000, offset: 0 },
    { index: 1, name: 'album/b', length: 20_000_000, offset: 10_000_000 },
  ];

  it('is said before anything is taken: which file, and how much is missing', async () => {
    const jobs: DiskJob[] = [];
    const fault = await reserved((job, done) => {
      jobs.push(job);
      done({ result: { taken: Float64Array.of(4_000_000, 0), free: 25_000_000 } }, undefined);
    });
    expect(fault).toMatchObject({
      code: 'DISK_FULL',
      where: 'album/b',
      message:
        '"album/b" gets no room: the disk is full; 1,000,000 bytes more are needed for what is to be fetched.',
    });
    expect(jobs.map(({ kind }) => kind)).toEqual(['room']);
  });

  it('because somebody else took it meanwhile is said too', async () => {
    let left = 2;
    const fault = await reserved((job, done) => {
      if (job.kind === 'room')
        done({ result: { taken: Float64Array.of(0, 0), free: 40_000_000 } }, undefined);
      else if (left-- > 0) done({}, undefined);
      else done({}, { code: 'DISK_FULL', message: '', where: '' } as unknown as SwarmlineError);
    });
    // 8 MiB, the rest of the first file, and then nothing more.
    expect(fault).toMatchObject({ code: 'DISK_FULL', where: 'album/b' });
    expect(fault!.message).toContain('20,000,000 bytes more are needed');
  });

  function reserved(run: (job: DiskJob, done: JobDone) => void): Promise<SwarmlineError | undefined> {
    return new Promise(resolve => {
      const have = new Bitfield(layout.pieceCount);
      const gate = new JobGate();
      reserveFiles(
        { torrent: 1, layout, files, have: () => have, gate, run, onWrite: () => {} },
        { progress: () => {}, done: resolve },
      );
    });
  }
});

describe('a gap', () => {
  // Pieces of two bytes; the file is the part in letters, "x" there, "." not.
  it.each([
    ['....', 0, 0, 99, [0, 8]],
    ['x..x', 0, 0, 99, [2, 4]],
    ['x..x', 0, 0, 3, [2, 3]],
    ['x..x', 0, 5, 99, [5, 1]],
    ['xx..', 0, 6, 99, [6, 2]],
    ['xxxx', 0, 0, 99, undefined],
    ['x...', 1, 0, 99, [1, 6]],
    ['....', 3, 0, 99, [0, 5]],
    ['..xx', 3, 0, 99, [0, 1]],
  ])(
    'of %s in a file that begins at %i, looked for from %i, of %i bytes at most, is %j',
    (picture, offset, from, most, gap) => {
      const layout = new Layout([{ offset: 0, length: 8 }], 2, { shortPieces: false });
      const have = new Bitfield(4);
      for (let i = 0; i < 4; i++) if (picture[i] === 'x') have.add(i);
      const found = nextGap(layout, { index: 0, name: '', length: 8 - offset, offset }, have, from, most);
      expect(found && [found.offset, found.length]).toEqual(gap);
    },
  );
});

function reserve(
  opened: DiskTorrent,
  have: () => Bitfield,
  told: number[],
): Promise<SwarmlineError | undefined> {
  return new Promise(resolve =>
    opened.reserve(have, { progress: reserved => told.push(reserved), done: resolve }),
  );
}

function open(torrent: DataTorrent, isWanted: (file: number) => boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-room-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { files, layout } = torrent.metainfo;
  const checkOf = pieceChecks(torrent.metainfo);
  const partFile = '.parts';
  return {
    folder,
    opened: disk.open({ sources: undefined, folder, files, layout, checkOf, isWanted, partFile }),
  };
}

function pieceOf(torrent: DataTorrent, piece: number): Uint8Array {
  const { layout, files } = torrent.metainfo;
  const bytes = new Uint8Array(layout.pieceSize(piece));
  for (const { file, offset, length, at } of layout.segments(piece * layout.pieceLength, bytes.length))
    bytes.set(torrent.files[file]!.data.subarray(offset, offset + length), at);
  expect(files.length).toBe(torrent.files.length);
  return bytes;
}
