import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatPieceLength,
  formatPlural,
  formatRate,
  formatRateCell,
  formatRatio,
  shortenHash,
} from './figures.ts';

describe('figures', () => {
  it.each<[number | null, string]>([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1023.6 * 1024, '1.0 MiB'],
    [3.44 * 1024 ** 3, '3.4 GiB'],
    [99.96 * 1024 ** 2, '100 MiB'],
    [128 * 1024 ** 2, '128 MiB'],
    [null, '—'],
    [Number.POSITIVE_INFINITY, '—'],
  ])('has one decimal below 100: %d bytes', (length, text) => {
    expect(formatBytes(length)).toBe(text);
  });

  it('has rates by the second, and nothing in a cell where nothing moves', () => {
    expect(formatRate(88_185_241)).toBe('84.1 MiB/s');
    expect(formatRateCell(0)).toBe('');
  });

  it.each<[number | null, string]>([
    [26_400, '26 s'],
    [130_000, '2 min 10 s'],
    [120_000, '2 min'],
    [11_100_000, '3 h 5 min'],
    [353_000_000, '4 d 2 h'],
    [1e14, '—'],
    [null, '—'],
    [-1, '—'],
  ])('has durations in two units: %d ms', (duration, text) => {
    expect(formatDuration(duration)).toBe(text);
  });

  it('has lengths of pieces without decimals', () => {
    expect([16_384, 1024 ** 2, 100_000, null].map(formatPieceLength)).toEqual([
      '16 KiB',
      '1 MiB',
      '97.7 KiB',
      '—',
    ]);
  });

  it('says 100 % only where all is done', () => {
    expect([0, 0.6249, 0.99999, 1].map(formatPercent)).toEqual(['0.0 %', '62.4 %', '99.9 %', '100 %']);
  });

  it('has ratios, counts and plurals', () => {
    expect([null, 0, 0.423, 9.999, 31.26, 120.4].map(formatRatio)).toEqual([
      '—',
      '0.00',
      '0.42',
      '10.0',
      '31.3',
      '120',
    ]);
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect([formatPlural(1, 'peer'), formatPlural(1204, 'file')]).toEqual(['1 peer', '1,204 files']);
  });

  it.each<[number | null, string]>([
    [null, '—'],
    [999_000, 'just now'],
    [970_000, '30 s ago'],
    [700_000, '5 min ago'],
    [1_000_000 + 7_200_000, 'in 2 h'],
    [1_000_000 - 3 * 86_400_000, '3 d ago'],
  ])('tells how long ago by one unit: %d', (time, text) => {
    expect(formatAgo(time, 1_000_000)).toBe(text);
  });

  it('leaves out the middle of a hash', () => {
    expect(shortenHash('0123456789abcdef0123456789abcdef01234567')).toBe('0123456789…01234567');
    expect(shortenHash('short')).toBe('short');
  });
});
