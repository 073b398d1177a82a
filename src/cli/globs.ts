// Which files of a folder are taken: `--include` and `--exclude`. A pattern without a slash fits a name at any depth,
// one with a slash before its end fits the path below the folder ("/notes.txt" is the one at the top). What is excluded
// stays out, whatever includes it.

import picomatch from 'picomatch';
import type { WalkOptions } from '../create/walk.ts';
import { UsageError } from './usage-error.ts';

/** The questions that a walk asks, from the patterns. */
export function walkFilter(
  include: readonly string[],
  exclude: readonly string[],
): Pick<WalkOptions, 'accepts' | 'enters'> {
  if (include.length === 0 && exclude.length === 0) return {};
  const included = matcher(include);
  const excluded = matcher(exclude);
  return {
    accepts: path => !isOrIsBelow(excluded, path) && (include.length === 0 || isOrIsBelow(included, path)),
    enters: path => !excluded(path.join('/')),
  };
}

/** Whether a file fits; its path is the torrent's, whose first element is a folder's own name. */
export function fileMatcher(pattern: string): (path: readonly string[]) => boolean {
  const test = matcher([pattern]);
  return path => isOrIsBelow(test, path.length > 1 ? path.slice(1) : path);
}

function matcher(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map(pattern => {
    const path = pattern.replace(/\/+$/, '');
    const bare = path.replace(/^\.?\//, '');
    if (bare === '' || bare === '.')
      throw new UsageError(`"${pattern}" is no pattern: it fits nothing, or everything.`);
    return picomatch(path.includes('/') ? bare : `**/${bare}`, { dot: true });
  });
  return path => tests.some(test => test(path));
}

/** A pattern that fits a folder fits all that is in it. */
function isOrIsBelow(test: (path: string) => boolean, path: readonly string[]): boolean {
  return path.some((_, i) => test(path.slice(0, i + 1).join('/')));
}
