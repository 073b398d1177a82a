// What Transmission counts in: kilobytes a second of 1000 bytes, minutes, seconds since 1970. It has no word for "no limit"
// but a flag beside the number; where a number has none, it is as many as it can be.

import { MAX_COUNT } from './arguments.ts';

export const BYTES_PER_KB = 1000;
export const MS_PER_MINUTE = 60_000;

/** kB/s; 2.1 TB/s where there is no limit. */
export function kilobytes(bytesPerSecond: number): number {
  return Math.min(MAX_COUNT, Math.round(bytesPerSecond / BYTES_PER_KB));
}

export function bytesPerSecond(kB: number): number {
  return kB >= MAX_COUNT ? Number.POSITIVE_INFINITY : kB * BYTES_PER_KB;
}

export function minutes(ms: number): number {
  return Math.min(MAX_COUNT, Math.round(ms / MS_PER_MINUTE));
}

/** Of a time in milliseconds; 0 where it never was. */
export function seconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}

/** A count; as many as can be where there is no limit. */
export function counted(value: number): number {
  return Math.min(MAX_COUNT, value);
}

/** Of units: what clients put behind figures. */
export const UNITS = {
  speed_units: ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'],
  speed_bytes: BYTES_PER_KB,
  size_units: ['B', 'kB', 'MB', 'GB', 'TB'],
  size_bytes: 1000,
  memory_units: ['B', 'KiB', 'MiB', 'GiB', 'TiB'],
  memory_bytes: 1024,
} as const;
