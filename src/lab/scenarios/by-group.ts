// What came of one group of a plan, over several runs of it: where groups differ, the figures of all are not enough.

import { type Estimate, estimate } from '../figures.ts';
import { mean } from '../numbers.ts';
import type { PeerRecord, RunRecord } from '../record.ts';

/** From arrival to completion, mean of those that are done. */
export function meanMsOf(records: readonly RunRecord[], name: string): Estimate {
  return estimate(records.map(record => mean(peersOf(record, name).flatMap(timeOf))));
}

/** How many of those that came are done, 0…1. */
export function doneShareOf(records: readonly RunRecord[], name: string): Estimate {
  return estimate(
    records.map(record => {
      const came = peersOf(record, name).filter(({ startedAtMs }) => startedAtMs !== undefined);
      return came.filter(({ completedAtMs }) => completedAtMs !== undefined).length / came.length;
    }),
  );
}

/** Bytes of all of one group to each of another. NaN where the way of running does not say. */
export function givenTo(record: RunRecord, from: string, to: string): number {
  const [a, b] = [placeOf(record, from), placeOf(record, to)];
  return (record.traffic?.[a]?.[b] ?? Number.NaN) / record.plan.groups[b]!.count;
}

export function peersOf(record: RunRecord, name: string): PeerRecord[] {
  const place = placeOf(record, name);
  return record.peers.filter(({ group }) => group === place);
}

function timeOf({ startedAtMs, completedAtMs }: PeerRecord): number[] {
  return startedAtMs === undefined || completedAtMs === undefined ? [] : [completedAtMs - startedAtMs];
}

function placeOf({ plan }: RunRecord, name: string): number {
  return plan.groups.findIndex(group => group.name === name);
}
