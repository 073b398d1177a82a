// The options that change a scenario, as `lab run` and `lab watch` take them.

import type { ChangedParameters } from '../../lab/parameters.ts';

export interface ParameterFlags {
  readonly peers?: number;
  readonly length?: number;
  readonly pieceLength?: number;
  readonly up?: number;
  readonly down?: number;
  readonly connections?: number;
}

/** What was typed, by its names in plans. */
export function changedBy({
  peers,
  length,
  pieceLength,
  up,
  down,
  connections,
}: ParameterFlags): ChangedParameters {
  return { peers, length, pieceLength, upBytesPerSecond: up, downBytesPerSecond: down, connections };
}
