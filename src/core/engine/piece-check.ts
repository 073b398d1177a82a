// How a piece is proved: v1 and hybrid by the SHA-1 in `pieces` (BEP 3), v2 alone by the merkle root in its file's piece
// layer, or by the file's own root where the file has but one piece (BEP 52, "piece layers"). Says what to compare with;
// the hashing is done where the data is.

import { toHex } from '../bytes/hex.ts';
import { SwarmlineError } from '../errors.ts';
import { leavesUnderPiece } from '../metainfo/merkle.ts';
import type { Info } from '../metainfo/metainfo.ts';

export type PieceCheck =
  | { readonly kind: 'sha1'; readonly digest: Uint8Array }
  /** SHA-256 of each 16 KiB, then pairs up to the root; `width` leaves, zeros where there is no data. */
  | { readonly kind: 'merkle'; readonly digest: Uint8Array; readonly width: number };

/** An info with, for v2 alone, the piece layers that are no part of it. */
export type CheckableInfo = Info & { readonly pieceLayers?: ReadonlyMap<string, Uint8Array> };

/**
 * A function that tells of each piece what proves it.
 * @throws SwarmlineError `PIECE_LAYERS_UNKNOWN` for a v2 torrent whose layers are not there (a magnet's)
 */
export function pieceChecks(info: CheckableInfo): (piece: number) => PieceCheck {
  const { pieces } = info;
  if (pieces !== undefined) {
    // A digest of its own: sent to another thread, a view would take all of the torrent file along.
    return piece => ({ kind: 'sha1', digest: pieces.slice(piece * 20, piece * 20 + 20) });
  }
  const layers = info.files.map(file => layerOf(info, file));
  return piece => {
    const fileIndex = info.layout.fileAt(piece * info.pieceLength);
    const file = info.files[fileIndex]!;
    const at = (piece - file.offset / info.pieceLength) * 32;
    return {
      kind: 'merkle',
      digest: layers[fileIndex]!.slice(at, at + 32),
      width: leavesUnderPiece(file.length, info.pieceLength),
    };
  };
}

/** The digests of a file's pieces: its layer, or its root alone. */
function layerOf(info: CheckableInfo, file: Info['files'][number]): Uint8Array {
  const { piecesRoot } = file;
  if (file.length === 0 || piecesRoot === undefined) return new Uint8Array(0);
  if (file.length <= info.pieceLength) return piecesRoot;
  const layer = info.pieceLayers?.get(toHex(piecesRoot));
  if (layer !== undefined) return layer;
  throw new SwarmlineError(
    'PIECE_LAYERS_UNKNOWN',
    'This is a v2 torrent without its piece layers, which a magnet link does not bring: add its torrent file instead.',
  );
}
