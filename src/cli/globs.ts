// Which files of a folder are taken: `--include` and `--exclude`. A pattern without a slash fits a name at any depth,
// one with a slash fits the path below the folder. What is excluded stays out, whatever includes it.

import picomatch from 'picomatch';
import type { WalkOptions } from '../create/walk.ts';

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

function matcher(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map(pattern => {
    const bare = pattern.replace(/^\.?\//, '').replace(/\/+$/, '');
    return picomatch(pattern.includes('/') && bare.includes('/') ? bare : `**/${bare}`, { dot: true });
  });
  return path => tests.some(test => test(path));
}

/** A pattern that fits a folder fits all that is in it. */
function isOrIsBelow(test: (path: string) => boolean, path: readonly string[]): boolean {
  return path.some((_, i) => test(path.slice(0, i + 1).join('/')));
}
