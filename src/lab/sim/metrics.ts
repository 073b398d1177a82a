// What came of a swarm in figures: how long it took beside the least that it can take, and where the bytes went.
//
// The bound (Kurose and Ross; Kumar and Ross show that it can be reached): nobody is done before the seed has sent one
// copy, nor before his own downlink has taken one, nor all of them before all uplinks together have sent one each.

import { swarmBoundMs } from '../bound.ts';
import { sum } from '../numbers.ts';
import type { SimPeer } from './sim-peer.ts';

export interface SwarmFigures {
  readonly leechers: number;
  /** From the start of the first leecher to the last completion; the bound, and how many times it. */
  readonly makespanMs: number;
  readonly boundMs: number;
  readonly ratio: number;
  /** From its own start to its completion: of each leecher that came to it, in order of time. */
  readonly completionMs: readonly number[];
  readonly firstPieceMs: readonly number[];
  /** What seeds sent, in copies of the content. */
  readonly seedCopies: number;
  /** Bytes of blocks that came in vain, and of all that is not blocks, as parts of the bytes needed. */
  readonly duplicateShare: number;
  readonly overheadShare: number;
  /** How much of the leechers' uplinks was used until the end, on average; undefined where these are unlimited. */
  readonly uploadUse: number | undefined;
  /** Jain's index of the leechers' mean rates: 1 where all are equal, 1/n where one has it all. */
  readonly fairness: number;
}

/** Of a swarm in which every leecher that counts is complete; those that are not are left out of the times. */
export function swarmFigures(peers: readonly SimPeer[]): SwarmFigures {
  const seeds = peers.filter(peer => peer.isSeed);
  const leechers = peers.filter(peer => !peer.isSeed);
  const complete = leechers.filter(peer => peer.isComplete);
  const { length } = peers[0]!.content.bytes;
  const start = Math.min(...leechers.map(peer => peer.startedAt));
  const makespanMs = Math.max(...complete.map(peer => peer.completedAt!)) - start;
  const boundMs = lowerBoundMs(length, seeds, leechers);
  const needed = length * complete.length;
  const rates = complete.map(peer => length / (peer.completedAt! - peer.startedAt));
  let uploaded = 0;
  for (const { torrent } of peers) uploaded += torrent.stats().uploaded;
  return {
    leechers: leechers.length,
    makespanMs,
    boundMs,
    ratio: makespanMs / boundMs,
    completionMs: sorted(complete.map(peer => peer.completedAt! - peer.startedAt)),
    firstPieceMs: sorted(complete.map(peer => peer.firstPieceAt! - peer.startedAt)),
    seedCopies: sum(seeds.map(peer => peer.torrent.stats().uploaded)) / length,
    duplicateShare: sum(leechers.map(peer => peer.torrent.stats().wasted)) / needed,
    overheadShare: (sum(peers.map(peer => peer.host.uplink.total)) - uploaded) / needed,
    uploadUse: uploadUse(leechers, makespanMs),
    fairness: sum(rates) ** 2 / (rates.length * sum(rates.map(rate => rate * rate))),
  };
}

/** The least that it can take, by the lines that there are. */
function lowerBoundMs(length: number, seeds: readonly SimPeer[], leechers: readonly SimPeer[]): number {
  const up = (peers: readonly SimPeer[]) => peers.map(peer => peer.host.uplink.bytesPerSecond);
  const leechersDown = leechers.map(peer => peer.host.downlink.bytesPerSecond);
  return swarmBoundMs({ length, seedsUp: up(seeds), leechersUp: up(leechers), leechersDown });
}

/** One line for people. */
export function formatFigures(figures: SwarmFigures): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const { completionMs, firstPieceMs, uploadUse } = figures;
  return [
    `${figures.leechers} leechers: ${seconds(figures.makespanMs)}, ${figures.ratio.toFixed(3)} × the bound`,
    `first done ${seconds(completionMs[0] ?? 0)}, median ${seconds(completionMs[completionMs.length >> 1] ?? 0)}`,
    `first pieces ${seconds(firstPieceMs[0] ?? 0)} to ${seconds(firstPieceMs.at(-1) ?? 0)}`,
    `seed ${figures.seedCopies.toFixed(2)} copies`,
    `in vain ${percent(figures.duplicateShare)}`,
    `overhead ${percent(figures.overheadShare)}`,
    `uplinks ${uploadUse === undefined ? 'unlimited' : percent(uploadUse)}`,
    `fairness ${figures.fairness.toFixed(3)}`,
  ].join(' · ');
}

function uploadUse(leechers: readonly SimPeer[], ms: number): number | undefined {
  const capacity = (sum(leechers.map(peer => peer.host.uplink.bytesPerSecond)) * ms) / 1000;
  return Number.isFinite(capacity) ? sum(leechers.map(peer => peer.host.uplink.total)) / capacity : undefined;
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
