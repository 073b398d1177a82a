// Lookups that are lied to: what is told keeps nobody out.

import { describe, expect, it } from 'vitest';
import { Lookup } from './lookup.ts';
import { DHT_NODE_DEFAULTS } from './options.ts';

const TARGET = new Uint8Array(20).fill(7);

/** An id that is the nearer to the target the smaller `distance` is. */
function idAt(distance: number): Uint8Array {
  const id = TARGET.slice();
  id[18]! ^= distance >>> 8;
  id[19]! ^= distance & 255;
  return id;
}

function node(distance: number, host: string) {
  return { id: idAt(distance), host, port: 6881 };
}

/** Asks whom it may; those at `silent` never answer. Who has answered in the end. */
function run(lookup: Lookup, isSilent: (host: string) => boolean): string[] {
  while (!lookup.isDone) {
    const asked = [];
    for (let next = lookup.next(); next !== undefined; next = lookup.next()) asked.push(next);
    for (const candidate of asked)
      if (!isSilent(candidate.host)) lookup.answered(candidate, candidate.id!, undefined);
    for (const candidate of asked) if (isSilent(candidate.host)) lookup.late(candidate);
  }
  return lookup.closest.map(({ host }) => host);
}

describe('a lookup', () => {
  it('finds a node though a liar has told its id with another address first', () => {
    const lookup = new Lookup(1, TARGET, DHT_NODE_DEFAULTS);
    for (let n = 0; n < 8; n++) lookup.found(node(n, `66.6.${n}.6`), 1);
    for (let n = 0; n < 8; n++) lookup.found(node(n, `5.5.${n}.5`), 1);
    expect(run(lookup, host => host.startsWith('66.'))).toHaveLength(8);
  });

  it('finds a node though a liar has told of others in its subnet that are not there', () => {
    const lookup = new Lookup(1, TARGET, DHT_NODE_DEFAULTS);
    for (let n = 1; n <= 6; n++) lookup.found(node(n, `5.5.5.${n}`), 1);
    lookup.found(node(9, '5.5.5.99'), 1);
    expect(run(lookup, host => host !== '5.5.5.99')).toEqual(['5.5.5.99']);
  });

  it('asks two of a subnet at a time, and believes two, also where they answer late', () => {
    const lookup = new Lookup(1, TARGET, DHT_NODE_DEFAULTS);
    for (let n = 1; n <= 6; n++) lookup.found(node(n, `6.6.6.${n}`), 1);
    lookup.found(node(20, '5.5.5.5'), 1);
    const late = [];
    while (!lookup.isDone) {
      const asked = [];
      for (let next = lookup.next(); next !== undefined; next = lookup.next()) asked.push(next);
      expect(asked.filter(({ host }) => host.startsWith('6.')).length).toBeLessThanOrEqual(2);
      for (const candidate of asked)
        if (candidate.host === '5.5.5.5') lookup.answered(candidate, candidate.id!, undefined);
        else {
          lookup.late(candidate);
          late.push(candidate);
        }
    }
    for (const candidate of late) lookup.answered(candidate, candidate.id!, undefined);
    expect(lookup.closest.map(({ host }) => host)).toEqual(['6.6.6.1', '6.6.6.2', '5.5.5.5']);
  });
});
