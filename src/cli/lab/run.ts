// `swarmline lab run`: carries out scenarios, says which lines they pass, and keeps what came of them for `lab report`.

import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SwarmlineError } from '../../core/errors.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { valuesOf } from '../../lab/parameters.ts';
import { formatCheck } from '../../lab/report/figure-text.ts';
import { againCommand, changedWords } from '../../lab/report/scenario-words.ts';
import { formatResultFile, type ResultFile } from '../../lab/result-file.ts';
import { runScenario } from '../../lab/run-scenario.ts';
import { passes, type RunPlan, type Scenario, type ScenarioResult } from '../../lab/scenario.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { displayText } from '../output/display-text.ts';
import { formatElapsed, formatPlural } from '../output/figures.ts';
import { LiveBlock } from '../output/live-block.ts';
import type { Terminal } from '../terminal.ts';
import { runFacts } from './machine.ts';
import { changedBy, type ParameterFlags } from './parameter-flags.ts';
import { PlanThreads } from './plan-threads.ts';
import { scenariosNamed } from './scenario-names.ts';

export interface RunFlags extends ParameterFlags {
  readonly quick?: boolean;
  readonly field?: boolean;
  readonly seeds?: number;
  readonly firstSeed: number;
  readonly jobs?: number;
  readonly out: string;
  readonly save: boolean;
  readonly json?: boolean;
}

export async function run(names: readonly string[], flags: RunFlags, terminal: Terminal): Promise<void> {
  const way = flags.field === true ? 'field' : 'sim';
  const scenarios = scenariosNamed(names, way);
  const size = flags.quick === true ? 'quick' : 'full';
  const count = flags.seeds ?? (size === 'quick' ? QUICK_SEEDS : FULL_SEEDS);
  const seeds = Array.from({ length: count }, (_, i) => flags.firstSeed + i);
  const changed = changedBy(flags);
  // Before any of them is run.
  for (const scenario of scenarios) valuesOf(scenario, { way, size }, changed);
  if (flags.save) await makeOutput(flags.out);
  const threads = new PlanThreads(flags.jobs ?? availableParallelism());
  const shown = new Running(terminal);
  try {
    await interruptible(async signal => {
      signal.addEventListener('abort', () => void threads.close());
      const ways = await waysOf(way, threads, signal);
      // One after the other in the field, where they would take each other's processors.
      const results = scenarios.map(scenario => ({ scenario, start: () => one(scenario, ways) }));
      const begun = way === 'sim' ? results.map(({ start }) => start()) : [];
      for (const promise of begun) promise.catch(() => {});
      // One that fails does not take the others with it.
      let failure: unknown;
      for (const [i, { start }] of results.entries()) {
        signal.throwIfAborted();
        try {
          await tell(await (begun[i] ?? start()));
        } catch (error) {
          failure ??= error;
        }
      }
      signal.throwIfAborted();
      if (failure !== undefined) throw failure;
    });
  } catch (error) {
    if (!(error instanceof SwarmlineError && error.code === 'ABORTED')) throw error;
    terminal.exitStatus = INTERRUPTED;
  } finally {
    shown.close();
    await threads.close();
  }

  async function one(scenario: Scenario, ways: Partial<Record<'sim' | 'field' | 'model', RunPlan>>) {
    const watched = Object.fromEntries(
      Object.entries(ways).map(([name, runPlan]) => [name, shown.watched(runPlan)]),
    );
    const result = await runScenario(scenario, {
      way,
      size,
      seeds,
      changed,
      ways: watched,
      now: () => performance.now(),
    });
    // At once: what others still take must not be able to lose it.
    const facts = runFacts(againCommand(result));
    if (flags.save)
      await save(join(flags.out, `${result.scenario.name}.${way}.json`), formatResultFile({ facts, result }));
    return { facts, result };
  }

  async function tell({ facts, result }: ResultFile): Promise<void> {
    if (result.findings.checks.some(check => !passes(check))) terminal.exitStatus = 1;
    shown.erase();
    if (flags.json === true) {
      const { timeline: _, ...rest } = result;
      await terminal.out.line(JSON.stringify({ facts, ...rest }));
    } else await describe(result, terminal);
  }
}

async function waysOf(
  way: 'sim' | 'field',
  threads: PlanThreads,
  signal: AbortSignal,
): Promise<Partial<Record<'sim' | 'field' | 'model', RunPlan>>> {
  if (way === 'sim') return { sim: threads.runPlan('sim'), model: threads.runPlan('model') };
  const { fieldRunPlan } = await import('../../lab/field/field-run.ts');
  return { field: oneAtATime((plan, options) => fieldRunPlan(plan, { ...options, signal })) };
}

/** Real processes at the same time would take each other's processors. */
function oneAtATime(runPlan: RunPlan): RunPlan {
  let last: Promise<unknown> = Promise.resolve();
  return (plan, options) => {
    const run = last.then(() => runPlan(plan, options));
    last = run.catch(() => {});
    return run;
  };
}

async function describe(result: ScenarioResult, { out }: Terminal): Promise<void> {
  const { scenario, findings, tookMs, runs } = result;
  const { paint } = out;
  const changed = changedWords(result);
  const count = runs.reduce((sum, { seeds }) => sum + seeds, 0);
  await out.line(`${paint.strong(scenario.title)}  ${paint.idle(scenario.name)}`);
  await out.line(`  ${findings.answer}`);
  if (changed !== '') await out.line(`  ${changed}`);
  for (const check of findings.checks) {
    const mark = passes(check) ? paint.complete('✓') : paint.failed('✗');
    await out.line(`  ${mark} ${check.claim} ${paint.idle(`Measured: ${formatCheck(check).value}.`)}`);
  }
  await out.line(`  ${paint.idle(`${formatPlural(count, 'run')}, ${formatElapsed(tookMs)}`)}`);
  await out.line();
}

/** What runs at the moment, below what is said already; on a terminal alone. */
class Running {
  readonly #block: LiveBlock | undefined;
  readonly #names = new Set<string>();
  #done = 0;

  constructor({ err }: Terminal) {
    this.#block = err.canRedraw ? new LiveBlock(err) : undefined;
  }

  watched(runPlan: RunPlan): RunPlan {
    return async (plan, options) => {
      const name = `${options.name}, seed ${options.seed}`;
      this.#names.add(name);
      this.#draw();
      try {
        return await runPlan(plan, options);
      } finally {
        this.#names.delete(name);
        this.#done++;
        this.#draw();
      }
    };
  }

  erase(): void {
    this.#block?.erase();
  }

  close(): void {
    this.#block?.close();
  }

  #draw(): void {
    const [first] = this.#names;
    if (first === undefined) return;
    const more = this.#names.size - 1;
    const rest = more === 0 ? '' : `, and ${formatPlural(more, 'more run')} to do`;
    this.#block?.draw([`  ${this.#done} done · ${displayText(first)}${rest}`]);
  }
}

async function makeOutput(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (cause) {
    throw notWritten(folder, cause);
  }
}

async function save(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function notWritten(where: string, cause: unknown): SwarmlineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SwarmlineError('OUTPUT_FAILED', `"${where}" cannot be written: ${why}.`, { where, cause });
}

const QUICK_SEEDS = 2;
const FULL_SEEDS = 5;
