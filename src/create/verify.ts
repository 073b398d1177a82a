// Data on disk against a torrent: which files and which pieces are missing, short, long or corrupt. For v2 with known
// block hashes, which 16 KiB exactly. Nothing is written.

import { equalBytes } from '../core/bytes/bytes.ts';
import { toHex } from '../core/bytes/hex.ts';
import { SwarmlineError } from '../core/errors.ts';
import { DIGEST_LENGTH, merkleRoot } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH, type Metainfo, type TorrentFile } from '../core/metainfo/metainfo.ts';
import type { FileFacts, Files } from '../host/files.ts';
import type { HashFault, HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';
import { judgeLink } from './verify-links.ts';

/**
 * `unknown`: nothing is known to be wrong with it, but it shares a piece with a file that is not there (v1), so that
 * the piece cannot be checked.
 */
export type FileState = 'ok' | 'missing' | 'short' | 'long' | 'corrupt' | 'unreadable' | 'unknown';

export interface VerifiedFile {
  /** Index into the torrent's files. */
  readonly index: number;
  readonly path: readonly string[];
  /** Where it was looked for. */
  readonly source: string;
  readonly length: number;
  readonly state: FileState;
  /** How long the file on disk is, where it is not as long as it should be. */
  readonly actualLength?: number;
  /** Pieces with bytes of this file whose hash is another. */
  readonly badPieces: readonly number[];
  /** Pieces with bytes of this file of which a part is not there to be read, be it of another file. */
  readonly missingPieces: readonly number[];
  /** Bad blocks of 16 KiB, counted from the start of the file, where they can be told (v2 and hybrid). */
  readonly badBlocks?: readonly number[];
  /** Where the file could not be read, a sentence; of a corrupt link what is wrong with it. */
  readonly message?: string;
}

export interface Verification {
  readonly isComplete: boolean;
  readonly pieceCount: number;
  readonly goodPieces: number;
  readonly badPieces: readonly number[];
  readonly missingPieces: readonly number[];
  /** In the order of the torrent. */
  readonly files: readonly VerifiedFile[];
}

export interface VerifyDeps {
  readonly files: Files;
  readonly hasher: PieceHasher;
}

/**
 * Checks the data of a torrent. `dataPath` is the folder that holds the torrent's file or folder, or that itself.
 * @throws SwarmlineError `ABORTED`
 */
export async function verifyData(
  metainfo: Metainfo,
  dataPath: string,
  deps: VerifyDeps,
  progress: HashProgress = {},
): Promise<Verification> {
  const sources = await locate(metainfo, dataPath, deps.files);
  const withData = metainfo.files.flatMap((file, index) => (file.length > 0 ? [index] : []));
  const hashed = await deps.hasher.hash(
    {
      files: withData.map(index => ({
        path: sources[index]!,
        length: metainfo.files[index]!.length,
        offset: metainfo.files[index]!.offset,
      })),
      pieceLength: metainfo.pieceLength,
      length: metainfo.layout.length,
      v1: metainfo.version !== 'v2',
      v2: metainfo.version !== 'v1',
      keepBlocks: metainfo.blockLayers.size > 0,
      onFault: 'record',
    },
    progress,
  );

  const bad = findBadPieces(metainfo, hashed);
  const faults = new Map(hashed.faults.map(fault => [withData[fault.file]!, fault]));
  const files: VerifiedFile[] = [];
  for (const [index, file] of metainfo.files.entries()) {
    const source = sources[index]!;
    const facts = { index, path: file.path, source, length: file.length };
    if (file.length === 0) {
      files.push({
        ...facts,
        badPieces: [],
        missingPieces: [],
        ...(await lookAtEmpty(metainfo, file, source, deps.files)),
      });
    } else {
      files.push({
        ...facts,
        ...(await judge(metainfo, index, { bad, hashed, fault: faults.get(index) }, source, deps.files)),
      });
    }
  }
  const badPieces = [...bad].sort((a, b) => a - b);
  const missingPieces = indicesOf(hashed.unread);
  return {
    isComplete: files.every(file => file.state === 'ok'),
    pieceCount: hashed.pieceCount,
    goodPieces: hashed.pieceCount - badPieces.length - missingPieces.length,
    badPieces,
    missingPieces,
    files,
  };
}

/** Where each file should be on this machine. */
export async function locate(metainfo: Metainfo, dataPath: string, disk: Files): Promise<string[]> {
  // Where it is the thing itself and not the folder that holds it, its name does not matter.
  const skip = (await isItself(metainfo, dataPath, disk)) ? 1 : 0;
  const places: string[] = [];
  for (const { path, writtenPath } of metainfo.files) {
    const written = writtenPath && disk.resolve(dataPath, ...writtenPath.slice(skip));
    const isWritten = written !== undefined && (await lookSafely(written, disk)) !== undefined;
    places.push(isWritten ? written : disk.resolve(dataPath, ...path.slice(skip)));
  }
  return places;
}

async function isItself(metainfo: Metainfo, dataPath: string, disk: Files): Promise<boolean> {
  const kind = metainfo.isFolder ? 'folder' : 'file';
  const kindAt = async (path: string) => (await lookSafely(path, disk))?.kind;
  if ((await kindAt(dataPath)) !== kind) return false;
  if (kind === 'file') return true;
  const names = new Set(
    metainfo.files.flatMap(({ path, writtenPath }) => [path[0]!, (writtenPath ?? path)[0]!]),
  );
  const isParent = await someAsync(
    [...names],
    async name => (await kindAt(disk.resolve(dataPath, name))) === kind,
  );
  // A folder "album" can hold a folder "album": the one with files of the torrent is meant.
  const hasFiles = (skip: number) =>
    someAsync(metainfo.files, async ({ path, writtenPath = path }) => {
      const places = [path, writtenPath].map(way => disk.resolve(dataPath, ...way.slice(skip)));
      return someAsync(places, async place => (await kindAt(place)) !== undefined);
    });
  return !(isParent && (await hasFiles(0))) && (await hasFiles(1));
}

/** What stands at a path; undefined too where that cannot be told. */
async function lookSafely(path: string, disk: Files): Promise<FileFacts | undefined> {
  try {
    return await disk.look(path, { follow: true });
  } catch (error) {
    if (error instanceof SwarmlineError) return undefined;
    throw error;
  }
}

async function someAsync<Item>(
  items: readonly Item[],
  test: (item: Item) => Promise<boolean>,
): Promise<boolean> {
  for (const item of items) if (await test(item)) return true;
  return false;
}

/** Pieces that could be read and have another hash: of v1, of v2, or of either in a hybrid. */
function findBadPieces(metainfo: Metainfo, hashed: HashResult): Set<number> {
  const bad = new Set<number>();
  for (let piece = 0; piece < hashed.pieceCount; piece++) {
    const start = piece * 20;
    const isBad =
      hashed.unread[piece] === 0 &&
      metainfo.pieces !== undefined &&
      !equalBytes(hashed.pieces.subarray(start, start + 20), metainfo.pieces.subarray(start, start + 20));
    if (isBad) bad.add(piece);
  }
  if (metainfo.version === 'v1') return bad;
  for (const [index, { length, piecesRoot }] of metainfo.files.entries()) {
    if (length === 0) continue;
    const { first, end } = metainfo.layout.piecesOf(index);
    const expected =
      length > metainfo.pieceLength ? metainfo.pieceLayers.get(toHex(piecesRoot!))! : piecesRoot!;
    for (let piece = first; piece < end; piece++) {
      const root = hashed.pieceRoots.subarray(piece * DIGEST_LENGTH, (piece + 1) * DIGEST_LENGTH);
      const at = (piece - first) * DIGEST_LENGTH;
      const isRight = equalBytes(root, expected.subarray(at, at + DIGEST_LENGTH));
      if (!isRight && hashed.unread[piece] === 0) bad.add(piece);
    }
  }
  return bad;
}

interface Evidence {
  readonly bad: ReadonlySet<number>;
  readonly hashed: HashResult;
  readonly fault: HashFault | undefined;
}

async function judge(
  metainfo: Metainfo,
  index: number,
  { bad, hashed, fault }: Evidence,
  source: string,
  disk: Files,
): Promise<Omit<VerifiedFile, 'index' | 'path' | 'source' | 'length'>> {
  const { first, end } = metainfo.layout.piecesOf(index);
  const badPieces: number[] = [];
  const missingPieces: number[] = [];
  for (let piece = first; piece < end; piece++) {
    if (bad.has(piece)) badPieces.push(piece);
    if (hashed.unread[piece] === 1) missingPieces.push(piece);
  }
  // A file is not opened where its only piece lacks another file's bytes: look whether it is there.
  const own =
    fault ??
    (missingPieces.length > 0 ? await lookForFault(metainfo.files[index]!, source, disk) : undefined);
  const state = own?.kind ?? (badPieces.length > 0 ? 'corrupt' : missingPieces.length > 0 ? 'unknown' : 'ok');
  const isWhole = badPieces.length + missingPieces.length === 0;
  const badBlocks =
    metainfo.version === 'v1' || isWhole || state === 'missing'
      ? undefined
      : findBadBlocks(metainfo, index, badPieces, missingPieces, hashed, own?.actualLength);
  return {
    state: state === 'changed' ? 'corrupt' : state,
    badPieces,
    missingPieces,
    ...(badBlocks === undefined ? {} : { badBlocks }),
    ...(own?.actualLength === undefined ? {} : { actualLength: own.actualLength }),
    ...(own?.kind === 'unreadable' ? { message: own.message } : {}),
  };
}

async function lookForFault(
  { length }: TorrentFile,
  source: string,
  disk: Files,
): Promise<Omit<HashFault, 'file'> | undefined> {
  let facts: FileFacts | undefined;
  try {
    facts = await disk.look(source, { follow: true });
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    return { kind: 'unreadable', message: error.message };
  }
  if (facts === undefined) return { kind: 'missing', message: `"${source}" does not exist.` };
  if (facts.kind === 'folder')
    return { kind: 'unreadable', message: `"${source}" cannot be read: it is a folder.` };
  if (facts.length === length) return undefined;
  return {
    kind: facts.length < length ? 'short' : 'long',
    message: `"${source}" has ${facts.length} bytes, not ${length}.`,
    actualLength: facts.length,
  };
}

function indicesOf(flags: Uint8Array): number[] {
  const indices: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i] === 1) indices.push(i);
  return indices;
}

/**
 * The 16 KiB blocks that are not right. In missing pieces: those beyond the end of the file. In bad pieces: a piece of one
 * block is its own answer; for longer ones the torrent has to have block hashes, else the answer is undefined.
 */
function findBadBlocks(
  metainfo: Metainfo,
  index: number,
  badPieces: readonly number[],
  missingPieces: readonly number[],
  hashed: HashResult,
  actualLength: number | undefined,
): number[] | undefined {
  const file = metainfo.files[index]!;
  const { first } = metainfo.layout.piecesOf(index);
  const perPiece = metainfo.pieceLength / BLOCK_LENGTH;
  const blockCount = Math.ceil(file.length / BLOCK_LENGTH);
  const blocksOf = (piece: number) => {
    const start = (piece - first) * perPiece;
    return Array.from({ length: Math.min(perPiece, blockCount - start) }, (_, i) => start + i);
  };
  const readable = actualLength ?? file.length;
  const found = missingPieces
    .flatMap(blocksOf)
    .filter(block => Math.min(file.length, (block + 1) * BLOCK_LENGTH) > readable);

  const expected = trustedBlocks(metainfo, file);
  for (const piece of badPieces) {
    const blocks = blocksOf(piece);
    if (blocks.length > 1 && expected === undefined) return undefined;
    for (const block of blocks) {
      const at = (file.offset / BLOCK_LENGTH + block) * DIGEST_LENGTH;
      const isRight =
        expected !== undefined &&
        equalBytes(
          hashed.blocks.subarray(at, at + DIGEST_LENGTH),
          expected.subarray(block * DIGEST_LENGTH, (block + 1) * DIGEST_LENGTH),
        );
      if (!isRight) found.push(block);
    }
  }
  return found.sort((a, b) => a - b);
}

function trustedBlocks(metainfo: Metainfo, file: TorrentFile): Uint8Array | undefined {
  const layer = metainfo.blockLayers.get(toHex(file.piecesRoot!));
  return layer !== undefined && equalBytes(merkleRoot(layer), file.piecesRoot!) ? layer : undefined;
}

/** A file of no bytes has to be there, a symlink to lead where it should. */
async function lookAtEmpty(
  metainfo: Metainfo,
  file: TorrentFile,
  source: string,
  disk: Files,
): Promise<Pick<VerifiedFile, 'state' | 'actualLength' | 'message'>> {
  if (file.symlinkTarget !== undefined) return judgeLink(metainfo, file, source, disk);
  const fault = await lookForFault(file, source, disk);
  if (fault === undefined) return { state: 'ok' };
  const { kind, message, actualLength } = fault;
  return {
    state: kind === 'changed' ? 'corrupt' : kind,
    ...(actualLength === undefined ? {} : { actualLength }),
    ...(kind === 'unreadable' ? { message } : {}),
  };
}
