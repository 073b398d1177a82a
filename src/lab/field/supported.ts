// What of a plan the field cannot do: said before anything is started. Latency is passed over: lines here have none of their
// own, only what queues in front of their caps.

import { SwarmlineError } from '../../core/errors.ts';
import { type ClientName, type PeerGroup, peerCount, type SwarmPlan } from '../plan.ts';

/** @throws SwarmlineError LAB_UNSUPPORTED the first thing of the plan that the field cannot do */
export function requireSupported(plan: SwarmPlan): void {
  const sentence = unsupportedOf(plan);
  if (sentence !== undefined)
    throw new SwarmlineError('LAB_UNSUPPORTED', `The field cannot do this: ${sentence}.`);
}

function unsupportedOf(plan: SwarmPlan): string | undefined {
  if (plan.dht === true) return 'the DHT';
  if (plan.sites !== undefined) return 'sites, whose machines share a line';
  if (peerCount(plan.groups) > MAX_PEERS) return `more than ${MAX_PEERS} peers, each of them a process`;
  if (plan.by === 'origin' && plan.origin === undefined) return 'an origin without a server';
  for (const group of plan.groups) {
    const sentence =
      unsupportedOfGroup(group) ?? unsupportedOfClient(group, plan) ?? unsupportedOfOrigin(group, plan);
    if (sentence !== undefined) return `${sentence} (group "${group.name}")`;
  }
  return undefined;
}

function unsupportedOfGroup({ corrupts, site, has, arrives }: PeerGroup): string | undefined {
  if (corrupts === true) return 'peers that send wrong blocks';
  if (site !== undefined) return 'sites, whose machines share a line';
  if (has === 'everything' && arrives !== undefined) return 'peers that come later and have everything';
  return undefined;
}

/** Other programs are taken as they are. */
function unsupportedOfClient(
  { client = 'swarmline', gives, picks, superSeeds, has }: PeerGroup,
  { content: { version = 'v1' } }: SwarmPlan,
): string | undefined {
  if (client === 'swarmline') return undefined;
  const name = NAMES[client];
  if (gives === false) return `${name} that uploads nothing`;
  if (superSeeds === true) return `${name} as a super-seed`;
  if (picks !== undefined && picks !== 'rarest-first') return `${name} that picks ${PICKS[picks]}`;
  if (has === 'everything' && client !== 'libtorrent') return `${name} as a seed`;
  const reads = {
    libtorrent: ['v1', 'v2', 'hybrid'],
    transmission: ['v1', 'hybrid'],
    aria2: ['v1', 'hybrid'],
  };
  return reads[client].includes(version) ? undefined : `${name} with a torrent of ${version}`;
}

function unsupportedOfOrigin({ has, client }: PeerGroup, { by }: SwarmPlan): string | undefined {
  if (by !== 'origin') return undefined;
  if (has === 'everything') return 'a seed where everybody fetches from the origin';
  return client === undefined || client === 'swarmline'
    ? undefined
    : `${NAMES[client]} as a client of the origin`;
}

const PICKS = { random: 'at random', sequential: 'in order' };
const NAMES: Readonly<Record<ClientName, string>> = {
  swarmline: 'Swarmline',
  libtorrent: 'libtorrent',
  transmission: 'Transmission',
  aria2: 'aria2',
};
/** Those that are there at a time take some 80 MB each, and all are on this machine's processors. */
const MAX_PEERS = 256;
