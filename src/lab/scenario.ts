// A scenario of the lab: one file, one question, what theory expects, and lines that it passes or does not. It says what to
// run by plans; how these are run (simulator, real processes, model) is the lab's. What it finds is data: a report is made
// of it, and a test can hold it against its lines.

import type { FiguresSummary, RunFigures } from './figures.ts';
import type { ChangedParameters, Parameters, ParameterValue, ScenarioSize } from './parameters.ts';
import type { SwarmPlan, Way } from './plan.ts';
import type { RunRecord } from './record.ts';
import type { Timeline } from './timeline.ts';

export interface Scenario {
  /** As `swarmline lab run` takes it. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** What is set up, with its parameters: a paragraph for people. */
  readonly setting: string;
  /** What is expected, and by whom: a paragraph for people. */
  readonly theory: string;
  /** In which it can be run. Where `model` is one, the simulator's run has it beside. */
  readonly ways: readonly Way[];
  /** What of it can be changed, with what it is by itself. @default nothing */
  readonly parameters?: (size: ScenarioSize) => Partial<Parameters>;
  /** So many leechers it needs. @default 2 */
  readonly leastPeers?: number;
  run(lab: Lab): Promise<Findings>;
}

/** What a scenario is given to work with. */
export interface Lab {
  readonly way: 'sim' | 'field';
  /** `quick`: small, for tests and for a first look; what it shows is less sure. */
  readonly size: 'quick' | 'full';
  /** What is not to be as the scenario has it by itself; only what it takes. See `parametersOf`. */
  readonly changed: ChangedParameters;
  /** Runs a plan once for each of the lab's seeds. @throws SwarmlineError as `RunPlan` says */
  run(plan: SwarmPlan, options: PlanOptions): Promise<PlanRuns>;
}

export interface PlanOptions {
  /** What is special about it, for the table of runs: `N = 16`. */
  readonly label: string;
  /** @default the lab's */
  readonly way?: Way;
  /** The first run is kept as pictures. @default false */
  readonly isPictured?: boolean;
  /** At most so many of the lab's seeds: large ones differ little. @default all */
  readonly maxSeeds?: number;
}

export interface PlanRuns {
  readonly records: readonly RunRecord[];
  /** Of each record. */
  readonly figures: readonly RunFigures[];
  readonly summary: FiguresSummary;
}

/** Carries out one plan with one seed. */
export type RunPlan = (plan: SwarmPlan, options: RunPlanOptions) => Promise<RunRecord>;

export interface RunPlanOptions {
  readonly seed: number;
  readonly isPictured: boolean;
  /** Of the scenario and the plan, for messages. */
  readonly name: string;
  /** What to type to have it run again, for messages. @default only the seed is told */
  readonly again?: string;
}

export interface Findings {
  /** A sentence or two: the question answered by the figures. */
  readonly answer: string;
  readonly checks: readonly Check[];
  readonly plots: readonly Plot[];
}

/** A line that is to be passed. */
export interface Check {
  /** A sentence with the limit in it: "The last leecher is done within 1.10 × the bound, with 256 leechers." */
  readonly claim: string;
  readonly value: number;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  /** How the value is read. @default a plain number */
  readonly unit?: 'times' | 'share' | 'seconds' | 'copies';
}

/** Nothing measured (NaN) passes no line. */
export function passes({ value, limit }: Check): boolean {
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;
}

/** A plot as data; what it looks like is the report's. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  /** @default linear */
  readonly scale?: 'linear' | 'log';
  /** Instead of numbers: one place on the axis for each. */
  readonly categories?: readonly string[];
}

export interface Series {
  readonly name: string;
  /** Measured: points with bars. Theory: a line. Bound: a line and an area below it that nothing can be in. */
  readonly kind: 'measured' | 'theory' | 'bound';
  /** What it is about, which gives it its colour. @default swarm */
  readonly of?: 'swarm' | 'server' | 'other' | 'third';
  /** Points are joined. @default true for all but few categories */
  readonly isJoined?: boolean;
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Half of what it may be off, either way. */
  readonly margin?: number;
}

/** Everything that came of a scenario: what `lab run` writes and `lab report` reads. */
export interface ScenarioResult {
  readonly format: 1;
  readonly scenario: {
    readonly name: string;
    readonly title: string;
    readonly question: string;
    readonly setting: string;
    readonly theory: string;
  };
  readonly way: 'sim' | 'field';
  readonly size: 'quick' | 'full';
  readonly seeds: readonly number[];
  /** All that the scenario takes. @default it takes none */
  readonly parameters?: readonly ParameterValue[];
  readonly findings: Findings;
  /** Each plan that was run, in order. */
  readonly runs: readonly RunRow[];
  readonly timeline?: Timeline & { readonly label: string };
  readonly tookMs: number;
}

export interface RunRow {
  readonly label: string;
  readonly way: Way;
  readonly seeds: number;
  readonly summary: FiguresSummary;
}
