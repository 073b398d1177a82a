// The shape of `info`: whether it says one thing about its files and pieces, in keys of the right kind. What the parser
// refuses is told here with a code of its own where there may be more than one such fault.

import type { BencodeDictionary, BencodeValue } from '../bencode/decode.ts';
import { decodeUtf8 } from '../bytes/utf8.ts';
import { kindOf, nameText } from './fields.ts';
import { type FindingList, quoted } from './finding.ts';
import { BLOCK_LENGTH } from './metainfo.ts';
import { MAX_PIECE_LENGTH } from './piece-length.ts';
import type { RawFile, ShapeFault } from './raw-files.ts';

/** For what reads the files of `info`. */
export function fileFaults(found: FindingList): ShapeFault {
  return (where, fault) => {
    found.error(
      'FILE_MALFORMED',
      where,
      `${quoted(where).slice(1, -1)} ${fault}; programs refuse that.`,
      ANEW,
    );
  };
}

export function checkVersion(info: BencodeDictionary, found: FindingList): void {
  const version = info.get('meta version');
  const hasTree = has(info, 'file tree');
  const hasList = has(info, 'files') || has(info, 'length');
  const where = 'info.meta version';
  if (version === undefined) {
    if (!hasTree) return;
    const message = `There is a "file tree" and no "meta version", so that ${hasList ? 'it is read as v1 alone' : 'nothing reads it'}.`;
    if (hasList) found.warning('META_VERSION_MISSING', where, message, ANEW);
    else found.error('META_VERSION_MISSING', where, message, ANEW);
  } else if (version !== 2) {
    const is = typeof version === 'number' || typeof version === 'bigint' ? `${version}` : kindOf(version);
    const message = `"meta version" is ${is}, and should be 2 or not there; some programs refuse the torrent.`;
    found.error('META_VERSION_UNKNOWN', where, message, ANEW);
  }
}

/** The length of pieces; infinite where it is none, of which is told. */
export function readPieceLength(info: BencodeDictionary, found: FindingList): number {
  const value = info.get('piece length');
  const fault = faultOfPieceLength(value, has(info, 'file tree'));
  if (fault === undefined) return value as number;
  found.error('PIECE_LENGTH_MALFORMED', 'info.piece length', `"piece length" ${fault}.`, ANEW);
  return Number.POSITIVE_INFINITY;
}

/** `listed`: v1's files; undefined where there are none. */
export function checkPieces(
  info: BencodeDictionary,
  listed: readonly RawFile[] | undefined,
  pieceLength: number,
  found: FindingList,
): void {
  const where = 'info.pieces';
  const pieces = info.get('pieces');
  if (listed === undefined) {
    if (pieces === undefined || !has(info, 'file tree')) return;
    const message = 'There are "pieces" of v1 and no files of v1 that they could be of.';
    found.warning('PIECES_SURPLUS', where, message, ANEW);
    return;
  }
  const fault = faultOfPieces(pieces, listed, pieceLength);
  if (fault !== undefined) found.error('PIECES_MALFORMED', where, `"pieces" ${fault}.`, ANEW);
}

/** Both: it would be one file and many at once. True where it is so. */
export function hasLengthAndFiles(info: BencodeDictionary, found: FindingList): boolean {
  if (!has(info, 'files') || !has(info, 'length')) return false;
  const message =
    'There are both "length" and "files": some programs see one file, some many, some refuse it.';
  found.error('LENGTH_AND_FILES', 'info', message, ANEW);
  return true;
}

/** Two names for one thing: programs read one of them. */
export function checkNameTwins(info: BencodeDictionary, found: FindingList): void {
  const [plain, utf8] = [info.get('name'), info.get('name.utf-8')];
  if (!(plain instanceof Uint8Array) || !(utf8 instanceof Uint8Array)) return;
  // Another encoding is what the second name is for.
  if (decodeUtf8(plain) === undefined || nameText(plain) === nameText(utf8)) return;
  const message = `"name" is ${quoted(nameText(plain))} and "name.utf-8" is ${quoted(nameText(utf8))}: programs differ in which they read.`;
  found.warning('NAMES_DISAGREE', 'info.name.utf-8', message, ANEW);
}

function faultOfPieceLength(value: BencodeValue | undefined, isV2: boolean): string | undefined {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'number' && typeof value !== 'bigint')
    return `should be a number, not ${kindOf(value)}`;
  if (value <= 0) return `is ${value}`;
  if (value > MAX_PIECE_LENGTH) return `is ${value}; no program reads more than ${MAX_PIECE_LENGTH}`;
  const length = Number(value);
  if (isV2 && (length < BLOCK_LENGTH || (length & (length - 1)) !== 0))
    return `is ${length}; version 2 needs a power of two, ${BLOCK_LENGTH} at least`;
  return undefined;
}

function faultOfPieces(
  pieces: BencodeValue | undefined,
  listed: readonly RawFile[],
  pieceLength: number,
): string | undefined {
  if (pieces === undefined) return 'is missing: the data of v1 cannot be checked';
  if (!(pieces instanceof Uint8Array)) return `should be a string, not ${kindOf(pieces)}`;
  if (pieces.length % 20 !== 0) return `has ${pieces.length} bytes, which is no whole number of hashes of 20`;
  if (pieceLength === Number.POSITIVE_INFINITY) return undefined;
  let length = 0;
  for (const file of listed) length += file.length;
  const [count, wanted] = [pieces.length / 20, Math.ceil(length / pieceLength)];
  if (count === wanted) return undefined;
  return `has ${count} ${count === 1 ? 'hash' : 'hashes'}, where ${length} bytes make ${wanted} ${wanted === 1 ? 'piece' : 'pieces'}`;
}

function has(info: BencodeDictionary, key: string): boolean {
  return info.get(key) !== undefined || info.putOff?.has(key) === true;
}

const ANEW = 'Make the torrent anew.';
