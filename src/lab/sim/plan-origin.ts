// A plan by which nothing is exchanged, in the simulator: each machine fetches the whole file from the HTTP server.

import { seededRandom } from '../../core/bytes/prng.ts';
import { arrivalTimes } from '../arrivals.ts';
import { GIVE_UP_MS, type SwarmPlan } from '../plan.ts';
import type { PeerRecord, RunRecord } from '../record.ts';
import type { RunPlanOptions } from '../scenario.ts';
import { SimContent } from './sim-content.ts';
import type { SimHost } from './sim-host.ts';
import { SimOrigin } from './sim-origin.ts';
import { World } from './world.ts';

interface Fetch {
  readonly group: number;
  readonly startedAtMs: number;
  firstPieceAtMs: number | undefined;
  completedAtMs: number | undefined;
  received: number;
}

export async function runFromOrigin(
  plan: SwarmPlan,
  { seed, name, again }: RunPlanOptions,
): Promise<RunRecord> {
  const world = new World({ seed, name, again });
  const content = world.addContent(new SimContent(plan.content));
  const { pieceLength } = content.metainfo;
  const origin = new SimOrigin(
    world,
    content.bytes,
    plan.origin?.upBytesPerSecond ?? Number.POSITIVE_INFINITY,
  );
  const fetches: Fetch[] = [];
  let done = 0;
  const fetchIt = (host: SimHost, fetch: Fetch) => {
    host.http.stream!(
      { url: origin.url, idleTimeoutMs: GIVE_UP_MS },
      {
        onHead: () => {},
        onBytes: bytes => {
          fetch.received += bytes.length;
          if (fetch.received >= pieceLength) fetch.firstPieceAtMs ??= world.now;
        },
        onEnd: fault => {
          if (fault !== undefined) throw fault;
          fetch.firstPieceAtMs ??= world.now;
          fetch.completedAtMs = world.now;
          done++;
        },
      },
    );
  };
  const random = seededRandom(2 ** 31 + seed);
  for (const [index, group] of plan.groups.entries()) {
    const { upBytesPerSecond, downBytesPerSecond, latencyMs } = group;
    for (const startedAtMs of arrivalTimes(group, random)) {
      const host = world.addHost({
        ...(upBytesPerSecond !== undefined && { upBytesPerSecond }),
        ...(downBytesPerSecond !== undefined && { downBytesPerSecond }),
        ...(latencyMs !== undefined && { latencyMs }),
      });
      const fetch: Fetch = {
        group: index,
        startedAtMs,
        firstPieceAtMs: undefined,
        completedAtMs: undefined,
        received: 0,
      };
      fetches.push(fetch);
      world.after(startedAtMs, () => fetchIt(host, fetch));
    }
  }
  // What a server takes is known; a crowd of many waits for hours.
  const leastMs = (fetches.length * content.bytes.length) / (plan.origin?.upBytesPerSecond ?? 1);
  await world.run(() => done === fetches.length, GIVE_UP_MS + 2000 * leastMs);
  return {
    way: 'sim',
    seed,
    plan,
    pieceLength,
    peers: fetches.map(recordOf),
    endedAtMs: world.now,
    originBytes: origin.sent,
    population: [],
    traceHash: world.trace.hash,
  };
}

function recordOf({ group, startedAtMs, firstPieceAtMs, completedAtMs, received }: Fetch): PeerRecord {
  return {
    group,
    startedAtMs,
    firstPieceAtMs,
    completedAtMs,
    leftAtMs: undefined,
    uploaded: 0,
    downloaded: received,
    wasted: 0,
    sent: 0,
    share: completedAtMs === undefined ? 0 : 1,
  };
}
