// What went wrong with a file on disk, as a kind and a sentence.

import type { HashFault, HashFile } from '../host/piece-hasher.ts';

/** `cause` is the system's error, or the length that the file really has. */
export function faultOf(file: HashFile, index: number, cause: unknown): HashFault {
  const { path } = file;
  if (isLength(cause)) {
    const actualLength = cause.length;
    if (actualLength < file.length) {
      return {
        file: index,
        kind: 'short',
        message: `"${path}" has ${actualLength} bytes, not ${file.length}.`,
        actualLength,
      };
    }
    if (actualLength > file.length) {
      return {
        file: index,
        kind: 'long',
        message: `"${path}" has ${actualLength} bytes, not ${file.length}.`,
        actualLength,
      };
    }
    return {
      file: index,
      kind: 'changed',
      message: `"${path}" was changed while it was read.`,
      actualLength,
    };
  }
  const code = systemCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return { file: index, kind: 'missing', message: `"${path}" does not exist.` };
  }
  return {
    file: index,
    kind: 'unreadable',
    message: `"${path}" cannot be read: ${describeSystemError(cause)}.`,
  };
}

/** The system's name of an error (`EACCES`), where it is one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A few words for the system errors that users meet; else the system's own. */
export function describeSystemError(error: unknown): string {
  const code = systemCode(error);
  const words = code === undefined ? undefined : WORDS[code];
  if (words !== undefined) return words;
  return error instanceof Error ? error.message : String(error);
}

function isLength(cause: unknown): cause is { length: number } {
  return typeof cause === 'object' && cause !== null && 'length' in cause && typeof cause.length === 'number';
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ESPIPE: 'it is a pipe, not a file',
  EEXIST: 'it exists already',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports a fault (input/output error)',
  EMFILE: 'too many files are open in this program',
  ENFILE: 'too many files are open in the system',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long for the file system',
  EBUSY: 'it is in use',
};
