import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCheck,
  formatDuration,
  formatEstimate,
  formatNumber,
  formatPlain,
  formatSeeds,
  formatShare,
} from './figure-text.ts';

describe('a figure of a report', () => {
  it.each([
    [0, '0'],
    [0.0042, '0.00420'],
    [0.042, '0.042'],
    [0.9996, '1.00'],
    [1.064, '1.06'],
    [12.34, '12.3'],
    [99.97, '100'],
    [12_345.6, '12,346'],
    [-3.2, '−3.20'],
    [-0.0001, '−0.000100'],
    [Number.NaN, '—'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%d has three figures or so', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    [0.1, '0.1'],
    [16, '16'],
    [1000, '1,000'],
    [20_000_000, '20 M'],
    [1_500_000_000, '1.5 G'],
    [0.30000000000000004, '0.3'],
  ])('%d is as short as it is where it was chosen', (value, text) => {
    expect(formatPlain(value)).toBe(text);
  });

  it('is all of something only where it is', () => {
    expect(formatShare(1)).toBe('100 %');
    expect(formatShare(0.99999)).toBe('99.9 %');
    expect(formatShare(0.9421)).toBe('94.2 %');
    expect(formatShare(0.0021)).toBe('0.21 %');
    expect(formatShare(0)).toBe('0.0 %');
    expect(formatShare(1.25)).toBe('125 %');
    expect(formatShare(Number.NaN)).toBe('—');
  });

  it('has its margin with as many decimals, and none where it was measured once', () => {
    expect(formatEstimate({ mean: 61.23, margin: 0.84 })).toBe('61.2 ± 0.8');
    expect(formatEstimate({ mean: 1040.4, margin: 4 })).toBe('1,040 ± 4');
    expect(formatEstimate({ mean: 61.23, margin: Number.NaN })).toBe('61.2');
    expect(formatEstimate({ mean: Number.NaN, margin: Number.NaN })).toBe('—');
    expect(formatEstimate({ mean: 61.23, margin: 0.02 })).toBe('61.2 ± 0.02');
    expect(formatEstimate({ mean: 61.23, margin: 0 })).toBe('61.2 ± 0.0');
  });

  it('is told apart from a limit that it does not meet, however near it is', () => {
    const check = (value: number, unit?: 'times' | 'share' | 'copies' | 'seconds') =>
      formatCheck({ claim: '', value, limit: { atMost: 1.1 }, ...(unit && { unit }) });
    expect(check(1.06, 'times')).toEqual({ value: '1.060 ×', limit: 'at most 1.1 ×' });
    expect(check(1.1004, 'copies').value).toBe('1.1004 copies');
    expect(check(1.1, 'seconds').value).toBe('1.10 s');
    expect(check(Number.NaN, 'times').value).toBe('—');
    expect(check(1)).toEqual({ value: '1.00', limit: 'at most 1.1' });
    expect(formatCheck({ claim: '', value: 0.9496, limit: { atLeast: 0.95 }, unit: 'share' })).toEqual({
      value: '94.96 %',
      limit: 'at least 95 %',
    });
    const reckoned = { claim: '', limit: { atMost: Math.exp(-1.02) }, unit: 'share' } as const;
    expect(formatCheck({ ...reckoned, value: 0.198 })).toEqual({ value: '19.8 %', limit: 'at most 36.1 %' });
    expect(formatCheck({ ...reckoned, value: 0.36078 })).toEqual({
      value: '36.1 %',
      limit: 'at most 36.06 %',
    });
  });

  it('has bytes in binary units and time as people say it', () => {
    expect([512, 1536, 4 * 1024 ** 3, 128 * 1024 ** 2].map(formatBytes)).toEqual([
      '512 B',
      '1.5 KiB',
      '4.0 GiB',
      '128 MiB',
    ]);
    expect([400, 26_000, 130_000, 120_000, 11_100_000].map(formatDuration)).toEqual([
      '0.4 s',
      '26.0 s',
      '2 min 10 s',
      '2 min',
      '3 h 5 min',
    ]);
  });

  it('has seeds as spans', () => {
    expect(formatSeeds([1, 2, 3, 4, 5])).toBe('1–5');
    expect(formatSeeds([3, 5, 6, 7])).toBe('3, 5–7');
    expect(formatSeeds([7, 8])).toBe('7, 8');
  });
});
