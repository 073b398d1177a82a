// What the model is told by a plan and by the engine's own options: the length of a step, what passes between a question
// and its answer, how many neighbours a peer has. Each parameter stands for a mechanism of the real program and is of the
// size that this has there; none was fitted to a result.

import { type EngineOptions, wholeOptions } from '../../core/engine/options.ts';
import { automaticPieceLength } from '../../core/metainfo/piece-length.ts';
import { type PeerGroup, peerCount, type SwarmPlan } from '../plan.ts';

export interface Parameters {
  readonly length: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly engine: EngineOptions;
  readonly stepMs: number;
  /** A peer's neighbours at most. */
  readonly maxNeighbours: number;
  /** Of one connection: what may be on its way in a round trip. */
  readonly windowBytes: number;
}

export function parametersOf(plan: SwarmPlan): Parameters {
  const { length } = plan.content;
  const pieceLength = plan.content.pieceLength ?? automaticPieceLength(length);
  const engine = wholeOptions(plan.session?.engine);
  const count = peerCount(plan.groups);
  return {
    length,
    pieceLength,
    pieceCount: Math.ceil(length / pieceLength),
    engine,
    stepMs: stepOf(plan.groups, pieceLength),
    maxNeighbours: Math.max(
      1,
      Math.min(engine.maxPeers, MAX_NEIGHBOURS, count - 1, Math.floor(MAX_LINKS / count)),
    ),
    windowBytes: WINDOW_BYTES,
  };
}

/**
 * The time in which the uplink of most peers sends one piece, but no less than a round trip: what comes of a step is told at
 * its end, so that the next who asks for it does so about half a round trip later, as on the wire.
 */
function stepOf(groups: readonly PeerGroup[], pieceLength: number): number {
  const givers = groups.filter(({ gives = true }) => gives);
  const uplinks = givers.flatMap(({ count, upBytesPerSecond = Number.POSITIVE_INFINITY }) =>
    Array<number>(count).fill(upBytesPerSecond),
  );
  const up = uplinks.sort((a, b) => a - b)[uplinks.length >> 1] ?? Number.POSITIVE_INFINITY;
  const nearest = Math.min(...groups.map(({ latencyMs = 10 }) => latencyMs));
  const pieceMs = (1000 * pieceLength) / up;
  return Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, 4 * nearest, pieceMs));
}

const MIN_STEP_MS = 10;
// A quarter of the choker's shortest round: see `Giving`.
const MAX_STEP_MS = 250;
// A neighbour's place is a byte; two hundred and fifty-five is nobody.
const MAX_NEIGHBOURS = 200;
// Half a gigabyte in all: with a hundred thousand peers each has some fifty neighbours at most.
const MAX_LINKS = 5_000_000;
// As the simulator's machines have.
const WINDOW_BYTES = 262_144;
