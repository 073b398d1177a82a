import { describe, expect, it } from 'vitest';
import { Arguments, countOf, flagOf, MAX_COUNT } from './arguments.ts';

describe('what comes with a call', () => {
  it('is found by a name of any style', () => {
    const given = new Arguments({ 'download-dir': '/a', seedRatioLimit: 1.5, peer_limit: 3 });
    expect(given.text('download_dir')).toBe('/a');
    expect(given.number('seed_ratio_limit')).toBe(1.5);
    expect(given.number('peer_limit')).toBe(3);
  });

  it.each([null, undefined, 1, 'text', [], [1]])('%j has nothing', given => {
    expect([...new Arguments(given).names()]).toEqual([]);
  });

  it('counts as not given where it is of another type', () => {
    const given = new Arguments({ a: '1', b: 'yes', c: {}, d: Number.NaN });
    expect(given.number('a')).toBeUndefined();
    expect(given.flag('b')).toBeUndefined();
    expect(given.list('c')).toBeUndefined();
    expect(given.number('d')).toBeUndefined();
    expect(given.text('__proto__')).toBeUndefined();
  });
});

it.each([
  [true, true],
  [0, false],
  [1, true],
  ['true', true],
  [2, undefined],
  [null, undefined],
])('%j is the flag %j', (value, expected) => {
  expect(flagOf(value)).toBe(expected);
});

it.each([
  [1.9, 1],
  [-5, 0],
  [1e300, MAX_COUNT],
  ['1', undefined],
])('%j is the count %j', (value, expected) => {
  expect(countOf(value)).toBe(expected);
});
