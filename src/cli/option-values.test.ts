import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteCount,
  duration,
  hostAndPort,
  many,
  oneOf,
  positiveCount,
  rate,
  ratio,
  urlWith,
} from './option-values.ts';

describe('values of options', () => {
  it('are bytes, in binary units', () => {
    const lengths = { '0': 0, '262144': 262_144, '256K': 262_144, '256 KiB': 262_144, '1MiB': 1_048_576 };
    for (const [text, bytes] of Object.entries({ ...lengths, '2g': 2 ** 31, '1tb': 2 ** 40, '7 b': 7 }))
      expect([text, byteCount(text)]).toEqual([text, bytes]);
    for (const text of ['', 'K', '-1', '1.5M', '1e3', '0x10', '1 K K', '1KBB', '١'])
      expect(() => byteCount(text), text).toThrow('It should be a size such as 262144, 256K or 1MiB.');
  });

  it('are rates, in bytes a second', () => {
    expect([rate('500K'), rate('2M/s'), rate('2 MiB/s')]).toEqual([512_000, 2_097_152, 2_097_152]);
    expect(() => rate('0')).toThrow('It should be more than 0.');
    expect(() => rate('fast')).toThrow('It should be a size');
  });

  it('are whole numbers above zero', () => {
    expect([positiveCount('1'), positiveCount('007'), positiveCount('9007199254740991')]).toEqual([
      1,
      7,
      Number.MAX_SAFE_INTEGER,
    ]);
    for (const text of ['0', '', ' ', '-1', '+1', '1.0', '1e3', '9007199254740992', 'x'])
      expect(() => positiveCount(text), text).toThrow('It should be a whole number above 0.');
  });

  it('are times, one unit or several', () => {
    const times = { '90s': 90_000, '30m': 1_800_000, '2h': 7_200_000, '7d': 604_800_000, '0s': 0 };
    for (const [text, ms] of Object.entries({
      ...times,
      '1h30m': 5_400_000,
      '1.5 H': 5_400_000,
      '1d 2h': 93_600_000,
    }))
      expect([text, duration(text)]).toEqual([text, ms]);
    for (const text of ['', '30', 'm', '-1m', '1w', '1h30', 'h1', '1m,2s'])
      expect(() => duration(text), text).toThrow('It should be a time such as 90s, 30m, 2h or 7d.');
  });

  it('are ratios, nothing among them', () => {
    expect(['0', '1', '1.5', '10.25'].map(ratio)).toEqual([0, 1, 1.5, 10.25]);
    for (const text of ['', '-1', '1,5', 'two', '1e3', 'Infinity'])
      expect(() => ratio(text), text).toThrow('It should be a number such as 1, 1.5 or 0.');
  });

  it('are one of a few words', () => {
    expect(oneOf('v1', 'v2')('v2')).toBe('v2');
    for (const text of ['V1', '', 'v', 'v1 '])
      expect(() => oneOf('v1', 'v2')(text)).toThrow('It should be v1, v2.');
  });

  it('are addresses, left as they were typed', () => {
    const read = urlWith('http', 'udp');
    for (const url of [
      'http://a.example',
      'UDP://a.example:1',
      'http://[::1]:80/x?y=z',
      'udp://a.example:1/announce',
    ])
      expect(read(url)).toBe(url);
    for (const text of [
      '',
      'a.example',
      'http://',
      'http:/x',
      ' http://a.example',
      'http://a.example ',
      'http://a.example/an nounce',
      'https://a.example',
      'javascript:1',
      'http//a',
    ])
      expect(() => read(text), text).toThrow(`"${text}" is no address that begins with http:// or udp://.`);
  });

  it('are hosts with ports', () => {
    expect(hostAndPort('a.example:1')).toEqual({ host: 'a.example', port: 1 });
    expect(hostAndPort('10.0.0.1:65535')).toEqual({ host: '10.0.0.1', port: 65_535 });
    expect(hostAndPort('[::1]:6881')).toEqual({ host: '::1', port: 6881 });
    for (const text of ['', 'a', 'a:', ':1', 'a:0', 'a:65536', '::1:6881', 'a b:1', 'a:1:2', '[::1]'])
      expect(() => hostAndPort(text), text).toThrow('should be HOST:PORT.');
  });

  it('add up where an option can be given many times', () => {
    const add = many(positiveCount);
    expect(add('2', add('1', undefined))).toEqual([1, 2]);
    expect(() => add('x', [1])).toThrow();
  });

  it('are read or refused with a sentence, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        for (const read of [byteCount, positiveCount, oneOf('a'), urlWith('http'), hostAndPort]) {
          try {
            read(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'commander.invalidArgument' });
          }
        }
      }),
    );
  });
});
