// Rates of the last minutes, of the session and of the torrents that were looked at: as the page heard them, and before that as
// the daemon has kept them.

import { signal } from '@preact/signals';

/** One series each, as uPlot takes them: seconds since 1970, bytes per second; what is given is below zero. */
export interface RateSeries {
  readonly times: number[];
  readonly down: number[];
  readonly up: number[];
}

/** Counts up with every point. */
export const historyVersion = signal(0);

export const sessionRates: RateSeries = { times: [], down: [], up: [] };
const byTorrent = new Map<string, RateSeries>();

export function ratesOf(id: string): RateSeries {
  let series = byTorrent.get(id);
  if (series === undefined) {
    series = { times: [], down: [], up: [] };
    byTorrent.set(id, series);
    if (byTorrent.size > MAX_TORRENTS) byTorrent.delete(byTorrent.keys().next().value!);
  }
  return series;
}

export function noteSessionRates(down: number, up: number, now: number): void {
  note(sessionRates, down, up, now);
}

export function noteRates(id: string, down: number, up: number, now: number): void {
  note(ratesOf(id), down, up, now);
}

/** What was before the first that was heard; `everyMs` from one to the next, the last of them now. */
export function fillRates(
  { times, down, up }: RateSeries,
  before: { readonly everyMs: number; readonly down: readonly number[]; readonly up: readonly number[] },
  now: number,
): void {
  const first = times[0] ?? Number.POSITIVE_INFINITY;
  const older: RateSeries = { times: [], down: [], up: [] };
  for (const [i, downRate] of before.down.entries()) {
    const time = Math.round((now - (before.down.length - 1 - i) * before.everyMs) / 1000);
    if (time >= first || time <= (older.times.at(-1) ?? 0)) continue;
    older.times.push(time);
    older.down.push(downRate);
    older.up.push(-(before.up[i] ?? 0));
  }
  times.unshift(...older.times);
  down.unshift(...older.down);
  up.unshift(...older.up);
  historyVersion.value++;
}

function note({ times, down, up }: RateSeries, downRate: number, upRate: number, now: number): void {
  const time = Math.round(now / 1000);
  if (times.at(-1) === time) {
    down[down.length - 1] = downRate;
    up[up.length - 1] = -upRate;
  } else {
    times.push(time);
    down.push(downRate);
    up.push(-upRate);
  }
  while (times.length > 0 && times[0]! < time - SPAN_SECONDS)
    for (const line of [times, down, up]) line.shift();
  historyVersion.value++;
}

export const SPAN_SECONDS = 300;
const MAX_TORRENTS = 50;
