// What proves each piece: v1 by the SHA-1 in `pieces` (BEP 3), v2 by the merkle root in its file's piece layer, or by the
// file's own root where the file has but one piece (BEP 52, "piece layers"); a hybrid by both, as far as its layers are
// known. Says what to compare with; the hashing is done where the data is.

import { equalBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/hex.ts';
import { SwarmlineError } from '../errors.ts';
import { DIGEST_LENGTH, leavesUnderPiece, merkleRoot } from '../metainfo/merkle.ts';
import { BLOCK_LENGTH, type Info } from '../metainfo/metainfo.ts';
import type { PieceCheck, Sha1Check } from '../metainfo/piece-proof.ts';

/** An info with, for v2 and hybrids, the layers that are no part of it: see `Metainfo`. */
export type CheckableInfo = Info & {
  readonly pieceLayers?: ReadonlyMap<string, Uint8Array>;
  readonly blockLayers?: ReadonlyMap<string, Uint8Array>;
};

/**
 * A function that tells of each piece what proves it. It looks at `info.pieceLayers` each time, which may grow: a hybrid's
 * pieces are proved by both hashes from then on.
 * @throws SwarmlineError `PIECE_LAYERS_UNKNOWN`, the function, for a piece of v2 whose layer is not there
 */
export function pieceChecks(info: CheckableInfo): (piece: number) => PieceCheck {
  const { pieces } = info;
  // A digest of its own: sent to another thread, a view would take all of the torrent file along.
  const sha1 = (piece: number): Sha1Check => ({
    kind: 'sha1',
    digest: pieces!.slice(piece * 20, piece * 20 + 20),
  });
  if (info.version === 'v1') return sha1;
  const layerOf = layersByFile(info);
  return piece => {
    const start = piece * info.pieceLength;
    const fileIndex = info.layout.fileAt(start);
    const file = info.files[fileIndex]!;
    const layer = layerOf(fileIndex);
    if (layer === undefined) return sha1(piece);
    const at = ((start - file.offset) / info.pieceLength) * 32;
    const digest = layer.slice(at, at + 32);
    const merkle = {
      kind: 'merkle',
      digest,
      width: leavesUnderPiece(file.length, info.pieceLength),
    } as const;
    if (pieces === undefined) return merkle;
    const dataLength = Math.min(info.pieceLength, file.offset + file.length - start);
    return { kind: 'both', v1: sha1(piece), v2: merkle, dataLength };
  };
}

/** Whether all pieces of a file are compared with its root: those of a hybrid are not before its layer is known. */
export function isProvedByRoot(info: CheckableInfo, file: number): boolean {
  const { piecesRoot } = info.files[file]!;
  return piecesRoot !== undefined && layerOf(info, info.files[file]!) !== undefined;
}

/** The leaves under a piece, where the torrent file brought them and they prove right; for v2 and hybrids. */
export function blockHashesOf(info: CheckableInfo, piece: number): Uint8Array | undefined {
  const file = info.files[info.layout.fileAt(piece * info.pieceLength)]!;
  const layer = file.piecesRoot && info.blockLayers?.get(toHex(file.piecesRoot));
  if (layer === undefined) return undefined;
  const perPiece = (info.pieceLength / BLOCK_LENGTH) * DIGEST_LENGTH;
  const at = (piece - file.offset / info.pieceLength) * perPiece;
  const leaves = layer.subarray(at, at + perPiece);
  const check = pieceChecks(info)(piece);
  const proof = check.kind === 'both' ? check.v2 : check;
  if (proof.kind !== 'merkle' || leaves.length === 0) return undefined;
  return equalBytes(merkleRoot(leaves, { width: proof.width }), proof.digest) ? leaves : undefined;
}

/** The digests of a file's pieces: its layer, or its root alone. Undefined where a hybrid's is not known yet. */
function layersByFile(info: CheckableInfo): (file: number) => Uint8Array | undefined {
  const known: (Uint8Array | undefined)[] = new Array(info.files.length).fill(undefined);
  return index => {
    known[index] ??= layerOf(info, info.files[index]!);
    if (known[index] !== undefined || info.pieces !== undefined) return known[index];
    throw new SwarmlineError(
      'PIECE_LAYERS_UNKNOWN',
      'This is a v2 torrent without its piece layers, which a magnet link does not bring: its peers have to give them.',
    );
  };
}

function layerOf(info: CheckableInfo, file: Info['files'][number]): Uint8Array | undefined {
  const { piecesRoot } = file;
  if (file.length === 0 || piecesRoot === undefined) return new Uint8Array(0);
  return file.length <= info.pieceLength ? piecesRoot : info.pieceLayers?.get(toHex(piecesRoot));
}
