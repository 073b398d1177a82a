import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, isWellFormed } from '../bytes/utf8.ts';
import { PathRegister, pathElementFault, safeName } from './safe-path.ts';

describe('an element of a path', () => {
  it('is refused where it could leave its folder', () => {
    for (const element of ['', '.', '..', 'a/b', '/', 'a\0', '../x'])
      expect(pathElementFault(element), element).toBeDefined();
    for (const element of ['...', '..a', ' ', '-', '~', 'C:', 'nul', '\\', '\n', '.hidden', 'a..'])
      expect(pathElementFault(element), element).toBeUndefined();
  });

  it('is left as it is where it does no harm', () => {
    for (const name of [
      'a.txt',
      'ünï',
      'na\u0308ive',
      '\u{1f600}',
      ' a ',
      '\u200f\u05d0',
      'n'.repeat(240),
      '*?:|',
    ])
      expect(safeName(name)).toBe(name);
  });

  it('loses what would mislead or break', () => {
    expect(safeName('a\nb\u0000\u007f\u0085c')).toBe('a_b___c');
    expect(safeName('photo\u202egpj.exe')).toBe('photo_gpj.exe');
    expect(safeName('a\\b')).toBe('a_b');
    expect(safeName('a\ud800b\udc00')).toBe('a_b_');
    expect(safeName('\u2028\u2029\u2066\u2069')).toBe('____');
  });

  it('is cut where it is too long, by bytes and between characters, keeping its kind', () => {
    expect(safeName(`${'n'.repeat(300)}.flac`)).toBe(`${'n'.repeat(235)}.flac`);
    expect(safeName('あ'.repeat(100))).toBe('あ'.repeat(80));
    expect(safeName(`${'\u{1f600}'.repeat(100)}.mp3`)).toBe(`${'\u{1f600}'.repeat(59)}.mp3`);
    expect(safeName(`a.${'x'.repeat(300)}`)).toBe(`a.${'x'.repeat(238)}`);
  });

  it('keeps the rules of Windows where that is asked for', () => {
    const names = {
      'a:b': 'a_b',
      '<>"|?*': '______',
      'a.': 'a_',
      'a ..': 'a___',
      CON: '_CON',
      'nul.txt': '_nul.txt',
    };
    for (const [name, safe] of Object.entries({
      ...names,
      'com¹': '_com¹',
      console: 'console',
      'lpt0.x': '_lpt0.x',
    }))
      expect([name, safeName(name, 'windows')]).toEqual([name, safe]);
  });

  it('is safe after once, for any text, and stays as it is', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(text, fc.constantFrom('posix', 'windows'), (element, rules) => {
        if (pathElementFault(element) !== undefined) return;
        const safe = safeName(element, rules);
        expect(pathElementFault(safe)).toBeUndefined();
        expect(isWellFormed(safe)).toBe(true);
        expect(encodeUtf8(safe).length).toBeLessThanOrEqual(rules === 'windows' ? 241 : 240);
        expect(safeName(safe, rules)).toBe(safe);
      }),
    );
  });
});

describe('paths handed out', () => {
  const taken = (rules: 'posix' | 'windows', paths: readonly string[], most?: number) => {
    const register = new PathRegister(rules, most);
    return paths.map(path => register.take(path.split('/'))?.join('/'));
  };

  it('are each there once: a later one of the same name is numbered before its ending', () => {
    expect(taken('posix', ['d/a.txt', 'd/a.txt', 'd/a.txt', 'd/b', 'd/b', 'd/.x', 'd/.x'])).toEqual([
      ...['d/a.txt', 'd/a.1.txt', 'd/a.2.txt', 'd/b', 'd/b.1', 'd/.x', 'd/.x.1'],
    ]);
    expect(taken('posix', ['a.1', 'a', 'a'])).toEqual(['a.1', 'a', 'a.2']);
  });

  it('heed case only where the system does', () => {
    expect(taken('posix', ['A', 'a'])).toEqual(['A', 'a']);
    expect(taken('windows', ['A', 'a', 'd/x', 'D/X'])).toEqual(['A', 'a.1', 'd/x', 'D/X.1']);
  });

  it('are never a file and a folder at once', () => {
    expect(taken('posix', ['a', 'a/b'])).toEqual(['a', undefined]);
    expect(taken('posix', ['a/b', 'a'])).toEqual(['a/b', 'a.1']);
    expect(taken('windows', ['a/b/c', 'A/B'])).toEqual(['a/b/c', 'A/B.1']);
  });

  it('end where too many want one name', () => {
    expect(taken('posix', ['a', 'a', 'a', 'a'], 3)).toEqual(['a', 'a.1', 'a.2', undefined]);
  });

  it('are all different, whatever is asked for', () => {
    const path = fc.array(fc.constantFrom('a', 'A', 'b', 'a.1', 'b.x'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 30 }), fc.constantFrom('posix', 'windows'), (paths, rules) => {
        const register = new PathRegister(rules);
        const given = paths.map(path => register.take(path)?.join('/')).filter(path => path !== undefined);
        const fold = (path: string) => (rules === 'windows' ? path.toLowerCase() : path);
        const places = new Set(given.map(fold));
        expect(places.size).toBe(given.length);
        for (const place of given) {
          const parts = fold(place).split('/');
          for (let depth = 1; depth < parts.length; depth++)
            expect(places.has(parts.slice(0, depth).join('/'))).toBe(false);
        }
      }),
    );
  });
});
