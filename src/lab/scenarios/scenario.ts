// A scenario: one question about swarms, asked of the simulator. What it found is data, for a test to hold against a limit
// and for people to read.

import type { SimSwarm } from '../sim/sim-swarm.ts';

export interface Finding {
  /** What happened, a line each. */
  readonly lines: readonly string[];
  readonly swarm: SimSwarm;
}

export interface ScenarioRun {
  readonly seed: number;
  /** Told once in each second of the swarm's time, where somebody watches. */
  readonly watch?: (swarm: SimSwarm) => void;
}

export interface Scenario<Found extends Finding = Finding> {
  readonly name: string;
  readonly question: string;
  run(options: ScenarioRun): Promise<Found>;
}

/** Has `watch` called every second of the world's time from now on. */
export function watched(swarm: SimSwarm, { watch }: ScenarioRun): SimSwarm {
  if (watch === undefined) return swarm;
  const look = () => {
    watch(swarm);
    swarm.world.after(1000, look);
  };
  swarm.world.after(1000, look);
  return swarm;
}
