// The session as clients see it, and what they may change of it.

import { formatAddress } from '../core/bytes/compact-address.ts';
import type { AlternativeLimits } from '../daemon/alternative-limits.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { hostOf } from '../daemon/url-host.ts';
import type { SessionLimits } from '../session/limits.ts';
import type { ActionDeps } from './actions.ts';
import { fromViews, sessionLimitsView } from './limit-views.ts';
import type { AlternativeLimitsView, ReadParams, SessionFacts } from './methods.ts';
import { reachView } from './reach-view.ts';

export async function sessionFacts({
  daemon,
  share,
}: Pick<ActionDeps, 'daemon' | 'share'>): Promise<SessionFacts> {
  const { session, library, labels, deps, startedAt } = daemon;
  const facts = {
    downRate: 0,
    upRate: 0,
    downloaded: 0,
    uploaded: 0,
    connections: 0,
  };
  const states = new Map<string, number>();
  const trackers = new Map<string, number>();
  for (const { torrent } of library.torrents()) {
    count(states, torrent.state);
    const { uploaded, downloaded } = torrent.totals();
    facts.uploaded += uploaded;
    facts.downloaded += downloaded;
    for (const host of new Set(torrent.trackerTiers.flat().map(hostOf)))
      if (host !== undefined) count(trackers, host);
    if (torrent.connectionCount === 0) continue;
    facts.connections += torrent.connectionCount;
    const stats = torrent.stats();
    facts.downRate += stats.downloadBytesPerSecond;
    facts.upRate += stats.uploadBytesPerSecond;
  }
  const { address } = session;
  return {
    version: deps.version,
    startedAt,
    now: deps.clock.wallTime(),
    listening: address === undefined ? null : formatAddress(address),
    externalIp: session.externalIp(4) ?? session.externalIp(6) ?? null,
    dhtNodes: session.dht?.status.nodes ?? null,
    ...facts,
    // A tracker may be called `constructor`.
    states: Object.fromEntries(states),
    trackers: Object.fromEntries(trackers),
    downRate: Math.round(facts.downRate),
    upRate: Math.round(facts.upRate),
    torrents: library.size,
    labels: Object.fromEntries(labels.counts()),
    freeSpace: (await deps.freeSpace(daemon.downloadDir)) ?? null,
    downloadDir: daemon.downloadDir,
    limits: { ...sessionLimitsView(session.limits), ...usualRates(daemon) },
    alternative: alternativeView(daemon.limits.alternative),
    reach: reachView(session.reach),
    share: share?.() ?? null,
  };
}

/** @throws TypeError */
export function setSession(daemon: Daemon, { limits, alternative }: ReadParams<'session.set'>): void {
  if (limits !== undefined) daemon.setLimits(fromViews<SessionLimits>(limits));
  if (alternative === undefined) return;
  const { isOn, schedule, ...rates } = alternative;
  daemon.setAlternative({
    ...fromViews<AlternativeLimits>(rates),
    ...(isOn !== undefined && { isOn }),
    ...(schedule !== undefined && { schedule: schedule ?? undefined }),
  });
}

function usualRates({ limits }: Daemon) {
  const { uploadBytesPerSecond, downloadBytesPerSecond } = limits.usual;
  return {
    uploadBytesPerSecond: finite(uploadBytesPerSecond),
    downloadBytesPerSecond: finite(downloadBytesPerSecond),
  };
}

function alternativeView(limits: AlternativeLimits): AlternativeLimitsView {
  const { isOn, schedule, uploadBytesPerSecond, downloadBytesPerSecond } = limits;
  return {
    isOn,
    schedule: schedule === undefined ? null : { ...schedule, days: [...schedule.days] },
    uploadBytesPerSecond: finite(uploadBytesPerSecond),
    downloadBytesPerSecond: finite(downloadBytesPerSecond),
  };
}

function finite(value: number): number | null {
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
