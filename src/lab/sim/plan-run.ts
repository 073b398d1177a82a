// Carries out a plan in the simulator: real sessions on a virtual network, the same by the same seed.

import type { Address } from '../../core/bytes/compact-address.ts';
import { seededRandom } from '../../core/bytes/prng.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { Session } from '../../session/session.ts';
import type { SessionOptions } from '../../session/settings.ts';
import { arrivalTimes } from '../arrivals.ts';
import { GIVE_UP_MS, type PeerGroup, type SwarmPlan } from '../plan.ts';
import type { PeerRecord, RunRecord } from '../record.ts';
import type { RunPlanOptions } from '../scenario.ts';
import { Line } from './line.ts';
import { runFromOrigin } from './plan-origin.ts';
import { groupTraffic, watchPopulation, watchTimeline } from './plan-watch.ts';
import { RudePeer } from './rude-peer.ts';
import { corrupting } from './rude-scripts.ts';
import { QUANTUM, type SimSite } from './sim-host.ts';
import { SimOrigin } from './sim-origin.ts';
import type { SimPeer, SimPeerOptions } from './sim-peer.ts';
import { SimSwarm } from './sim-swarm.ts';
import type { World } from './world.ts';

export interface SimRunOptions extends RunPlanOptions {
  /** Told once in each second of the swarm's time. */
  readonly onSecond?: (swarm: SimSwarm) => void;
}

/** One of the plan's, with its machine. */
export interface PlanPeer {
  readonly group: number;
  readonly peer: SimPeer;
  /** Undefined for those that are there from the start. */
  readonly arrivesAtMs: number | undefined;
}

/**
 * @throws SwarmlineError LAB_UNSUPPORTED what the simulator cannot do of the plan
 * @throws Error with the seed, where what should be done is not
 */
export async function simRunPlan(plan: SwarmPlan, options: SimRunOptions): Promise<RunRecord> {
  checkPlan(plan);
  if (plan.by === 'origin') return runFromOrigin(plan, options);
  const { seed, isPictured, name, again, onSecond } = options;
  const swarm = new SimSwarm({
    seed,
    name,
    again,
    content: plan.content,
    session: { ...SESSION, ...plan.session },
    upBytesPerSecond: Number.POSITIVE_INFINITY,
    downBytesPerSecond: Number.POSITIVE_INFINITY,
  });
  const { world } = swarm;
  const router = plan.dht === true ? await addRouter(world) : undefined;
  const webSeeds = plan.origin && [new SimOrigin(world, swarm.content.bytes, plan.origin.upBytesPerSecond)];
  const peers = addPeers(
    plan,
    swarm,
    seed,
    webSeeds?.map(({ url }) => url),
    router,
  );
  await world.pass(SETTLED_MS);
  const from = world.now;
  for (const { peer, arrivesAtMs, group } of peers) {
    departs(plan.groups[group]!, peer, swarm, from);
    if (arrivesAtMs !== undefined) world.after(arrivesAtMs, () => peer.start());
  }
  const corrupting = addCorrupting(plan, swarm);
  if (plan.trackerDiesAtMs !== undefined)
    world.after(plan.trackerDiesAtMs, () => {
      swarm.tracker.service.isUp = false;
    });
  const population = watchPopulation(peers, world, from, () => onSecond?.(swarm));
  const timeline = isPictured ? watchTimeline(plan, peers, world, from) : undefined;
  if (plan.endsAtMs !== undefined) await world.pass(plan.endsAtMs);
  else await swarm.complete(swarm.leechers, GIVE_UP_MS);
  const traffic = groupTraffic(plan, peers, world);
  return {
    way: 'sim',
    seed,
    plan,
    pieceLength: swarm.content.metainfo.pieceLength,
    peers: peers.map(each => recordOf(each, from, traffic.sentBy(each.peer), corrupting)),
    endedAtMs: world.now - from,
    ...(webSeeds !== undefined && { originBytes: webSeeds[0]!.sent }),
    population: population(),
    traffic: traffic.groups,
    ...(plan.sites !== undefined && { siteBytes: traffic.siteBytes }),
    traceHash: world.trace.hash,
    ...(timeline !== undefined && { timeline: timeline() }),
  };
}

function checkPlan({ groups }: SwarmPlan): void {
  const other = groups.find(({ client = 'swarmline' }) => client !== 'swarmline');
  if (other === undefined) return;
  throw new SwarmlineError('LAB_UNSUPPORTED', `The simulator has no ${other.client}: run this in the field.`);
}

function addPeers(
  plan: SwarmPlan,
  swarm: SimSwarm,
  seed: number,
  webSeeds: readonly string[] | undefined,
  router: Address | undefined,
): PlanPeer[] {
  const { world, content } = swarm;
  const random = seededRandom(2 ** 31 + seed);
  const sites = new Map(
    Object.entries(plan.sites ?? {}).map(([name, site]): [string, SimSite] => [
      name,
      {
        uplink: new Line(world, site.upBytesPerSecond, QUANTUM),
        downlink: new Line(world, site.downBytesPerSecond, QUANTUM),
        localBytesPerSecond: site.localBytesPerSecond,
      },
    ]),
  );
  const peers: PlanPeer[] = [];
  for (const [index, group] of plan.groups.entries()) {
    if (group.corrupts === true) continue;
    const site = group.site === undefined ? undefined : sites.get(group.site);
    const options: Partial<SimPeerOptions> = {
      ...lineOptions(group),
      ...(site !== undefined && { site }),
      add: {
        info: content.metainfo,
        superSeed: group.superSeeds === true,
        isSequential: group.picks === 'sequential',
        ...(webSeeds !== undefined && { webSeeds }),
      },
      session: sessionOf(plan, group, router),
    };
    if (group.has === 'everything') {
      for (let i = 0; i < group.count; i++) {
        peers.push({ group: index, peer: swarm.addSeed(options), arrivesAtMs: undefined });
      }
      continue;
    }
    const arrivals = arrivalTimes(group, random);
    for (const [i, peer] of swarm.addLeechers(group.count, options).entries()) {
      peers.push({ group: index, peer, arrivesAtMs: arrivals[i]! });
    }
  }
  return peers;
}

/** The node of the DHT that all others begin at. */
async function addRouter(world: World): Promise<Address> {
  const host = world.addHost();
  const address = { host: host.address, port: 6881 };
  const session = new Session({ ...SESSION, listen: address, dht: {} }, host);
  await world.settle(session.listen());
  return address;
}

function lineOptions(group: PeerGroup): Partial<SimPeerOptions> {
  const { upBytesPerSecond, downBytesPerSecond, latencyMs, isReachable } = group;
  return {
    ...(upBytesPerSecond !== undefined && { upBytesPerSecond }),
    ...(downBytesPerSecond !== undefined && { downBytesPerSecond }),
    ...(latencyMs !== undefined && { latencyMs }),
    ...(isReachable !== undefined && { isReachable }),
  };
}

function sessionOf(plan: SwarmPlan, group: PeerGroup, router: Address | undefined): SessionOptions {
  const { engine = {} } = plan.session ?? {};
  return {
    ...SESSION,
    ...plan.session,
    transports: group.transports ?? plan.session?.transports ?? ['tcp'],
    ...(router !== undefined && { dht: { routers: [router] } }),
    engine: {
      ...engine,
      choker: { ...engine.choker, ...(group.gives === false && { slots: 0 }) },
      ...(group.picks === 'random' && { randomFirstPieces: Number.POSITIVE_INFINITY }),
    },
  };
}

function departs({ leaves }: PeerGroup, peer: SimPeer, { world, content }: SimSwarm, from: number): void {
  if (leaves === undefined) return;
  if (leaves.kind === 'at') {
    world.after(from + leaves.atMs - world.now, () => peer.leave());
  } else if (leaves.kind === 'when done') {
    peer.onComplete = () => world.after(leaves.afterMs, () => peer.leave());
  } else {
    const look = () => {
      if (peer.host.uplink.total < leaves.copies * content.bytes.length) world.after(LOOK_MS, look);
      else peer.leave();
    };
    look();
  }
}

/** Each dials all that have come, when the group arrives and every two seconds from then on. Their addresses. */
function addCorrupting(plan: SwarmPlan, swarm: SimSwarm): ReadonlySet<string> {
  const hosts = new Set<string>();
  const { world, content } = swarm;
  const random = seededRandom(2 ** 31);
  for (const group of plan.groups) {
    if (group.corrupts !== true) continue;
    for (const atMs of arrivalTimes(group, random)) {
      const peer = new RudePeer(world, { content, script: corrupting('every block'), ...lineOptions(group) });
      hosts.add(peer.host.address);
      const dialled = new Set<SimPeer>();
      const dial = () => {
        const fresh = swarm.leechers.filter(each => each.hasStarted && !dialled.has(each));
        for (const each of fresh) dialled.add(each);
        peer.dial(fresh.map(({ address }) => address));
        world.after(2000, dial);
      };
      world.after(atMs, dial);
    }
  }
  return hosts;
}

function recordOf(
  { group, peer }: PlanPeer,
  from: number,
  sent: number,
  corrupting: ReadonlySet<string>,
): PeerRecord {
  const banned = new Set(peer.banned.map(({ host }) => host));
  const guilty = [...banned].filter(host => corrupting.has(host)).length;
  const stats = peer.hasStarted ? peer.torrent.stats() : undefined;
  const since = (at: number | undefined) => (at === undefined ? undefined : at - from);
  return {
    group,
    startedAtMs: peer.hasStarted ? since(peer.startedAt) : undefined,
    firstPieceAtMs: since(peer.firstPieceAt),
    completedAtMs: peer.isSeed ? undefined : since(peer.completedAt),
    leftAtMs: since(peer.leftAt),
    uploaded: stats?.uploaded ?? 0,
    downloaded: stats?.downloaded ?? 0,
    wasted: stats?.wasted ?? 0,
    sent,
    banned: { guilty, innocent: banned.size - guilty },
    share: stats === undefined ? 0 : stats.piecesHave / stats.piecesTotal,
  };
}

// Hiding and enciphering takes a third of the time of a simulation, and nobody listens.
const SESSION: SessionOptions = { encryption: 'off' };
/** Seeds have announced themselves. */
const SETTLED_MS = 1000;
const LOOK_MS = 20;
