// v2's piece layers (BEP 52, "piece layers"): each file that is longer than a piece needs its own, which hashes up to the
// file's root; there are no others.

import { BencodeDictionary } from '../bencode/decode.ts';
import { toHex } from '../bytes/hex.ts';
import { fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { kindOf } from './fields.ts';
import { type FindingList, quoted } from './finding.ts';
import { isPieceLayerOf } from './merkle.ts';
import { pathText, type RawFile } from './raw-files.ts';

/** `tree`: v2's files; undefined where the torrent has none. `isHashed`: whether layers have to hash up to their roots. */
export function checkPieceLayers(
  root: BencodeDictionary,
  tree: readonly RawFile[] | undefined,
  pieceLength: number,
  isHashed: boolean,
  found: FindingList,
): void {
  const layers = root.get('piece layers');
  if (tree === undefined) {
    if (layers === undefined) return;
    const message = 'There are "piece layers" and nothing of v2 that they could be of.';
    found.warning('PIECE_LAYERS_SURPLUS', WHERE, message, SURPLUS);
    return;
  }
  const large = tree.filter(file => file.length > pieceLength && file.piecesRoot !== undefined);
  if (layers instanceof BencodeDictionary) checkEntries(layers, large, pieceLength, isHashed, found);
  else if (layers !== undefined) {
    const message = `"piece layers" should be a dictionary, not ${kindOf(layers)}; programs refuse the torrent.`;
    found.error('PIECE_LAYERS_MALFORMED', WHERE, message, GET_ANEW);
  } else if (large.length > 0) {
    const message = '"piece layers" is missing, without which the data of v2 cannot be checked.';
    found.error('PIECE_LAYERS_MISSING', WHERE, message, GET_ANEW);
  } else {
    const message = '"piece layers" is missing; v2 demands it even where it is empty.';
    found.warning('PIECE_LAYERS_ABSENT', WHERE, message, GET_ANEW);
  }
}

function checkEntries(
  { entries, keys }: BencodeDictionary,
  large: readonly RawFile[],
  pieceLength: number,
  isHashed: boolean,
  found: FindingList,
): void {
  const wanted = new Set<string>();
  for (const file of large) {
    const piecesRoot = file.piecesRoot!;
    const key = toBinaryString(piecesRoot);
    // Files of the same bytes share a layer.
    if (wanted.has(key)) continue;
    wanted.add(key);
    const layer = entries.get(key);
    const name = quoted(pathText(file.path));
    if (layer === undefined) {
      found.error('PIECE_LAYERS_MISSING', file.where, `"piece layers" has no layer for ${name}.`, GET_ANEW);
    } else if (!(layer instanceof Uint8Array)) {
      const message = `The piece layer of ${name} should be a string, not ${kindOf(layer)}.`;
      found.error('PIECE_LAYER_WRONG', place(key), message, GET_ANEW);
    } else if (isHashed && !isPieceLayerOf(layer, { length: file.length, piecesRoot }, pieceLength)) {
      const message = `The piece layer of ${name} does not hash up to its root: the data could not be checked with it.`;
      found.error('PIECE_LAYER_WRONG', place(key), message, GET_ANEW);
    }
  }
  for (const key of keys) {
    if (wanted.has(key)) continue;
    const message = 'This piece layer is of no file that is longer than a piece.';
    found.warning('PIECE_LAYERS_SURPLUS', place(key), message, SURPLUS);
  }
}

/** As the parser has it. */
function place(key: string): string {
  return `${WHERE}[${toHex(fromBinaryString(key)).slice(0, 16)}…]`;
}

const WHERE = 'piece layers';
const GET_ANEW =
  'Get the torrent file anew from where it was made; magnet links of it work, since peers send the layers.';
const SURPLUS = 'It takes room and nothing reads it: make the torrent anew.';
