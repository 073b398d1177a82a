// By how much the model is off: the same plan in the model and in the simulator, each with the same seeds, and the figures
// that the model is asked for, as parts of the simulator's. Above zero the model is slower.

import { type RunFigures, runFigures } from '../figures.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunPlan } from '../scenario.ts';

export type ValidatedFigure = 'makespanMs' | 'meanMs' | 'p95Ms' | 'seedCopies' | 'uploadUse';

export interface Comparison {
  readonly figure: ValidatedFigure;
  /** Means over the seeds. */
  readonly model: number;
  readonly sim: number;
  /** `model / sim - 1` */
  readonly off: number;
}

export async function compareWithSim(
  plan: SwarmPlan,
  seeds: readonly number[],
  ways: { readonly model: RunPlan; readonly sim: RunPlan },
): Promise<Comparison[]> {
  const model: RunFigures[] = [];
  const sim: RunFigures[] = [];
  for (const seed of seeds) {
    const options = { seed, isPictured: false, name: 'model against sim' };
    model.push(runFigures(await ways.model(plan, options)));
    sim.push(runFigures(await ways.sim(plan, options)));
  }
  return FIGURES.map(figure => {
    const [ours, theirs] = [meanOf(model, figure), meanOf(sim, figure)];
    return { figure, model: ours, sim: theirs, off: ours / theirs - 1 };
  });
}

/** One line for people. */
export function formatComparison(comparisons: readonly Comparison[]): string {
  return comparisons
    .map(({ figure, model, sim, off }) => {
      const value = (number: number) =>
        figure.endsWith('Ms') ? (number / 1000).toFixed(2) : number.toFixed(3);
      return `${figure} ${value(model)} / ${value(sim)} (${off < 0 ? '−' : '+'}${Math.abs(100 * off).toFixed(1)} %)`;
    })
    .join(' · ');
}

function meanOf(figures: readonly RunFigures[], name: ValidatedFigure): number {
  return figures.reduce((sum, each) => sum + each[name], 0) / figures.length;
}

const FIGURES: readonly ValidatedFigure[] = ['makespanMs', 'meanMs', 'p95Ms', 'seedCopies', 'uploadUse'];
