import { describe, expect, it } from 'vitest';
import { nativeModule } from './native-module.ts';
import { canHashNatively } from './native-pieces.ts';

type Memory = (Uint8Array | Int32Array | Float64Array)[];

/** One file of 100 bytes in pieces of 64, v1; each case has one thing that does not fit. */
const PATHS = Uint8Array.from('/nowhere\0', letter => letter.charCodeAt(0));
const FILES = [PATHS.length, 100, 0, Number.NaN];
const PLAN = { pieceLength: 64, length: 100, v1: 1, v2: 0, keepBlocks: 0, goesOn: 1, perRun: 1, threads: 1 };
const MEMORY = {
  pieces: new Uint8Array(40),
  pieceRoots: new Uint8Array(0),
  blocks: new Uint8Array(0),
  unread: new Uint8Array(2),
  control: new Int32Array(3),
  progress: new Float64Array(1),
  faults: new Float64Array(1),
};

describe.runIf(canHashNatively)('the native hashing of files', () => {
  const hashPieces = nativeModule?.['hashPieces'] as (...args: unknown[]) => Promise<boolean>;
  const call = (files: readonly number[], plan: Partial<typeof PLAN>, memory: Partial<typeof MEMORY>) =>
    hashPieces(
      PATHS,
      Float64Array.from(files),
      Float64Array.from(Object.values({ ...PLAN, ...plan })),
      Object.values({ ...MEMORY, ...memory }) satisfies Memory,
    );

  it('tells of each file what the system says', async () => {
    const faults = Float64Array.of(Number.NaN);
    const unread = new Uint8Array(2);
    expect(await call(FILES, {}, { faults, unread, control: new Int32Array(3) })).toBe(true);
    expect(faults).toEqual(Float64Array.of(-2));
    expect(unread).toEqual(Uint8Array.of(1, 1));
  });

  it.each<[string, readonly number[], Partial<typeof PLAN>, Partial<typeof MEMORY>]>([
    ['a path without an end', [PATHS.length - 1, 100, 0, Number.NaN], {}, {}],
    ['a path that ends behind all paths', [PATHS.length + 1, 100, 0, Number.NaN], {}, {}],
    ['an empty path', [0, 100, 0, Number.NaN], {}, {}],
    ['a file that ends behind the pieces', [PATHS.length, 101, 0, Number.NaN], {}, {}],
    ['files that lie over one another', [...FILES, PATHS.length, 1, 99, Number.NaN], {}, {}],
    ['a length that is no number', [PATHS.length, Number.NaN, 0, Number.NaN], {}, {}],
    ['a negative offset', [PATHS.length, 100, -1, Number.NaN], {}, {}],
    ['a fraction', [PATHS.length, 99.5, 0, Number.NaN], {}, {}],
    ['pieces that are no multiple of 64 long', FILES, { pieceLength: 65 }, {}],
    ['pieces of no length', FILES, { pieceLength: 0 }, {}],
    ['more bytes than a number can say', FILES, { length: 2 ** 60 }, {}],
    ['v2 pieces shorter than a block', FILES, { v2: 1 }, { pieceRoots: new Uint8Array(64) }],
    ['no pieces at a time', FILES, { perRun: 0 }, {}],
    ['no thread', FILES, { threads: 0 }, {}],
    ['more threads than numbers for their progress', FILES, { threads: 2 }, {}],
    ['no room for the digests', FILES, {}, { pieces: new Uint8Array(39) }],
    ['no room for what was not read', FILES, {}, { unread: new Uint8Array(1) }],
    ['no room for faults', FILES, {}, { faults: new Float64Array(0) }],
    ['control of too few numbers', FILES, {}, { control: new Int32Array(2) }],
  ])('refuses %s', (_, files, plan, memory) => {
    expect(() => call(files, plan, memory)).toThrow(RangeError);
  });

  it('refuses what lies in pieces of v2 otherwise than they do, and room for fewer roots and blocks', () => {
    const v2 = { v1: 0, v2: 1, pieceLength: 16_384, length: 40_000 };
    const roots = { pieceRoots: new Uint8Array(96) };
    expect(() => call([PATHS.length, 100, 5, Number.NaN], v2, roots)).toThrow(RangeError);
    expect(() => call(FILES, { ...v2, pieceLength: 49_152 }, roots)).toThrow(RangeError);
    expect(() => call(FILES, v2, { pieceRoots: new Uint8Array(95) })).toThrow(RangeError);
    expect(() => call(FILES, { ...v2, keepBlocks: 1 }, roots)).toThrow(RangeError);
  });

  it('refuses what is no memory at all', () => {
    expect(() => hashPieces()).toThrow(RangeError);
    expect(() => hashPieces(PATHS, Float64Array.from(FILES), new Float64Array(7), [])).toThrow(RangeError);
    expect(() =>
      hashPieces(PATHS, Float64Array.from(FILES), Float64Array.from(Object.values(PLAN)), []),
    ).toThrow(RangeError);
  });
});
