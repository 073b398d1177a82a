// Carries out a plan by the coarse model: see `swarm-model` for what it is and what it leaves out.

import type { SwarmPlan } from '../plan.ts';
import type { PeerRecord, RunRecord } from '../record.ts';
import type { RunPlanOptions } from '../scenario.ts';
import { originModel } from './origin-model.ts';
import { parametersOf } from './parameters.ts';
import { SwarmModel } from './swarm-model.ts';
import { refuseUnsupported } from './unsupported.ts';

/**
 * The same again by the same seed.
 * @throws SwarmlineError LAB_UNSUPPORTED what the model cannot do of the plan; LAB_FAILED where peers are not done
 */
export async function modelRunPlan(
  plan: SwarmPlan,
  { seed }: Pick<RunPlanOptions, 'seed'>,
): Promise<RunRecord> {
  refuseUnsupported(plan);
  const parameters = parametersOf(plan);
  if (plan.by === 'origin') return originModel(plan, parameters, seed);
  const model = new SwarmModel(plan, parameters, seed);
  model.run();
  return {
    way: 'model',
    seed,
    plan,
    pieceLength: parameters.pieceLength,
    peers: Array.from({ length: model.peers.count }, (_, peer) => recordOf(model, peer)),
    endedAtMs: model.now,
    population: model.population,
  };
}

function recordOf({ peers, pieces }: SwarmModel, peer: number): PeerRecord {
  return {
    group: peers.group[peer]!,
    startedAtMs: known(peers.startedAt[peer]!),
    firstPieceAtMs: known(peers.firstPieceAt[peer]!),
    completedAtMs: known(peers.completedAt[peer]!),
    leftAtMs: known(peers.leftAt[peer]!),
    uploaded: peers.uploaded[peer]!,
    downloaded: peers.downloaded[peer]!,
    wasted: 0,
    sent: peers.uploaded[peer]!,
    share: pieces.held[peer]! / pieces.pieceCount,
  };
}

function known(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}
