// One HTTP server and nobody that exchanges anything: its uplink is shared evenly among all that are there, and nobody takes
// more than its own line (max-min fairness, as `sim/line` has it within a quantum). Between two events, somebody coming or
// somebody being done, all rates stand still: so it is computed from event to event and nothing is left to steps.
//
// Those with downlinks alike have taken alike since both were there, so each kind needs one running sum, and who came first is
// done first.

import { seededRandom } from '../../core/bytes/prng.ts';
import { arrivalTimes } from '../arrivals.ts';
import type { SwarmPlan } from '../plan.ts';
import type { PeerRecord, RunRecord } from '../record.ts';
import type { Parameters } from './parameters.ts';

interface Fetching {
  readonly record: { -readonly [Name in keyof PeerRecord]: PeerRecord[Name] };
  /** The kind's sum when it began. */
  readonly from: number;
}

/** Peers with downlinks alike. */
interface Kind {
  /** Bytes a millisecond. */
  readonly down: number;
  readonly fetching: Fetching[];
  /** In `fetching`: those before are done; those before have their first piece. */
  done: number;
  begun: number;
  /** What each has taken that was there all the time. */
  sum: number;
  rate: number;
}

export function originModel(plan: SwarmPlan, parameters: Parameters, seed: number): RunRecord {
  const { length, pieceLength } = parameters;
  const up = (plan.origin?.upBytesPerSecond ?? Number.POSITIVE_INFINITY) / 1000;
  const random = seededRandom(2 ** 31 + seed);
  const kinds = new Map<number, Kind>();
  const comings = plan.groups.flatMap((group, index) => {
    const down = Math.min(group.downBytesPerSecond ?? Number.POSITIVE_INFINITY, UNLIMITED) / 1000;
    if (!kinds.has(down)) kinds.set(down, { down, fetching: [], done: 0, begun: 0, sum: 0, rate: 0 });
    const kind = kinds.get(down)!;
    // To the server in the middle of the network: to connect and to ask, and the answer.
    const waitMs = 4 * (group.latencyMs ?? 10);
    return arrivalTimes(group, random).map(atMs => ({
      kind,
      record: newRecord(index, atMs),
      beginsAtMs: atMs + waitMs,
    }));
  });
  const records = comings.map(({ record }) => record);
  comings.sort((a, b) => b.beginsAtMs - a.beginsAtMs);
  let now = 0;
  for (;;) {
    share(up, kinds);
    const next = Math.min(
      comings.at(-1)?.beginsAtMs ?? Number.POSITIVE_INFINITY,
      nextChange(kinds, now, length, pieceLength),
    );
    if (next === Number.POSITIVE_INFINITY) break;
    for (const kind of kinds.values()) kind.sum += kind.rate * (next - now);
    now = next;
    for (const kind of kinds.values()) settle(kind, now, length, pieceLength);
    while (comings.length > 0 && comings.at(-1)!.beginsAtMs <= now) {
      const { kind, record } = comings.pop()!;
      kind.fetching.push({ record, from: kind.sum });
    }
  }
  return {
    way: 'model',
    seed,
    plan,
    pieceLength,
    peers: records,
    endedAtMs: now,
    originBytes: length * records.length,
    population: [],
  };
}

/** Max-min: the slow take what they can, the rest is shared evenly. */
function share(up: number, kinds: ReadonlyMap<number, Kind>): void {
  const active = [...kinds.values()]
    .filter(kind => kind.fetching.length > kind.done)
    .sort((a, b) => a.down - b.down);
  let left = up;
  let count = active.reduce((sum, kind) => sum + kind.fetching.length - kind.done, 0);
  for (const kind of kinds.values()) kind.rate = 0;
  for (const kind of active) {
    const many = kind.fetching.length - kind.done;
    kind.rate = Math.min(kind.down, left / count);
    left -= kind.rate * many;
    count -= many;
  }
}

function nextChange(
  kinds: ReadonlyMap<number, Kind>,
  now: number,
  length: number,
  pieceLength: number,
): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { fetching, done, begun, sum, rate } of kinds.values()) {
    if (rate === 0) continue;
    const first = fetching[done];
    if (first !== undefined) next = Math.min(next, now + Math.max(0, first.from + length - sum) / rate);
    const beginner = fetching[begun];
    if (beginner !== undefined)
      next = Math.min(next, now + Math.max(0, beginner.from + Math.min(length, pieceLength) - sum) / rate);
  }
  return next;
}

function settle(kind: Kind, now: number, length: number, pieceLength: number): void {
  const { fetching } = kind;
  for (; fetching[kind.begun] !== undefined; kind.begun++) {
    const { from, record } = fetching[kind.begun]!;
    if (from + Math.min(length, pieceLength) > kind.sum + CLOSE) break;
    record.firstPieceAtMs = now;
  }
  for (; fetching[kind.done] !== undefined; kind.done++) {
    const { from, record } = fetching[kind.done]!;
    if (from + length > kind.sum + CLOSE) break;
    record.completedAtMs = now;
    record.downloaded = length;
    record.share = 1;
  }
}

function newRecord(group: number, startedAtMs: number): Fetching['record'] {
  return {
    group,
    startedAtMs,
    firstPieceAtMs: undefined,
    completedAtMs: undefined,
    leftAtMs: undefined,
    uploaded: 0,
    downloaded: 0,
    wasted: 0,
    sent: 0,
    share: 0,
  };
}

// A hundred gigabits: nobody is done in no time.
const UNLIMITED = 12_500_000_000;
// Sums of many small numbers: half a byte is none.
const CLOSE = 0.5;
