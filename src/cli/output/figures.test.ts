import { expect, it } from 'vitest';
import * as figures from './figures.ts';

const {
  formatAmount,
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatPieceLength,
  formatRate,
} = figures;

it('shows bytes in binary units with one decimal below 100', () => {
  const shown = [0, 1, 1023, 1024, 1536, 99.94 * 1024, 99.96 * 1024, 128 * 1024 ** 2, 3.4 * 1024 ** 3].map(
    formatBytes,
  );
  expect(shown).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '99.9 KiB',
    '100 KiB',
    '128 MiB',
    '3.4 GiB',
  ]);
  expect(formatBytes(1023.6 * 1024)).toBe('1.0 MiB');
  expect(formatBytes(Number.MAX_SAFE_INTEGER)).toBe('8.0 PiB');
  expect([formatBytes(undefined), formatRate(undefined), formatRate(Number.NaN)]).toEqual(['—', '—', '—']);
  expect(formatRate(128 * 1024 ** 2)).toBe('128 MiB/s');
});

it('shows a share of a length with its unit once, and the whole once', () => {
  const GIB = 1024 ** 3;
  expect([formatAmount(3.6 * GIB, 5.8 * GIB), formatAmount(1e6, 5.8 * GIB), formatAmount(5, 5)]).toEqual([
    '3.6 of 5.8 GiB',
    '977 KiB of 5.8 GiB',
    '5 B',
  ]);
});

it('shows piece lengths whole', () => {
  expect([16384, 2 ** 20, 100_000, 1536 * 1024, 1].map(formatPieceLength)).toEqual([
    '16 KiB',
    '1 MiB',
    '100,000 B',
    '1,536 KiB',
    '1 B',
  ]);
});

it('shows durations in two units, and a dash for what is unknown', () => {
  const shown = [0, 26_000, 60_000, 130_000, 3_599_600, 11_100_000, 352_800_000].map(formatDuration);
  expect(shown).toEqual(['0 s', '26 s', '1 min', '2 min 10 s', '1 h', '3 h 5 min', '4 d 2 h']);
  expect([undefined, Number.POSITIVE_INFINITY, Number.NaN, -1, 1e15].map(formatDuration)).toEqual(
    Array(5).fill('—'),
  );
  expect([420, 7_300, 61_000].map(formatElapsed)).toEqual(['0.42 s', '7.3 s', '1 min 1 s']);
});

it('never shows 100 % before all is done', () => {
  expect([formatPercent(0, 10), formatPercent(624, 1000), formatPercent(999_999, 1_000_000)]).toEqual([
    '0.0 %',
    '62.4 %',
    '99.9 %',
  ]);
  expect([formatPercent(10, 10), formatPercent(0, 0)]).toEqual(['100 %', '100 %']);
});

it('groups digits, and knows one from many', () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([figures.formatPlural(1, 'file'), figures.formatPlural(1204, 'file')]).toEqual([
    '1 file',
    '1,204 files',
  ]);
  expect(figures.formatDate(0)).toBe('1970-01-01 00:00:00 UTC');
  expect(figures.formatDate(1e18)).toBe('1000000000000000000');
});
