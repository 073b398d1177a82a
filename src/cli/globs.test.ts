import { describe, expect, it } from 'vitest';
import { walkFilter } from './globs.ts';
import { UsageError } from './usage-error.ts';

const FILES = [
  'README.md',
  'notes.txt',
  'docs/README.md',
  'docs/a/b.md',
  'docs/pic.PNG',
  'src/main.ts',
  'src/.eslintrc',
  'src/deep/er/notes.txt',
  'node_modules/x/index.js',
];

/** What a walk would take: folders are entered or not, then files asked. */
function taken(include: readonly string[], exclude: readonly string[] = []): string[] {
  const { accepts, enters } = walkFilter(include, exclude);
  return FILES.filter(file => {
    const path = file.split('/');
    const isReached = path.slice(1).every((_, i) => enters?.(path.slice(0, i + 1)) !== false);
    return isReached && accepts?.(path) !== false;
  });
}

describe('patterns', () => {
  it('that are none take everything', () => {
    expect(taken([])).toEqual(FILES);
  });

  it('without a slash fit a name at any depth', () => {
    expect(taken(['*.md'])).toEqual(['README.md', 'docs/README.md', 'docs/a/b.md']);
    expect(taken(['notes.txt'])).toEqual(['notes.txt', 'src/deep/er/notes.txt']);
    expect(taken([], ['notes.txt', '*.md', 'node_modules'])).toEqual([
      'docs/pic.PNG',
      'src/main.ts',
      'src/.eslintrc',
    ]);
  });

  it('with a slash fit the path', () => {
    expect(taken(['docs/*.md'])).toEqual(['docs/README.md']);
    expect(taken(['docs/**'])).toEqual(['docs/README.md', 'docs/a/b.md', 'docs/pic.PNG']);
    expect(taken(['docs/**/*.md'])).toEqual(['docs/README.md', 'docs/a/b.md']);
    expect(taken(['**/notes.txt'])).toEqual(['notes.txt', 'src/deep/er/notes.txt']);
  });

  it('with a slash before them fit what is at the top', () => {
    expect(taken(['/notes.txt'])).toEqual(['notes.txt']);
    expect(taken(['./README.md'])).toEqual(['README.md']);
  });

  it('of a folder fit all that is in it, with a slash after it or without', () => {
    for (const docs of ['docs', 'docs/', '/docs', './docs/'])
      expect(taken([docs])).toEqual(['docs/README.md', 'docs/a/b.md', 'docs/pic.PNG']);
    expect(taken(['deep'])).toEqual(['src/deep/er/notes.txt']);
  });

  it('fit names with a dot before them as any other', () => {
    expect(taken(['*lintrc'])).toEqual(['src/.eslintrc']);
    expect(taken(['src/*'])).toEqual(['src/main.ts', 'src/.eslintrc', 'src/deep/er/notes.txt']);
  });

  it('take braces and classes, and heed case', () => {
    expect(taken(['*.{ts,js}'])).toEqual(['src/main.ts', 'node_modules/x/index.js']);
    expect(taken(['[nm]*.t[sx]*'])).toEqual(['notes.txt', 'src/main.ts', 'src/deep/er/notes.txt']);
    expect(taken(['*.png'])).toEqual([]);
  });

  it('exclude whatever else includes it', () => {
    expect(taken(['*.md', 'docs'], ['docs/a', 'pic.*'])).toEqual(['README.md', 'docs/README.md']);
    expect(taken(['*'], ['**'])).toEqual([]);
  });

  it('that say nothing are refused', () => {
    for (const pattern of ['', '/', '//', './']) {
      expect(() => walkFilter([pattern], [])).toThrow(UsageError);
      expect(() => walkFilter([], [pattern])).toThrow(UsageError);
    }
  });
});
