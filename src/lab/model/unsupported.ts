// What of a plan the model cannot do. It has no packets, no wrong bytes, no tracker and no machines: rather than leaving
// such things out in silence it refuses them.

import { SwarmlineError } from '../../core/errors.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';

/** @throws SwarmlineError LAB_UNSUPPORTED */
export function refuseUnsupported(plan: SwarmPlan): void {
  const what = unsupported(plan);
  if (what === undefined) return;
  throw new SwarmlineError('LAB_UNSUPPORTED', `The model has no ${what}: run this plan in the simulator.`);
}

function unsupported(plan: SwarmPlan): string | undefined {
  const { by = 'swarm', origin, sites, trackerDiesAtMs, session } = plan;
  if (by === 'swarm' && origin !== undefined) return 'web seeds';
  if (by === 'origin' && plan.endsAtMs !== undefined) return 'HTTP server whose run ends at a time';
  if (by === 'origin') return undefined;
  if (sites !== undefined) return 'sites';
  if (trackerDiesAtMs !== undefined) return 'tracker, and so none that dies';
  if (session?.engine?.choker?.slots === 'rate') return 'upload slots by rate';
  for (const group of plan.groups) {
    const what = unsupportedOf(group);
    if (what !== undefined) return `${what} (group "${group.name}")`;
  }
  return undefined;
}

function unsupportedOf(group: PeerGroup): string | undefined {
  if (group.corrupts === true) return 'peers that send wrong blocks';
  if (group.isReachable === false) return 'NAT';
  if (group.site !== undefined) return 'sites';
  if (group.transports?.some(transport => transport !== 'tcp')) return 'uTP';
  if (group.client !== undefined && group.client !== 'swarmline') return 'other clients';
  return undefined;
}
