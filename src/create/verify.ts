// Data on disk against a torrent: which files and which pieces are missing, short, long or corrupt. For v2 with known
// block hashes, which 16 KiB exactly. Nothing is written.

import { equalBytes } from '../core/bytes/bytes.ts';
import { toHex } from '../core/bytes/hex.ts';
import { DIGEST_LENGTH, merkleRoot } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH, type Metainfo, type TorrentFile } from '../core/metainfo/metainfo.ts';
import type { Files } from '../host/files.ts';
import type { HashFault, HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';

export type FileState = 'ok' | 'missing' | 'short' | 'long' | 'corrupt' | 'unreadable' | 'changed';

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
  /** Bad pieces that hold bytes of this file. */
  readonly badPieces: readonly number[];
  /** Bad blocks of 16 KiB, counted from the start of the file, where they can be told (v2 and hybrid). */
  readonly badBlocks?: readonly number[];
  /** A sentence, where the file could not be read. */
  readonly message?: string;
}

export interface Verification {
  readonly isComplete: boolean;
  readonly pieceCount: number;
  readonly goodPieces: number;
  readonly badPieces: readonly number[];
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
      keepBlocks: metainfo.version !== 'v1',
      onFault: 'record',
    },
    progress,
  );

  const bad = badPieces(metainfo, hashed);
  const faults = new Map(hashed.faults.map(fault => [withData[fault.file]!, fault]));
  const files: VerifiedFile[] = [];
  for (const [index, file] of metainfo.files.entries()) {
    const facts = { index, path: file.path, source: sources[index]!, length: file.length };
    files.push(
      file.length === 0
        ? { ...facts, badPieces: [], ...(await lookAtEmpty(file, facts.source, deps.files)) }
        : { ...facts, ...judge(metainfo, index, bad, hashed, faults.get(index)) },
    );
  }
  const badList = [...bad].sort((a, b) => a - b);
  return {
    isComplete: badList.length === 0 && files.every(file => file.state === 'ok'),
    pieceCount: metainfo.layout.pieceCount,
    goodPieces: metainfo.layout.pieceCount - badList.length,
    badPieces: badList,
    files,
  };
}

/** Where each file should be on this machine. */
export async function locate(metainfo: Metainfo, dataPath: string, disk: Files): Promise<string[]> {
  const inside = disk.resolve(dataPath, metainfo.name);
  const isParent = (await disk.look(inside, { follow: true })) !== undefined;
  const facts = isParent ? undefined : await disk.look(dataPath, { follow: true });
  // Not the folder that holds it, but the thing itself: its name does not matter then.
  const isItself =
    facts !== undefined && (metainfo.isFolder ? facts.kind === 'folder' : facts.kind === 'file');
  return metainfo.files.map(file =>
    isItself ? disk.resolve(dataPath, ...file.path.slice(1)) : disk.resolve(dataPath, ...file.path),
  );
}

function badPieces(metainfo: Metainfo, hashed: HashResult): Set<number> {
  const bad = new Set<number>();
  for (let piece = 0; piece < hashed.pieceCount; piece++) {
    const start = piece * 20;
    const isBad =
      hashed.unread[piece] === 1 ||
      (metainfo.pieces !== undefined &&
        !equalBytes(hashed.pieces.subarray(start, start + 20), metainfo.pieces.subarray(start, start + 20)));
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
      if (!equalBytes(root, expected.subarray(at, at + DIGEST_LENGTH))) bad.add(piece);
    }
  }
  return bad;
}

function judge(
  metainfo: Metainfo,
  index: number,
  bad: ReadonlySet<number>,
  hashed: HashResult,
  fault: HashFault | undefined,
): Pick<VerifiedFile, 'state' | 'badPieces' | 'badBlocks' | 'actualLength' | 'message'> {
  const { first, end } = metainfo.layout.piecesOf(index);
  const badHere: number[] = [];
  for (let piece = first; piece < end; piece++) if (bad.has(piece)) badHere.push(piece);
  const badBlocks =
    metainfo.version === 'v1' || badHere.length === 0
      ? undefined
      : findBadBlocks(metainfo, index, badHere, hashed, fault);
  return {
    state: fault?.kind ?? (badHere.length > 0 ? 'corrupt' : 'ok'),
    badPieces: badHere,
    ...(badBlocks === undefined ? {} : { badBlocks }),
    ...(fault?.actualLength === undefined ? {} : { actualLength: fault.actualLength }),
    ...(fault?.kind === 'unreadable' ? { message: fault.message } : {}),
  };
}

/**
 * The bad blocks among bad pieces. A piece of one block is its own answer, blocks beyond the end of a short file are
 * missing; for the rest the torrent has to have block hashes, and these have to lead to the file's root.
 */
function findBadBlocks(
  metainfo: Metainfo,
  index: number,
  badHere: readonly number[],
  hashed: HashResult,
  fault: HashFault | undefined,
): number[] | undefined {
  const file = metainfo.files[index]!;
  const { first } = metainfo.layout.piecesOf(index);
  const perPiece = metainfo.pieceLength / BLOCK_LENGTH;
  const blockCount = Math.ceil(file.length / BLOCK_LENGTH);
  const readable = fault === undefined ? file.length : (fault.actualLength ?? 0);
  const expected = trustedBlocks(metainfo, file);
  const found: number[] = [];
  for (const piece of badHere) {
    const start = (piece - first) * perPiece;
    const end = Math.min(start + perPiece, blockCount);
    const isUnread = hashed.unread[piece] === 1;
    if (expected === undefined && end - start > 1 && !isUnread) return undefined;
    for (let block = start; block < end; block++) {
      const isThere = Math.min(file.length, (block + 1) * BLOCK_LENGTH) <= readable;
      if (!isThere || isUnread) {
        if (!isThere) found.push(block);
        continue;
      }
      const at = ((file.offset / BLOCK_LENGTH) | 0) * DIGEST_LENGTH + block * DIGEST_LENGTH;
      const actual = hashed.blocks.subarray(at, at + DIGEST_LENGTH);
      const isRight =
        expected !== undefined &&
        equalBytes(actual, expected.subarray(block * DIGEST_LENGTH, (block + 1) * DIGEST_LENGTH));
      if (!isRight) found.push(block);
    }
  }
  return found;
}

function trustedBlocks(metainfo: Metainfo, file: TorrentFile): Uint8Array | undefined {
  const layer = metainfo.blockLayers.get(toHex(file.piecesRoot!));
  return layer !== undefined && equalBytes(merkleRoot(layer), file.piecesRoot!) ? layer : undefined;
}

/** A file of no bytes has to be there; a symlink has to be one (BEP 47), or what it leads to. */
async function lookAtEmpty(
  file: TorrentFile,
  source: string,
  disk: Files,
): Promise<Pick<VerifiedFile, 'state' | 'actualLength'>> {
  const facts = await disk.look(source);
  if (facts === undefined || facts.kind === 'folder') return { state: 'missing' };
  if (file.symlinkTarget !== undefined) return { state: 'ok' };
  return facts.length > 0 ? { state: 'long', actualLength: facts.length } : { state: 'ok' };
}
