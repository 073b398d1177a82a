// Where a command writes a torrent file: asked beforehand whether that will go, and written whole or not at all.

import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from '../io/file-fault.ts';
import { replaceFile } from '../io/replace-file.ts';

/** Before the data is read, which can take hours: whether the torrent file can be written at all. */
export function checkTarget(path: string, force: boolean): void {
  const there = statOrNothing(path);
  if (there?.isDirectory()) {
    throw new SwarmlineError('OUTPUT_FAILED', `"${path}" is a folder: name a file with --output.`, {
      where: path,
    });
  }
  if (there?.isFile() && !force) {
    throw new SwarmlineError(
      'OUTPUT_EXISTS',
      `"${path}" is there already: overwrite it with --force, or name another with --output.`,
      { where: path },
    );
  }
  if (there !== undefined) return;
  const folder = dirname(path);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw outputFailed(path, `there is no folder "${folder}"`, error);
    throw outputFailed(path, `the folder: ${describeSystemError(error)}`, error);
  }
}

function statOrNothing(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw outputFailed(path, describeSystemError(error), error);
  }
}

export async function writeTorrent(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, bytes);
  } catch (error) {
    throw outputFailed(path, describeSystemError(error), error);
  }
}

function outputFailed(path: string, why: string, cause: unknown): SwarmlineError {
  const message = `"${path}" cannot be written: ${why}. Name another place with --output.`;
  return new SwarmlineError('OUTPUT_FAILED', message, { where: path, cause });
}
