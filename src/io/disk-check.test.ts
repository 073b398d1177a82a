// The order of a check, with threads that only say what they are asked. Files are drawn: "aab", a letter for each byte.

import { describe, expect, it } from 'vitest';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import { type CheckedPieces, checkFiles } from './disk-check.ts';
import type { DiskJob, PieceJob, SeenFiles } from './disk-jobs.ts';
import type { JobDone } from './disk-threads.ts';

describe('a check', () => {
  it.each([
    ['aaaabbbbcccc', [4, 4, 4], [0, 1, 2, 3, 4, 5]],
    ['aaaabbbbcccc', [4, -1, 4], [0, 1, 4, 5]],
    ['aaaabbbbcccc', [-1, 4, -1], [2, 3]],
    ['aaaabbbbcccc', [4, 3, 4], [0, 1, 2, 4, 5]],
    ['aaaabbbbcccc', [9, 9, 9], [0, 1, 2, 3, 4, 5]],
    ['aaabbbccc', [3, -1, 3], [0, 3, 4]],
    ['aaabbbccc', [-1, 3, -1], [2]],
    ['abcdef', [1, 1, -1, 1, 1, 1], [0, 2]],
    ['aa....bb', [2, 2], [0, 3]],
  ])('of %s with files of %j bytes looks at the pieces %j', async (picture, sizes, expected) => {
    const { pieces } = drawn(picture);
    expect(await checked(pieces, sizes)).toEqual(expected);
  });

  it.each([
    ['aaaabbbbcccc', [4, 4, 4], [1, 3, 5]],
    ['aaaabbbbcccc', [4, -1, 4], [1, 5]],
    ['aaaabbbbcccc', [4, 3, -1], [1]],
  ])(
    'of %s with files of %j bytes, asked about 1, 3 and 5, looks at %j',
    async (picture, sizes, expected) => {
      const { pieces } = drawn(picture);
      const only = new Bitfield(pieces.count);
      for (const piece of [1, 3, 5]) only.add(piece);
      expect(await checked({ ...pieces, only }, sizes)).toEqual(expected);
    },
  );

  it('of two million pieces makes no job for those that are missing', async () => {
    const count = 2_000_000;
    const files = [
      { offset: 0, length: 10 },
      { offset: 10, length: count - 10 },
    ];
    const made: number[] = [];
    const jobOf = (piece: number) => {
      made.push(piece);
      return { piece, length: 1, segments: [{ file: 0, offset: piece, length: 1, at: 0 }], check: CHECK };
    };
    expect(await checked({ count, pieceLength: 1, files, jobOf }, [10, -1])).toHaveLength(10);
    expect(made).toHaveLength(10);
  });

  it('of padding without end lets others have the thread', async () => {
    const { pieces } = drawn(`aa${'.'.repeat(20_000)}bb`);
    let hadTurn = false;
    const found = checked(pieces, [2, 2]);
    setImmediate(() => {
      hadTurn = true;
    });
    expect((await found).length).toBe(2);
    expect(hadTurn).toBe(true);
  });

  it('of what is one job, and was there a moment ago, does without a look; and looks where it is there no more', async () => {
    const { pieces } = drawn('aaaabbbb');
    const asked: string[] = [];
    const sizes = [4, -1];
    const found: number[] = [];
    const check = (isThere: boolean) =>
      new Promise<void>((resolve, reject) => {
        const wasThere = { ...pieces, wasThere: true };
        const run = (_: unknown, job: DiskJob, done: JobDone) => {
          asked.push(job.kind);
          const isGone = !isThere && job.kind === 'check' && job.pieces.some(({ piece }) => piece >= 2);
          const fault = isGone ? new SwarmlineError('DISK_FAILED', 'It is not there.') : undefined;
          const verdicts = job.kind === 'check' ? new Uint8Array(job.pieces.length).fill(1) : statesOf(sizes);
          queueMicrotask(() => done(fault === undefined ? { result: verdicts } : {}, fault));
        };
        checkFiles({ count: 2, run }, OWNER, wasThere, {
          onPiece: piece => void found.push(piece),
          done: fault => (fault === undefined ? resolve() : reject(fault)),
        });
      });
    await check(true);
    expect([asked.splice(0), found.splice(0)]).toEqual([['check'], [0, 1, 2, 3]]);
    await check(false);
    expect([asked, found]).toEqual([
      ['check', 'look', 'check'],
      [0, 1],
    ]);
  });

  it('that is given up tells nothing', () => {
    const { pieces } = drawn('aaaa');
    const answers: (() => void)[] = [];
    const giveUp = checkFiles(
      {
        count: 1,
        run: (_owner, _job, done) => void answers.push(() => done({ result: statesOf([4]) }, undefined)),
      },
      OWNER,
      pieces,
      { onPiece: () => expect.fail('told a piece'), done: () => expect.fail('told the end') },
    );
    giveUp();
    for (const answer of answers) answer();
    expect(answers).toHaveLength(1);
  });
});

/** Pieces of two bytes. Points are padding. */
function drawn(picture: string): { pieces: CheckedPieces } {
  const files = [...new Set(picture.replaceAll('.', ''))].map(letter => ({
    offset: picture.indexOf(letter),
    length: picture.lastIndexOf(letter) + 1 - picture.indexOf(letter),
  }));
  const layout = new Layout(files, 2, { shortPieces: false });
  const jobOf = (piece: number): PieceJob => {
    const length = layout.pieceSize(piece);
    return { piece, length, segments: layout.segments(piece * 2, length), check: CHECK };
  };
  return { pieces: { count: layout.pieceCount, pieceLength: 2, files, jobOf } };
}

/** Which pieces the threads were given, where the files have these sizes. */
function checked(pieces: CheckedPieces, sizes: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  return new Promise((resolve, reject) => {
    checkFiles(
      {
        count: 1,
        run: (_, job, done) => {
          if (job.kind === 'look') done({ result: statesOf(sizes) }, undefined);
          else if (job.kind === 'check')
            queueMicrotask(() => done({ result: new Uint8Array(job.pieces.length).fill(1) }, undefined));
        },
      },
      OWNER,
      pieces,
      {
        onPiece: piece => void found.push(piece),
        done: fault => (fault === undefined ? resolve(found) : reject(fault)),
      },
    );
  });
}

function statesOf(sizes: readonly number[]): SeenFiles {
  const zeros = new Float64Array(sizes.length);
  return { lengths: Float64Array.from(sizes), modifiedMs: zeros, inodes: zeros };
}

const OWNER = { torrent: 1, opened: () => ({ folder: '/', files: [], markCount: 0 }) };
const CHECK = { kind: 'sha1', digest: new Uint8Array(20) } as const;
