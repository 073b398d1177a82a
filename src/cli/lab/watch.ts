// `swarmline lab watch`: one run of a scenario, live: who has what, who sends how fast, as the simulator goes on. On a terminal a
// picture that is redrawn, else a line for each second of the swarm's time.

import { SwarmlineError } from '../../core/errors.ts';
import { runFigures } from '../../lab/figures.ts';
import type { RunRecord } from '../../lab/record.ts';
import { runScenario } from '../../lab/run-scenario.ts';
import type { RunPlan, Scenario } from '../../lab/scenario.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { displayText } from '../output/display-text.ts';
import { LiveBlock } from '../output/live-block.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { changedBy, type ParameterFlags } from './parameter-flags.ts';
import { PlanThreads } from './plan-threads.ts';
import { scenariosNamed } from './scenario-names.ts';
import { describeRun, describeSecond, drawSecond } from './watch-picture.ts';
import type { WatchedSecond } from './watched-second.ts';

export interface WatchFlags extends ParameterFlags {
  readonly seed: number;
  readonly speed: number;
  readonly full?: boolean;
}

export async function watch(name: string, flags: WatchFlags, terminal: Terminal): Promise<void> {
  if (name === 'all') throw new UsageError('One scenario can be watched at a time.');
  const scenario = scenariosNamed([name], 'sim')[0]!;
  if (!scenario.ways.includes('sim')) {
    throw new SwarmlineError('LAB_WAY', `"${name}" is not made for the simulator, and cannot be watched.`);
  }
  const threads = new PlanThreads(1);
  const block = terminal.out.canRedraw ? new LiveBlock(terminal.out) : undefined;
  try {
    await interruptible(async signal => {
      signal.addEventListener('abort', () => void threads.close());
      await watchRun(scenario, flags, threads, {
        preparing: label => block?.draw([`  before it: ${displayText(label)}`]),
        second: (label, second) => {
          if (block === undefined) void terminal.out.line(describeSecond(second));
          else block.draw(drawSecond(`${scenario.title}: ${label}`, second, terminal.out));
        },
        done: async (label, record) => {
          block?.erase();
          await terminal.out.line(`${scenario.title}: ${label}`);
          await terminal.out.line(`  ${describeRun(runFigures(record))}`);
        },
      });
    });
  } catch (error) {
    if (!(error instanceof SwarmlineError && error.code === 'ABORTED')) throw error;
    terminal.exitStatus = INTERRUPTED;
  } finally {
    block?.close();
    await threads.close();
  }
}

interface Seen {
  preparing(label: string): void;
  second(label: string, second: WatchedSecond): void;
  done(label: string, record: RunRecord): Promise<void>;
}

/** The run that the scenario wants pictured; what comes before it is run unseen, for the scenario builds upon it. */
async function watchRun(
  scenario: Scenario,
  flags: WatchFlags,
  threads: PlanThreads,
  seen: Seen,
): Promise<void> {
  const { seed, speed, full } = flags;
  const seenAll = new SeenAll();
  const sim: RunPlan = async (plan, options) => {
    const label = options.name.slice(scenario.name.length + 2);
    if (!options.isPictured) {
      seen.preparing(label);
      return threads.run({ way: 'sim', plan, options });
    }
    const job = {
      way: 'sim',
      plan,
      options: { ...options, isPictured: false },
      secondMs: 1000 / speed,
    } as const;
    await seen.done(label, await threads.run(job, second => seen.second(label, second)));
    throw seenAll;
  };
  const model: RunPlan = (plan, options) => threads.run({ way: 'model', plan, options });
  try {
    await runScenario(scenario, {
      way: 'sim',
      size: full === true ? 'full' : 'quick',
      seeds: [seed],
      changed: changedBy(flags),
      ways: { sim, model },
      now: () => performance.now(),
    });
  } catch (error) {
    if (error !== seenAll) throw error;
  }
}

/** What there was to be seen was seen: the rest of the scenario is not run. */
class SeenAll extends Error {}
