import { describe, expect, it } from 'vitest';
import { noise, torrentOf } from '../../test/torrents.ts';
import { Bitfield } from '../core/bytes/bitfield.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { findTwins, type TwinSource } from './twins.ts';

const A = { path: ['a.bin'], data: noise(100_000, 1) };
const B = { path: ['b.bin'], data: noise(70_000, 2) };
const EVERY = () => true;

/** All of a torrent is there, but for some pieces. */
function source(info: Metainfo, lacking: readonly number[] = []): TwinSource {
  const have = Bitfield.full(info.layout.pieceCount);
  for (const piece of lacking) have.delete(piece);
  return { info, have, placeOf: file => ({ folder: '/other', path: info.files[file]!.path }) };
}

const place = (...path: string[]) => ({ folder: '/other', path });

describe('twins of v2 files', () => {
  const old = torrentOf([A, B], { version: 'v2', name: 'old' }).metainfo;

  it('are known by their roots, whatever their names and the piece length', () => {
    const fresh = torrentOf(
      [
        { path: ['deep', 'other name'], data: B.data },
        { path: ['new.bin'], data: noise(100_000, 3) },
      ],
      { version: 'hybrid', name: 'new', pieceLength: 65_536 },
    ).metainfo;
    expect(findTwins(fresh, EVERY, [source(old)])).toEqual([
      { file: 0, source: place('old', 'b.bin'), isProved: true },
    ]);
  });

  it('are of files that are whole there, and lacking here', () => {
    const fresh = torrentOf([A, B], { version: 'v2', name: 'new' }).metainfo;
    expect(findTwins(fresh, EVERY, [source(old, [0])]).map(({ file }) => file)).toEqual([1]);
    expect(findTwins(fresh, file => file === 0, [source(old)]).map(({ file }) => file)).toEqual([0]);
    expect(findTwins(fresh, () => false, [source(old)])).toEqual([]);
  });

  it('are not proved while one of the two is a hybrid whose layers are not known: v1 may say otherwise', () => {
    const hybrid = torrentOf([A, B], { version: 'hybrid', name: 'new' }).metainfo;
    const magnet = { ...hybrid, pieceLayers: new Map() };
    const proofs = (info: Metainfo, other: Metainfo) =>
      findTwins(info, EVERY, [source(other)]).map(({ isProved }) => isProved);
    expect(proofs(hybrid, old)).toEqual([true, true]);
    expect(proofs(magnet, old)).toEqual([false, false]);
    expect(proofs(old, magnet)).toEqual([false, false]);
    // A file of one piece is its own layer.
    const short = torrentOf([A, B], { version: 'hybrid', name: 'new', pieceLength: 131_072 }).metainfo;
    expect(proofs({ ...short, pieceLayers: new Map() }, old)).toEqual([true, true]);
  });

  it('are found once for each file that has the root, and are never of empty files', () => {
    const empty = { path: ['empty'], data: new Uint8Array(0) };
    const twice = [A, { path: ['copy of a'], data: A.data }, empty];
    const fresh = torrentOf(twice, { version: 'v2', name: 'new' }).metainfo;
    const other = torrentOf([A, empty], { version: 'v2', name: 'old' }).metainfo;
    expect(findTwins(fresh, EVERY, [source(other)])).toEqual([
      { file: 0, source: place('old', 'a.bin'), isProved: true },
      { file: 1, source: place('old', 'a.bin'), isProved: true },
    ]);
  });
});

describe('twins of v1 files', () => {
  const old = torrentOf([A, B], { name: 'old', collections: ['films'] }).metainfo;
  const later = [
    { path: ['renamed'], data: A.data },
    { path: ['c.bin'], data: noise(5, 3) },
  ];

  it('may be of the same length where one torrent names the other, or both a collection', () => {
    const named = torrentOf(later, { name: 'new', similar: [old.infoHashV1!] }).metainfo;
    const found = [{ file: 0, source: place('old', 'a.bin'), isProved: false }];
    expect(findTwins(named, EVERY, [source(old)])).toEqual(found);
    const collected = torrentOf(later, { name: 'new', collections: ['more', 'films'] }).metainfo;
    expect(findTwins(collected, EVERY, [source(old)])).toEqual(found);
    const naming = torrentOf([A, B], { name: 'old', similar: [collected.infoHashV1!] }).metainfo;
    expect(findTwins(collected, EVERY, [source(naming)])).toEqual(found);
  });

  it('are not looked for in any other torrent', () => {
    const stranger = torrentOf(later, { name: 'new', similar: [noise(20, 1)], collections: ['Films'] });
    expect(findTwins(stranger.metainfo, EVERY, [source(old)])).toEqual([]);
  });

  it('are the base of what has the same path, whatever has changed in it', () => {
    const grown = { path: ['a.bin'], data: noise(150_000, 1) };
    const fresh = torrentOf([grown, B], { version: 'hybrid', name: 'new', collections: ['films'] }).metainfo;
    expect(findTwins(fresh, EVERY, [source(old)])).toEqual([
      { file: 0, source: place('old', 'a.bin'), isProved: false },
      { file: 1, source: place('old', 'b.bin'), isProved: false },
    ]);
  });

  it('have the name too where several have the length, and are proved where another has the root', () => {
    const files = [
      { path: ['x', 'one'], data: noise(50_000, 1) },
      { path: ['x', 'two'], data: noise(50_000, 2) },
    ];
    const before = torrentOf(files, { name: 'old', collections: ['c'] }).metainfo;
    const moved = files.map(({ path, data }) => ({ path: ['y', path[1]!], data }));
    const fresh = torrentOf(moved.reverse(), { version: 'hybrid', name: 'new', collections: ['c'] }).metainfo;
    expect(findTwins(fresh, EVERY, [source(before)])).toEqual([
      { file: 0, source: place('old', 'x', 'one'), isProved: false },
      { file: 1, source: place('old', 'x', 'two'), isProved: false },
    ]);
    const v2 = torrentOf([files[0]!], { version: 'v2', name: 'v2' }).metainfo;
    expect(findTwins(fresh, EVERY, [source(before), source(v2)])[0]).toMatchObject({ isProved: true });
  });
});
