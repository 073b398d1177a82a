// A trial: one question about swarms, asked of the simulator. What it found is data, for a test to hold against a limit
// and for people to read.

import { SimSwarm, type SimSwarmOptions } from '../sim/sim-swarm.ts';

export interface Finding {
  /** What happened, a line each. */
  readonly lines: readonly string[];
  readonly swarm: SimSwarm;
}

export interface TrialRun {
  readonly seed: number;
  /** Told once in each second of the swarm's time, where somebody watches. */
  readonly watch?: ((swarm: SimSwarm) => void) | undefined;
}

export interface Trial<Found extends Finding = Finding> {
  readonly name: string;
  readonly question: string;
  run(options: TrialRun): Promise<Found>;
}

/** A trial of one swarm: `play` lets it happen and says what it found. */
export function swarmTrial<Found extends object>(
  about: { readonly name: string; readonly question: string } & Omit<SimSwarmOptions, 'seed' | 'name'>,
  play: (swarm: SimSwarm) => Promise<Found & { readonly lines: readonly string[] }>,
): Trial<Finding & Found> {
  return {
    name: about.name,
    question: about.question,
    run: async ({ seed, watch }) => {
      const swarm = new SimSwarm({ ...about, seed });
      if (watch !== undefined) everySecond(swarm, () => watch(swarm));
      return { ...(await play(swarm)), swarm };
    },
  };
}

function everySecond(swarm: SimSwarm, call: () => void): void {
  swarm.world.after(1000, () => {
    call();
    everySecond(swarm, call);
  });
}
