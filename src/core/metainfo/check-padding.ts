// Padding files (BEP 47): whether they are marked as such, and whether they do what they are for, which is to have the file
// after them start at a piece.

import { nameText } from './fields.ts';
import type { FindingList } from './finding.ts';
import { isOldPadding, type RawFile } from './raw-files.ts';

/** `listed`: v1's files, in their order. */
export function checkPadding(
  listed: readonly RawFile[] | undefined,
  tree: readonly RawFile[] | undefined,
  pieceLength: number,
  found: FindingList,
): void {
  for (const file of listed ?? tree ?? []) checkMark(file, found);
  for (const file of tree ?? []) {
    if (!file.attributes.includes('p')) continue;
    const message =
      'There is padding in "file tree", where files start at pieces without (BEP 52); it is a file there.';
    found.warning('PADDING_IN_TREE', file.where, message, ANEW);
  }
  let position = 0;
  for (const file of listed ?? []) {
    const end = position + file.length;
    const fault = file.isPadding ? faultOf(position, end, pieceLength) : undefined;
    if (fault !== undefined) {
      const message = `Padding of ${file.length} bytes ${fault}, so that it only costs time and space.`;
      found.note('PADDING_MISPLACED', file.where, message, ANEW);
    }
    position = end;
  }
}

function faultOf(start: number, end: number, pieceLength: number): string | undefined {
  if (end === start) return 'pads nothing';
  if (start % pieceLength === 0) return 'begins where a piece does';
  if (end % pieceLength !== 0) return 'does not end where a piece does';
  return end - start > pieceLength ? 'is longer than a piece' : undefined;
}

function checkMark(file: RawFile, found: FindingList): void {
  if (file.isPadding || file.path.length === 0) return;
  const last = nameText(file.path.at(-1)!);
  if (isOldPadding(file)) {
    const message = `"${last}" is padding of an old kind, which many programs download as a file.`;
    found.warning('PADDING_OLD', file.where, message, MARKED);
  } else if (file.path.length === 2 && nameText(file.path[0]!) === '.pad' && /^\d+$/.test(last)) {
    const message = `".pad/${last}" looks like padding and is not marked as such.`;
    found.warning('PADDING_UNMARKED', file.where, message, MARKED);
  }
}

const MARKED = 'Make the torrent anew: padding is marked with attr "p" today (BEP 47).';
const ANEW = 'Make the torrent anew.';
