// The DHT under churn, with liars in it: nodes leave and others come, some are hostile, and torrents are announced and looked
// for all the while. The question: how many of the peers that have announced are found, and how many hops away is the target?

import { formatAddress } from '../../core/bytes/compact-address.ts';
import { type DhtMachine, DhtWorld } from './dht-world.ts';
import { HostileNode } from './hostile-node.ts';

export interface ChurnOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Of ten minutes: this share of the good nodes leaves, and as many come. @default 0.2 */
  readonly leaving?: number;
  /** Of all nodes. @default 0.1 */
  readonly hostile?: number;
  /** After all have joined. @default 30 */
  readonly minutes?: number;
  /** @default 20 */
  readonly torrents?: number;
  /** Peers of each. @default 5 */
  readonly peers?: number;
  /** While it runs, at even distances. @default 200 */
  readonly lookups?: number;
  /** Of a thousand datagrams, so many are lost. @default 10 */
  readonly lossPerMille?: number;
}

export interface ChurnFigures {
  readonly lookups: number;
  /** Of all peers that had announced and were still there, the share that was found. */
  readonly foundShare: number;
  readonly hopsMedian: number;
  readonly hopsWorst: number;
  readonly queriesMedian: number;
  readonly tookMsMedian: number;
  /** Sent, of a good node, while it ran. */
  readonly datagramsPerNodeMinute: number;
}

interface Announcer {
  readonly machine: DhtMachine;
  /** It has announced, and nodes have confirmed it. */
  isAnnounced: boolean;
}

export function churn(options: ChurnOptions): ChurnFigures {
  const { seed, nodes, leaving = 0.2, hostile = 0.1, minutes = 30, torrents = 20 } = options;
  const { peers = 5, lookups = 200, lossPerMille = 10 } = options;
  const world = new DhtWorld({ seed, lossPerMille });
  const { random } = world;
  const good: DhtMachine[] = [];
  const bad: HostileNode[] = [];
  const anyGood = () => good[random.below(good.length)]!;
  const join = () => {
    const known = good.length === 0 ? [] : [anyGood().address, anyGood().address];
    if (bad.length > 0) known.push(bad[random.below(bad.length)]!.address);
    const machine = world.addNode(known);
    good.push(machine);
    return machine;
  };

  // All join, in five minutes.
  const badCount = Math.round(nodes * hostile);
  for (let i = 0; i < nodes - badCount; i++) {
    join();
    if (i % 10 === 9) world.pass(3_000_000 / nodes);
  }
  for (let i = 0; i < badCount; i++) {
    const liar = new HostileNode(world, bad, i % 3 === 0);
    bad.push(liar);
    const visit = () => {
      for (let n = 0; n < 3; n++) liar.visit(anyGood().address);
      world.after(60_000, visit);
    };
    visit();
  }
  world.pass(60_000);

  const swarms = Array.from({ length: torrents }, () => ({
    infoHash: random.fill(new Uint8Array(20)),
    announcers: [] as Announcer[],
  }));
  const announce = (infoHash: Uint8Array, announcer: Announcer) => {
    if (!good.includes(announcer.machine)) return;
    const question = { announce: { port: 6881, isSeed: false } };
    world.lookUp(
      announcer.machine,
      node => node.findPeers(infoHash, question, world.now),
      ({ storedAt }) => {
        announcer.isAnnounced ||= storedAt > 0;
        world.after(900_000 + random.below(900_000), () => announce(infoHash, announcer));
      },
    );
  };
  const enlist = ({ infoHash, announcers }: (typeof swarms)[number]) => {
    const announcer = { machine: anyGood(), isAnnounced: false };
    announcers.push(announcer);
    announce(infoHash, announcer);
  };
  for (const swarm of swarms) for (let i = 0; i < peers; i++) enlist(swarm);
  world.pass(60_000);

  const endsAt = world.now + 60_000 * minutes;
  const startedWith = world.datagramCount;
  const perLeave = 600_000 / Math.max(1, good.length * leaving);
  const leave = () => {
    if (world.now >= endsAt) return;
    const gone = good.splice(random.below(good.length), 1)[0]!;
    world.remove(gone);
    for (const swarm of swarms) {
      const before = swarm.announcers.length;
      swarm.announcers = swarm.announcers.filter(({ machine }) => machine !== gone);
      for (let i = swarm.announcers.length; i < before; i++) enlist(swarm);
    }
    join();
    world.after(perLeave, leave);
  };
  if (leaving > 0) leave();

  const results: { readonly hops: number; readonly queries: number; readonly tookMs: number }[] = [];
  let wanted = 0;
  let found = 0;
  for (let i = 0; i < lookups; i++) {
    world.pass((endsAt - world.now) / (lookups - i));
    const swarm = swarms[random.below(swarms.length)]!;
    const there = swarm.announcers.filter(({ isAnnounced }) => isAnnounced);
    world.lookUp(
      anyGood(),
      node => node.findPeers(swarm.infoHash, {}, world.now),
      ({ addresses, hops, nodesAsked, tookMs }) => {
        const told = new Set(addresses.map(formatAddress));
        // Who has left meanwhile is not missed.
        const still = there.filter(({ machine }) => good.includes(machine));
        wanted += still.length;
        found += still.filter(({ machine }) => told.has(formatAddress(machine.address))).length;
        results.push({ hops, queries: nodesAsked, tookMs });
      },
    );
  }
  world.pass(30_000);
  const sent = world.datagramCount - startedWith;
  return {
    lookups: results.length,
    foundShare: found / wanted,
    hopsMedian: median(results.map(({ hops }) => hops)),
    hopsWorst: Math.max(...results.map(({ hops }) => hops)),
    queriesMedian: median(results.map(({ queries }) => queries)),
    tookMsMedian: median(results.map(({ tookMs }) => tookMs)),
    datagramsPerNodeMinute: sent / good.length / (minutes + 0.5),
  };
}

export function describeChurn({ lookups, foundShare, ...figures }: ChurnFigures): string {
  const { hopsMedian, hopsWorst, queriesMedian, tookMsMedian, datagramsPerNodeMinute } = figures;
  return (
    `${lookups} lookups: ${(100 * foundShare).toFixed(2)} % of announced peers found · ` +
    `hops ${hopsMedian} at the median, ${hopsWorst} at most · ${queriesMedian} queries, ${(tookMsMedian / 1000).toFixed(1)} s at the median · ` +
    `${datagramsPerNodeMinute.toFixed(1)} datagrams of a node in a minute`
  );
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
