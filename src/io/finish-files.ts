// What a download's end brings about besides data: empty files, symbolic links and executable bits (BEP 47). Links are
// relative and point inside the download folder only.

import { chmodSync, closeSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { DiskFile } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { openInside } from './file-pool.ts';
import { placeInside } from './inside-folder.ts';

/** @throws the system's error, with the file in `onFile`'s last call */
export function finishFiles(
  folder: string,
  files: readonly DiskFile[],
  onFile: (file: DiskFile) => void,
): void {
  for (const file of files) {
    if (!file.isWanted || file.source !== undefined) continue;
    onFile(file);
    if (file.symlinkTarget !== undefined) makeLink(folder, file.path, file.symlinkTarget);
    else if (file.length === 0) closeSync(openInside(folder, file.path, true));
    if (file.isExecutable && file.symlinkTarget === undefined)
      makeExecutable(placeInside(folder, file.path, false));
  }
}

function makeLink(folder: string, path: readonly string[], target: readonly string[]): void {
  const at = placeInside(folder, [...path.slice(0, -1), ''], true);
  const link = placeOfLink(at, path.at(-1)!);
  if (link === undefined) return;
  symlinkSync(relative(dirname(link), placeInside(folder, target, false)), link);
}

/** Undefined where something is there already: it is the user's, or an earlier run's. */
function placeOfLink(folder: string, name: string): string | undefined {
  const link = `${folder.replace(/[/\\]$/, '')}/${name}`;
  try {
    lstatSync(link);
    return undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return link;
    throw error;
  }
}

/** Executable for all who may read it. */
function makeExecutable(place: string): void {
  const { mode } = statSync(place);
  chmodSync(place, mode | ((mode & 0o444) >>> 2));
}
