// Figures as the lab's reports have them, in tables, on axes and in sentences. What is not known is a dash.

import type { Estimate } from '../figures.ts';
import type { Check } from '../scenario.ts';

export const UNKNOWN = '—';

/** Three figures or so: `0.042`, `1.06`, `12.3`, `142`, `12,300`. */
export function formatNumber(value: number, decimals = decimalsOf(value)): string {
  if (Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const [whole = '', part] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const text = part === undefined ? grouped : `${grouped}.${part}`;
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** As short as the number itself is: for ticks and parameters. `0.5`, `16`, `1,000`, `20 M`. */
export function formatPlain(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 && Number.isInteger(value / 1e8)) return `${formatPlain(value / 1e9)} G`;
  if (size >= 1e7 && Number.isInteger(value / 1e5)) return `${formatPlain(value / 1e6)} M`;
  const [, part = ''] = `${Number(value.toPrecision(6))}`.split('.');
  return formatNumber(value, /e/.test(part) ? 6 : Math.min(6, part.length));
}

/** `94.2 %`; `100 %` only where it is all, be it rounded or not. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return formatNumber(share);
  const percent = share * 100;
  if (share >= 1) return `${formatNumber(percent, percent % 1 === 0 ? 0 : 1)} %`;
  // Two figures of what is little.
  const decimals = percent > 0 && percent < 0.95 ? 2 : 1;
  const unit = 10 ** decimals;
  return `${formatNumber(Math.min(100 - 1 / unit, Math.round(percent * unit) / unit), decimals)} %`;
}

/** `61.2 ± 0.8`: both with as many decimals; one run has no margin. */
export function formatEstimate({ mean, margin }: Estimate, decimals = decimalsOf(mean)): string {
  const text = formatNumber(mean, decimals);
  if (!Number.isFinite(mean) || !Number.isFinite(margin)) return text;
  // A margin that is not seen at this size has one decimal more, and is then as good as none.
  const isHidden = margin > 0 && margin < 0.5 * 10 ** -decimals;
  return `${text} ± ${formatNumber(margin, isHidden ? decimals + 1 : decimals)}`;
}

/** Of what a check measured, and its limit: told apart wherever they are not equal, however near. */
export function formatCheck({ value, limit, unit }: Check): {
  readonly value: string;
  readonly limit: string;
} {
  const scale = unit === 'share' ? 100 : 1;
  const bound = scale * ('atMost' in limit ? limit.atMost : limit.atLeast);
  const found = scale * value;
  // A limit that was reckoned, such as e⁻ᵏ, has three figures, and more where the value lies between it and these.
  let digits = 3;
  const shown = () => Number(bound.toPrecision(digits));
  while (digits < 9 && !Number.isNaN(found) && Math.sign(found - shown()) !== Math.sign(found - bound))
    digits++;
  const word = 'atMost' in limit ? 'at most' : 'at least';
  const limitText = inUnit(bound, unit, formatPlain(shown()));
  let decimals = unit === 'share' ? 1 : unit === 'times' && value < 10 ? 3 : decimalsOf(value);
  const looksEqual = () => Math.abs(Number(found.toFixed(decimals)) - shown()) < 1e-9;
  while (found !== bound && looksEqual() && decimals < 6) decimals++;
  return { value: inUnit(value, unit, formatNumber(found, decimals)), limit: `${word} ${limitText}` };
}

/** `512 B`, `3.4 GiB`, `128 MiB`. Runs in the page too: it stands alone. */
export function formatBytes(length: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = length;
  let unit = 0;
  // 1023.6 KiB would be shown as 1024 KiB: it is 1.0 MiB then.
  while (unit < units.length - 1 && Math.round(amount) >= 1024) {
    amount /= 1024;
    unit++;
  }
  if (unit === 0) return `${Math.round(amount)} B`;
  const rounded = Math.round(amount * 10) / 10;
  return `${rounded < 100 ? rounded.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

/** `0.4 s`, `26.0 s`, `2 min 10 s`, `3 h 5 min`. Runs in the page too: it stands alone. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 99_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1–5`, `1, 2, 4`, `3, 5–9` */
export function formatSeeds(seeds: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const seed of seeds) {
    const last = spans.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else spans.push([seed, seed]);
  }
  return spans
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`))
    .join(', ');
}

function inUnit(value: number, unit: Check['unit'], text: string): string {
  if (Number.isNaN(value)) return UNKNOWN;
  switch (unit) {
    case 'times':
      return `${text} ×`;
    case 'share':
      return `${text} %`;
    case 'seconds':
      return `${text} s`;
    case 'copies':
      return `${text} ${text === '1' ? 'copy' : 'copies'}`;
    case undefined:
      return text;
    default:
      return unit satisfies never;
  }
}

function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0) || size >= 99.95) return 0;
  if (size >= 0.9995) return size >= 9.995 ? 1 : 2;
  return size >= 0.00995 ? 3 : Math.min(9, 2 - Math.floor(Math.log10(size)));
}
