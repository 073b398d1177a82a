// For how long a run in the field is waited for: ten times as long as it must take, and a minute.

import { serverBoundMs, swarmBoundMs } from '../bound.ts';
import { GIVE_UP_MS, type PeerGroup, type SwarmPlan } from '../plan.ts';

export function timeLimitMs(plan: SwarmPlan): number {
  const { groups, origin, content } = plan;
  const seeds = groups.filter(({ has }) => has === 'everything');
  const leechers = groups.filter(({ has }) => has !== 'everything');
  const rates = {
    length: content.length,
    seedsUp: [...each(seeds, upOf), ...(origin === undefined ? [] : [origin.upBytesPerSecond])],
    leechersUp: each(leechers, upOf),
    leechersDown: each(leechers, ({ downBytesPerSecond = Number.POSITIVE_INFINITY }) => downBytesPerSecond),
  };
  const boundMs = plan.by === 'origin' ? serverBoundMs(rates) : swarmBoundMs(rates);
  const lastArrivalMs = Math.max(0, ...leechers.map(latestArrivalMs));
  return Math.min(GIVE_UP_MS, lastArrivalMs + 10 * boundMs + 60_000);
}

function upOf({ gives, upBytesPerSecond = Number.POSITIVE_INFINITY }: PeerGroup): number {
  return gives === false ? 0 : upBytesPerSecond;
}

/** Of those that come by chance, three times as late as the last is expected. */
function latestArrivalMs({ count, arrives }: PeerGroup): number {
  if (arrives === undefined) return 0;
  if (arrives.kind === 'at once') return arrives.atMs;
  if (arrives.kind === 'spread') return arrives.fromMs + arrives.overMs;
  return arrives.fromMs + (3000 * count) / arrives.perSecond;
}

function each(groups: readonly PeerGroup[], rate: (group: PeerGroup) => number): number[] {
  return groups.flatMap(group => Array.from({ length: group.count }, () => rate(group)));
}
