// Whether the two parts of a hybrid fit, and whether the pieces of a torrent have a length that serves.

import { equalBytes } from '../bytes/bytes.ts';
import { type FindingList, quoted } from './finding.ts';
import { BLOCK_LENGTH, type Metainfo } from './metainfo.ts';
import { automaticPieceLength } from './piece-length.ts';
import { isOldPadding, pathText, type RawFile } from './raw-files.ts';

/** Compares the two parts of a hybrid: peers of v1 and of v2 must get the same files. */
export function checkHybrid(
  name: Uint8Array | undefined,
  listed: readonly RawFile[],
  tree: readonly RawFile[],
  pieceLength: number,
  found: FindingList,
): void {
  const files = listed.filter(file => !isPadding(file));
  const advice = 'Make the torrent anew: peers of v1 and of v2 would get different data.';
  const pathOf = (file: RawFile) => (file.path.length === 0 && name !== undefined ? [name] : file.path);
  for (let i = 0; i < Math.max(files.length, tree.length); i++) {
    const [old, twin] = [files[i], tree[i]];
    if (
      old !== undefined &&
      twin !== undefined &&
      samePath(pathOf(old), twin.path) &&
      old.length === twin.length
    )
      continue;
    const message = `The parts for v1 and v2 disagree: v1 has ${described(old && pathOf(old), old)} where v2 has ${described(twin?.path, twin)}.`;
    found.error('HYBRID_DISAGREES', (old ?? twin)!.where, message, advice);
    // From the first difference on, the two are out of step.
    return;
  }
  let position = 0;
  for (const file of listed) {
    if (!isPadding(file) && file.length > 0 && position % pieceLength !== 0) {
      const message = `${quoted(pathText(pathOf(file)))} does not start at a piece for v1, and does for v2: padding is missing before it.`;
      found.error('HYBRID_UNPADDED', file.where, message, advice);
      return;
    }
    position += file.length;
  }
}

/** Piece length, number of pieces, and the size of the torrent file itself. */
export function checkSizes(torrent: Metainfo, found: FindingList): void {
  const { pieceLength, layout, bytes } = torrent;
  const where = 'info.piece length';
  if (torrent.files.length === 0 || layout.dataLength === 0) {
    const what = torrent.files.length === 0 ? 'has no files' : 'has no bytes in its files';
    found.error(
      'EMPTY',
      'info',
      `The torrent ${what}; there is nothing to share, and most programs refuse it.`,
      ANEW,
    );
    return;
  }
  if ((pieceLength & (pieceLength - 1)) !== 0) {
    const message = `Pieces have ${pieceLength} bytes, which is no power of two; some programs refuse that.`;
    found.warning('PIECE_LENGTH_ODD', where, message, ANEW);
  }
  if (pieceLength < BLOCK_LENGTH) {
    const message = `Pieces have ${pieceLength} bytes, less than the 16 KiB that peers ask for at a time.`;
    found.warning('PIECE_LENGTH_TINY', where, message, ANEW);
  } else if (pieceLength > 16 * MIB) {
    const message = `Pieces have ${Math.round(pieceLength / MIB)} MiB; some programs refuse more than 16 MiB.`;
    found.warning('PIECE_LENGTH_HUGE', where, message, ANEW);
  }
  const fitting = automaticPieceLength(layout.dataLength);
  const advice = `${fitting / 1024} KiB would fit the size; make the torrent anew.`;
  if (pieceLength >= 8 * fitting && layout.dataLength >= 4 * MIB) {
    const message = `There are only ${layout.pieceCount} pieces: peers have little to trade at first, and a bad piece costs much.`;
    found.warning('PIECES_TOO_FEW', where, message, advice);
  } else if (pieceLength * 8 <= fitting) {
    const message = `There are ${layout.pieceCount} pieces, which make the torrent file large and checks slow.`;
    found.warning('PIECES_TOO_MANY', where, message, advice);
  }
  if (bytes.length > 10_000_000) {
    const message = `The torrent file has ${Math.round(bytes.length / 1e6)} MB; many programs refuse more than 10 MB.`;
    found.warning('TORRENT_TOO_LARGE', '', message, 'Make it anew with longer pieces, or with fewer files.');
  }
}

function isPadding(file: RawFile): boolean {
  return file.isPadding || isOldPadding(file);
}

function described(path: readonly Uint8Array[] | undefined, file: RawFile | undefined): string {
  return file === undefined || path === undefined
    ? 'no file'
    : `${quoted(pathText(path))} with ${file.length} bytes`;
}

function samePath(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((element, i) => equalBytes(element, b[i]!));
}

const MIB = 1024 * 1024;
const ANEW = 'Make the torrent anew.';
