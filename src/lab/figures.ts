// The figures of one run, the same whichever way it was run, and of several runs of one plan, with how sure they are.

import { least, mean, most, sum } from './numbers.ts';
import { type Presence, presenceBoundMs } from './presence-bound.ts';
import type { PeerRecord, RunRecord } from './record.ts';

/** Of those that came without the file. NaN where nothing can be said. */
export interface RunFigures {
  readonly leechers: number;
  /** Of these, that had everything at the end. */
  readonly completed: number;
  /** From the first arrival to the last completion. */
  readonly makespanMs: number;
  /** The least that it can be, see `presence-bound`; NaN where somebody came, stayed and was not done. */
  readonly boundMs: number;
  readonly ratio: number;
  /** From the arrival of each to its completion. */
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** How much of the uplinks of those that came was used while they were there, until the last was done. */
  readonly uploadUse: number;
  /** What those that had everything from the start sent, and the HTTP server, in copies of the file. */
  readonly seedCopies: number;
  readonly originCopies: number;
  /** Bytes that came in vain, and bytes that are not blocks, as parts of the bytes that were needed: what all have at the end. */
  readonly duplicateShare: number;
  readonly overheadShare: number;
  /** Jain's index of the mean rates: 1 where all are equal, 1/n where one has everything. */
  readonly fairness: number;
  /** Of real runs. */
  readonly cpuIdle: number;
}

export type FigureName = keyof RunFigures;

/** Mean of several runs, and how far the true one may be from it, with 95 % confidence; NaN where there is one run. */
export interface Estimate {
  readonly mean: number;
  readonly margin: number;
}

export type FiguresSummary = Readonly<Record<FigureName, Estimate>>;

export function runFigures(record: RunRecord): RunFigures {
  const { plan, peers } = record;
  const { length } = plan.content;
  const isSeed = ({ group }: PeerRecord) => plan.groups[group]!.has === 'everything';
  const seeds = peers.filter(isSeed);
  const leechers = peers.filter(peer => !isSeed(peer) && peer.startedAtMs !== undefined);
  const done = leechers.filter(peer => peer.completedAtMs !== undefined);
  const times = done.map(peer => peer.completedAtMs! - peer.startedAtMs!).sort((a, b) => a - b);
  const start = least(leechers.map(peer => peer.startedAtMs!));
  const lastMs = most(done.map(peer => peer.completedAtMs!));
  const makespanMs = lastMs - start;
  const isWhole = leechers.every(peer => peer.completedAtMs !== undefined || goesAnyway(record, peer));
  const boundMs = isWhole ? presenceBoundMs(presenceOf(record, seeds, leechers, done)) : Number.NaN;
  const needed = sum(leechers.map(peer => (peer.completedAtMs === undefined ? peer.share : 1) * length));
  const sent = total(peers, 'sent') + (record.originBytes ?? 0);
  // Not what was uploaded: of that some waits for the line when the run ends.
  const came = total(peers, 'downloaded');
  const speeds = times.map(ms => length / ms);
  return {
    leechers: leechers.length,
    completed: done.length,
    makespanMs: done.length === 0 ? Number.NaN : makespanMs,
    boundMs,
    ratio: done.length === 0 ? Number.NaN : makespanMs / boundMs,
    meanMs: mean(times),
    p50Ms: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    maxMs: times.at(-1) ?? Number.NaN,
    uploadUse: finite(total(leechers, 'sent') / offered(record, leechers, lastMs)),
    seedCopies: total(seeds, 'uploaded') / length,
    originCopies: (record.originBytes ?? 0) / length,
    duplicateShare: total(leechers, 'wasted') / needed,
    overheadShare: isAllTold(record) ? (sent - came) / needed : Number.NaN,
    fairness: sum(speeds) ** 2 / (speeds.length * sum(speeds.map(speed => speed * speed))),
    cpuIdle: record.cpuIdle ?? Number.NaN,
  };
}

/** Of runs of one plan. */
export function summarise(figures: readonly RunFigures[]): FiguresSummary {
  const names = Object.keys(figures[0]!) as FigureName[];
  return Object.fromEntries(
    names.map(name => [name, estimate(figures.map(each => each[name]))]),
  ) as FiguresSummary;
}

/** The mean, and half the width of its interval of 95 % by Student's t. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const average = mean(values);
  if (count < 2) return { mean: average, margin: Number.NaN };
  const variance = sum(values.map(value => (value - average) ** 2)) / (count - 1);
  return { mean: average, margin: (T_95[count - 2] ?? 1.96) * Math.sqrt(variance / count) };
}

/** `sorted` rises. The nearest rank. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

function presenceOf(
  record: RunRecord,
  seeds: readonly PeerRecord[],
  leechers: readonly PeerRecord[],
  done: readonly PeerRecord[],
): Presence {
  const { groups, origin, content, by } = record.plan;
  const up = (peer: PeerRecord) => upOf(record, peer);
  return {
    length: content.length,
    seedsUp: [...seeds.map(up), ...(origin === undefined ? [] : [origin.upBytesPerSecond])],
    givers: (by === 'origin' ? [] : leechers).map(peer => ({
      upBytesPerSecond: up(peer),
      fromMs: peer.startedAtMs!,
      untilMs: (goesAnyway(record, peer) ? peer.leftAtMs : undefined) ?? Number.POSITIVE_INFINITY,
    })),
    takers: done.map(({ group, startedAtMs }) => ({
      downBytesPerSecond: groups[group]!.downBytesPerSecond ?? Number.POSITIVE_INFINITY,
      fromMs: startedAtMs!,
    })),
  };
}

/** Bytes that their uplinks could have carried while they were there. */
function offered(record: RunRecord, leechers: readonly PeerRecord[], untilMs: number): number {
  return sum(
    leechers.map(peer => {
      const { startedAtMs = 0, leftAtMs = untilMs } = peer;
      const ms = Math.min(leftAtMs, untilMs) - startedAtMs;
      return ms > 0 ? (upOf(record, peer) * ms) / 1000 : 0;
    }),
  );
}

function upOf({ plan }: RunRecord, { group }: PeerRecord): number {
  const { gives, upBytesPerSecond = Number.POSITIVE_INFINITY } = plan.groups[group]!;
  return gives === false ? 0 : upBytesPerSecond;
}

/** At a time that the plan says, done or not. */
function goesAnyway({ plan }: RunRecord, { group }: PeerRecord): boolean {
  return plan.groups[group]!.leaves?.kind === 'at';
}

function total(peers: readonly PeerRecord[], name: 'uploaded' | 'downloaded' | 'wasted' | 'sent'): number {
  return peers.reduce((sum, peer) => sum + peer[name], 0);
}

/** Not what liars sent, nor what was said beside the blocks to a program that does not tell one from the other. */
function isAllTold({ plan, peers }: RunRecord): boolean {
  return !plan.groups.some(({ corrupts }) => corrupts) && !peers.some(({ wasted }) => Number.isNaN(wasted));
}

/** NaN where a line has no limit, of which no part can be used. */
function finite(share: number): number {
  return share > 0 ? share : Number.NaN;
}

// Student's t, two-sided 95 %, for 1, 2, … degrees of freedom.
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
];
