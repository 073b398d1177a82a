// Figures as a person reads them, the same in every command: binary units with one decimal below 100, whole above.

/** `512 B`, `3.4 GiB`, `128 MiB`; `—` where unknown. */
export function formatBytes(length: number | undefined): string {
  if (length === undefined || !Number.isFinite(length)) return UNKNOWN;
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

/** `3.6 of 5.8 GiB`: the unit once where both have it. All of it: `5.8 GiB`. */
export function formatAmount(done: number, total: number): string {
  const all = formatBytes(total);
  if (done >= total) return all;
  const some = formatBytes(done);
  const unit = all.slice(all.indexOf(' '));
  return `${some.endsWith(unit) ? some.slice(0, -unit.length) : some} of ${all}`;
}

/** What was given to others: `nothing` or `3.4 GiB`. */
export function formatGiven(length: number): string {
  return length === 0 ? 'nothing' : formatBytes(length);
}

/** A length that is a whole number of some unit, without decimals: `256 KiB`, `16 MiB`; else `100,000 B`. */
export function formatPieceLength(length: number): string {
  let amount = length;
  let unit = 0;
  while (unit < UNITS.length - 1 && amount >= 1024 && amount % 1024 === 0) {
    amount /= 1024;
    unit++;
  }
  return `${formatCount(amount)} ${UNITS[unit]}`;
}

/** `84.1 MiB/s`; `—` where unknown. */
export function formatRate(rateBytesPerSecond: number | undefined): string {
  const text = formatBytes(rateBytesPerSecond);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** `26 s`, `2 min 10 s`, `3 h 5 min`, `4 d 2 h`; `—` where unknown. Rounded to seconds. */
export function formatDuration(durationMs: number | undefined): string {
  if (durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0) return UNKNOWN;
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

/** How long something took: like `formatDuration`, but finer below ten seconds: `0.42 s`, `7.3 s`. */
export function formatElapsed(durationMs: number): string {
  if (durationMs < 995) return `${(durationMs / 1000).toFixed(2)} s`;
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)} s`;
  return formatDuration(durationMs);
}

/** `62.4 %`; `100 %` only where all is done, be it rounded or not. */
export function formatPercent(done: number, total: number): string {
  if (done >= total) return '100 %';
  return `${(Math.floor((done / total) * 1000) / 10).toFixed(1)} %`;
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `1,204 files` */
export function formatPlural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** `2024-03-01 12:00:00 UTC`; the number itself where it is no date that a calendar has. */
export function formatDate(secondsSince1970: number): string {
  const date = new Date(secondsSince1970 * 1000);
  if (Number.isNaN(date.getTime())) return `${secondsSince1970}`;
  return `${date.toISOString().slice(0, -5).replace('T', ' ')} UTC`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** What stands for a figure that is not known. */
export const UNKNOWN = '—';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
