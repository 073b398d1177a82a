// Figures as a person reads them, the same as in the terminal: binary units with one decimal below 100, whole above.

/** What stands for a figure that is not known. */
export const UNKNOWN = '—';

/** `512 B`, `3.4 GiB`, `128 MiB`; `—` where unknown. */
export function formatBytes(length: number | null | undefined): string {
  if (length === null || length === undefined || !Number.isFinite(length)) return UNKNOWN;
  let amount = length;
  let unit = 0;
  // 1023.6 KiB would be shown as 1024 KiB: it is 1.0 MiB then.
  while (unit < UNITS.length - 1 && Math.round(amount) >= 1024) {
    amount /= 1024;
    unit++;
  }
  if (unit === 0) return `${Math.round(amount)} B`;
  const rounded = Math.round(amount * 10) / 10;
  return `${rounded < 100 ? rounded.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}

/** A length that is a whole number of some unit, without decimals: `64 KiB`, `16 MiB`; else as any other. */
export function formatPieceLength(length: number | null): string {
  const text = formatBytes(length);
  return length !== null && length % 1024 === 0 ? text.replace(/\.0 /, ' ') : text;
}

/** `84.1 MiB/s`; `—` where unknown. */
export function formatRate(rateBytesPerSecond: number | null | undefined): string {
  const text = formatBytes(rateBytesPerSecond);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** In a table: nothing where nothing moves. */
export function formatRateCell(rateBytesPerSecond: number): string {
  return rateBytesPerSecond === 0 ? '' : formatRate(rateBytesPerSecond);
}

/** `26 s`, `2 min 10 s`, `3 h 5 min`, `4 d 2 h`; `—` where unknown. */
export function formatDuration(durationMs: number | null | undefined): string {
  if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0)
    return UNKNOWN;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  const days = Math.floor(hours / 24);
  // Beyond this nobody plans by it.
  if (days > 999) return UNKNOWN;
  return pair(days, 'd', hours % 24, 'h');
}

/** `62.4 %`; `100 %` only where all is done, be it rounded or not. */
export function formatPercent(share: number): string {
  if (share >= 1) return '100 %';
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** `0.42`, `3.1`, `120`; `—` where unknown. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return UNKNOWN;
  return ratio.toFixed(ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0);
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `1,204 files` */
export function formatPlural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** `just now`, `5 min ago`, `in 2 h`: one unit, the largest. */
export function formatAgo(time: number | null, now: number): string {
  if (time === null) return UNKNOWN;
  const distance = Math.abs(now - time);
  if (distance < 5000) return 'just now';
  for (const [length, unit] of SPANS) {
    if (distance < length && unit !== 's') continue;
    const amount = Math.floor(distance / length);
    return time > now ? `in ${amount} ${unit}` : `${amount} ${unit} ago`;
  }
  return 'just now';
}

/** `2026-11-26 21:05:00`, local time. */
export function formatDate(time: number): string {
  const date = new Date(time);
  const two = (value: number) => `${value}`.padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatTime(time)}`;
}

/** `21:05:00`, local time. */
export function formatTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(value => `${value}`.padStart(2, '0'))
    .join(':');
}

/** The middle left out: `0123456789…89abcdef`. */
export function shortenHash(hash: string): string {
  return hash.length <= 20 ? hash : `${hash.slice(0, 10)}…${hash.slice(-8)}`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;
