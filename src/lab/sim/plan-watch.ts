// What is looked at while a plan is carried out in the simulator: who is there, what passes between groups, and pictures.
// Looks on and changes nothing.

import type { SwarmPlan } from '../plan.ts';
import type { PopulationSample } from '../record.ts';
import { FRAMES, type Frame, haveDigits, PICTURED_PEERS, type Timeline } from '../timeline.ts';
import type { PlanPeer } from './plan-run.ts';
import type { SimPeer } from './sim-peer.ts';
import type { World } from './world.ts';

/** Counts once a second; `call` is told at the same time. */
export function watchPopulation(
  peers: readonly PlanPeer[],
  world: World,
  from: number,
  call: () => void,
): () => PopulationSample[] {
  const samples: PopulationSample[] = [];
  const count = () => {
    let leechers = 0;
    let seeds = 0;
    for (const { peer } of peers) {
      if (!peer.hasStarted || peer.leftAt !== undefined) continue;
      if (peer.isSeed || peer.isComplete) seeds++;
      else leechers++;
    }
    samples.push({ atMs: world.now - from, leechers, seeds });
  };
  const look = () => {
    count();
    call();
    world.after(1000, look);
  };
  look();
  return () => {
    count();
    return samples;
  };
}

/** What has passed between machines. */
export interface Traffic {
  /** All bytes from one group to another. */
  readonly groups: readonly (readonly number[])[];
  readonly siteBytes: Readonly<Record<string, number>>;
  /** All bytes of one peer. */
  sentBy(peer: SimPeer): number;
}

export function groupTraffic(plan: SwarmPlan, peers: readonly PlanPeer[], world: World): Traffic {
  const groupOf = new Map(peers.map(({ peer, group }) => [peer.host.index, group]));
  const groups = plan.groups.map(() => plan.groups.map(() => 0));
  const sent = new Map<number, number>();
  world.network.eachTraffic((from, to, bytes) => {
    sent.set(from, (sent.get(from) ?? 0) + bytes);
    const [giver, taker] = [groupOf.get(from), groupOf.get(to)];
    if (giver !== undefined && taker !== undefined) groups[giver]![taker]! += bytes;
  });
  const siteBytes: Record<string, number> = {};
  for (const { peer, group } of peers) {
    const { site } = plan.groups[group]!;
    if (site !== undefined) siteBytes[site] = peer.host.downlink.total;
  }
  return {
    groups,
    siteBytes,
    // The line of a site is not one peer's.
    sentBy: ({ host }) => (host.site === undefined ? host.uplink.total : (sent.get(host.index) ?? 0)),
  };
}

/** A frame at every step; where there are too many, every second one goes and the step doubles. */
export function watchTimeline(
  plan: SwarmPlan,
  peers: readonly PlanPeer[],
  world: World,
  from: number,
): () => Timeline {
  const pictured = peers.slice(0, PICTURED_PEERS);
  const placeOf = new Map(pictured.map(({ peer }, place) => [peer.host.index, place]));
  let frames: Frame[] = [];
  let stepMs = FIRST_STEP_MS;
  let last = new Map<number, number>();
  const look = () => {
    const flows: [number, number, number][] = [];
    const totals = new Map<number, number>();
    world.network.eachTraffic((giver, taker, bytes) => {
      const [a, b] = [placeOf.get(giver), placeOf.get(taker)];
      if (a === undefined || b === undefined || bytes === 0) return;
      const pair = a * PICTURED_PEERS + b;
      totals.set(pair, (totals.get(pair) ?? 0) + bytes);
    });
    for (const [pair, bytes] of totals) {
      const more = bytes - (last.get(pair) ?? 0);
      // What is said beside the data is no flow.
      if (more >= FLOW_BYTES) flows.push([Math.floor(pair / PICTURED_PEERS), pair % PICTURED_PEERS, more]);
    }
    last = totals;
    frames.push({ atMs: world.now - from, have: pictured.map(({ peer }) => digitsOf(peer)), flows });
    // An odd number, so that the newest stays.
    if (frames.length >= 2 * FRAMES - 1) {
      frames = halved(frames);
      stepMs *= 2;
    }
    world.after(stepMs, look);
  };
  look();
  return () => {
    look();
    const isLong = frames.length > FRAMES;
    return {
      stepMs: isLong ? 2 * stepMs : stepMs,
      peers: pictured.map(({ group, peer }, place) => ({
        name: nameOf(plan, peers, group, place),
        group,
        hasEverything: peer.isSeed,
      })),
      frames: isLong ? halved(frames) : frames,
    };
  };
}

function digitsOf(peer: SimPeer): string {
  if (!peer.hasStarted || peer.leftAt !== undefined) return '';
  const { pieceCount } = peer.content.metainfo.layout;
  return haveDigits(pieceCount, piece => peer.torrent.hasPiece(piece));
}

function nameOf(plan: SwarmPlan, peers: readonly PlanPeer[], group: number, place: number): string {
  const { name, count } = plan.groups[group]!;
  if (count === 1) return name;
  const number = peers.slice(0, place).filter(each => each.group === group).length + 1;
  return `${name} ${number}`;
}

/** Every second frame, with what the one before it had moved; and the last in any case. */
function halved(frames: readonly Frame[]): Frame[] {
  const kept: Frame[] = [frames[0]!];
  for (let i = 2; i < frames.length; i += 2) {
    const bytes = new Map<string, [number, number, number]>();
    for (const [from, to, more] of [...frames[i - 1]!.flows, ...frames[i]!.flows]) {
      const flow = bytes.get(`${from} ${to}`);
      if (flow === undefined) bytes.set(`${from} ${to}`, [from, to, more]);
      else flow[2] += more;
    }
    kept.push({ ...frames[i]!, flows: [...bytes.values()] });
  }
  if (frames.length % 2 === 0) kept.push(frames.at(-1)!);
  return kept;
}

const FIRST_STEP_MS = 125;
const FLOW_BYTES = 2048;
