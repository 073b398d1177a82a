// The part of `scaling` that no desk holds: a thousand peers in the simulator, a hundred thousand in the model, and how far the
// model is off where both can be had. The file is a small one, so that its start and its end weigh more.

import { pieceBound } from '../bound.ts';
import type { FiguresSummary } from '../figures.ts';
import type { Check, Lab, Plot, Point } from '../scenario.ts';
import { MIB, points, seedAndLeechers } from './parts.ts';

export interface LargeSwarms {
  readonly checks: readonly Check[];
  readonly plot: Plot;
  /** A sentence. */
  readonly answer: string;
}

const LENGTH = 16 * MIB;
/** 1,024 pieces, and 256. */
const SHORT = { length: LENGTH, pieceLength: 16_384 };
const LONG = { length: LENGTH, pieceLength: 65_536 };
const BOTH = [16, 64, 1000];
const MODEL_ALONE = [16, 64, 1000, 10_000, 100_000];

export async function largeSwarms(lab: Lab): Promise<LargeSwarms> {
  const simulated: Point[] = [];
  const modelled: Point[] = [];
  const beyond: Point[] = [];
  let off = 0;
  let offMakespan = 0;
  let largest: FiguresSummary | undefined;
  for (const count of BOTH) {
    const plan = seedAndLeechers(SHORT, count);
    const title = `16 MiB in 1,024 pieces, N = ${count}`;
    const sim = (await lab.run(plan, { label: title, maxSeeds: count > 64 ? 1 : 2 })).summary;
    const model = (await lab.run(plan, { label: title, way: 'model', maxSeeds: 2 })).summary;
    simulated.push(...points(count, sim.ratio, 1));
    modelled.push(...points(count, model.ratio, 1));
    off = Math.max(off, Math.abs(model.meanMs.mean / sim.meanMs.mean - 1));
    offMakespan = Math.max(offMakespan, Math.abs(model.makespanMs.mean / sim.makespanMs.mean - 1));
    largest = sim;
  }
  for (const count of MODEL_ALONE) {
    const options = { label: `16 MiB in 256 pieces, N = ${count}`, way: 'model', maxSeeds: 1 } as const;
    beyond.push(...points(count, (await lab.run(seedAndLeechers(LONG, count), options)).summary.ratio, 1));
  }
  const last = beyond.at(-1)!;
  return {
    answer: `Of a file of 16 MiB the last of 1,000 peers has everything after ${largest!.ratio.mean.toFixed(2)} × the bound, simulated; by the model, with longer pieces, 100,000 take ${(last.y / beyond[0]!.y).toFixed(2)} × as long as 16. The model is off by ${(100 * off).toFixed(0)} % in the mean and ${(100 * offMakespan).toFixed(0)} % in the last at most.`,
    checks: [
      {
        claim: 'The model’s mean time is off by at most 10 % of the simulator’s, with 16 to 1,000 peers.',
        value: off,
        limit: { atMost: 0.1 },
        unit: 'share',
      },
      {
        claim: 'By the model 100,000 peers take at most 1.5 × as long as 16.',
        value: last.y / beyond[0]!.y,
        limit: { atMost: 1.5 },
        unit: 'times',
      },
    ],
    plot: {
      title: 'A small file, and up to a hundred thousand peers',
      x: { label: 'peers that want it', scale: 'log' },
      y: { label: 'times the bound' },
      series: [
        { name: 'simulator, 1,024 pieces', kind: 'measured', points: simulated },
        { name: 'model, 1,024 pieces', kind: 'measured', of: 'third', points: modelled },
        { name: 'model, 256 pieces', kind: 'measured', of: 'other', points: beyond },
        {
          name: 'whole pieces, 256',
          kind: 'theory',
          of: 'other',
          points: MODEL_ALONE.map(x => ({ x, y: pieceBound(x, 256) })),
        },
        { name: 'bound', kind: 'bound', points: MODEL_ALONE.map(x => ({ x, y: 1 })) },
      ],
    },
  };
}
