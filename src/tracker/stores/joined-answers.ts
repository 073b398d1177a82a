// What two stores know of one swarm, as one answer: while neither knows all. Nobody is given twice.

import { toBinaryString } from '../../core/bytes/utf8.ts';
import type { SwarmCounts } from '../../core/tracker/announce.ts';
import type { SwarmAnnounce, SwarmAnswer } from '../swarm-store.ts';

/** The first's peers, then the second's while more are wanted. The counts are the larger ones: how many they share nobody knows. */
export function joinedAnswers(
  first: SwarmAnswer,
  second: SwarmAnswer,
  { want4, want6 }: Pick<SwarmAnnounce, 'want4' | 'want6'>,
): SwarmAnswer {
  return {
    ...joinedCounts(first, second)!,
    peers: joinedPeers(first.peers, second.peers, 6, want4),
    peers6: joinedPeers(first.peers6, second.peers6, 18, want6),
  };
}

export function joinedCounts(
  first: SwarmCounts | undefined,
  second: SwarmCounts | undefined,
): SwarmCounts | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    complete: Math.max(first.complete, second.complete),
    incomplete: Math.max(first.incomplete, second.incomplete),
    downloaded: Math.max(first.downloaded, second.downloaded),
  };
}

function joinedPeers(first: Uint8Array, second: Uint8Array, entry: number, want: number): Uint8Array {
  if (first.length >= want * entry || second.length === 0) return first;
  const out = new Uint8Array(Math.min(want * entry, first.length + second.length));
  out.set(first);
  let length = first.length;
  const given = new Set<string>();
  for (let at = 0; at < first.length; at += entry) given.add(toBinaryString(first, at, at + entry));
  for (let at = 0; at < second.length && length < out.length; at += entry) {
    if (given.has(toBinaryString(second, at, at + entry))) continue;
    out.set(second.subarray(at, at + entry), length);
    length += entry;
  }
  return out.subarray(0, length);
}
