// `swarmline lab`: swarms to watch, to measure and to hold against theory. Each subcommand is named here with its options; what
// it does is in lab/, loaded when it is run.

import type { Command } from 'commander';
import type { ReportFlags } from '../lab/report.ts';
import type { RunFlags } from '../lab/run.ts';
import type { ShowFlags } from '../lab/show.ts';
import type { WatchFlags } from '../lab/watch.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { newGroup } from '../new-group.ts';
import * as values from '../option-values.ts';
import type { Terminal } from '../terminal.ts';

export function command(terminal: Terminal): Command {
  const lab = newGroup(
    terminal,
    'lab',
    'Swarms to watch, to measure and to hold against theory: real sessions on a virtual network, or real processes.',
  );
  lab
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(runCommand(terminal))
    .addCommand(reportCommand(terminal))
    .addCommand(watchCommand(terminal));
  return addExamples(lab, terminal, [
    ['swarmline lab list', 'the questions that it answers'],
    ['swarmline lab run scaling --quick', 'a swarm against a server, in half a minute'],
    ['swarmline lab run all', 'every scenario in the simulator, most of it five times'],
    ['swarmline lab report -o report', 'what came of it, as a page and as text'],
  ]);
}

function listCommand(terminal: Terminal): Command {
  return newCommand(terminal, 'lab list', 'The scenarios, with the question of each.')
    .name('list')
    .option('--json', 'print JSON for a program')
    .action(async flags => (await import('../lab/list.ts')).list(flags, terminal));
}

function showCommand(terminal: Terminal): Command {
  const show = newCommand(
    terminal,
    'lab show',
    'Show a scenario: what is set up, what theory expects, and what of it can be changed.',
  )
    .name('show')
    .argument('<name>', 'the scenario')
    .option('-q, --quick', 'as "lab run --quick" has it')
    .option('--field', 'as it is with real processes')
    .action(async (name: string, flags: ShowFlags) =>
      (await import('../lab/show.ts')).show(name, flags, terminal),
    );
  return addExamples(show, terminal, [
    ['swarmline lab show super-seeding', 'one seed, sixteen peers, and what can be changed'],
  ]);
}

function runCommand(terminal: Terminal): Command {
  const run = newCommand(
    terminal,
    'lab run',
    'Carry out scenarios. Exits with 0 only if every line is passed.',
  );
  run
    .name('run')
    .argument('<names...>', 'which of them, or "all"')
    .option('-q, --quick', 'smaller swarms and fewer runs: a first look')
    .option('--field', 'with real processes in networks of their own; needs Linux and root')
    .option(
      '--seeds <count>',
      'runs of each, from which the margins come (default: 5, quick 2)',
      values.positiveCount,
    )
    .option('--first-seed <number>', 'the seed of the first run; the others follow', values.positiveCount, 1)
    .option(
      '-j, --jobs <count>',
      'runs at a time, in the simulator (default: one for each core)',
      values.positiveCount,
    )
    .option('-o, --out <folder>', 'where the results are kept, for "swarmline lab report"', 'lab-results')
    .option('--no-save', 'keep nothing')
    .option('--json', 'print JSON for a program, a line for each scenario')
    .action(async (names: readonly string[], flags: RunFlags) =>
      (await import('../lab/run.ts')).run(names, flags, terminal),
    );
  return addExamples(addChanges(run), terminal, [
    ['swarmline lab run churn free-riders --quick', 'two of them, small'],
    ['swarmline lab run super-seeding --peers 40 --up 500K', 'with more peers, on faster lines'],
    ['sudo swarmline lab run scaling --field', 'real processes, with a cap on every line'],
  ]);
}

function reportCommand(terminal: Terminal): Command {
  const report = newCommand(
    terminal,
    'lab report',
    'Make a page, and Markdown with pictures, of what "lab run" has kept.',
  )
    .name('report')
    .option('--from <folder>', 'where the results are', 'lab-results')
    .option('-o, --out <folder>', 'where the report goes', 'lab-report')
    .action(async (flags: ReportFlags) => (await import('../lab/report.ts')).report(flags, terminal));
  return addExamples(report, terminal, [['swarmline lab report', 'writes lab-report/report.html']]);
}

function watchCommand(terminal: Terminal): Command {
  const watch = newCommand(terminal, 'lab watch', 'Watch a run of a scenario in the simulator, live.');
  watch
    .name('watch')
    .argument('<name>', 'the scenario')
    .option('--speed <factor>', 'seconds of the swarm in a second, at most', values.positiveCount, 4)
    .option('--seed <number>', 'which run: the same seed is the same run', values.positiveCount, 1)
    .option('--full', 'as large as it is measured (default: as with "lab run --quick")')
    .action(async (name: string, flags: WatchFlags) =>
      (await import('../lab/watch.ts')).watch(name, flags, terminal),
    );
  return addExamples(addChanges(watch), terminal, [
    ['swarmline lab watch scaling', 'sixteen peers and one seed'],
  ]);
}

/** What of a scenario can be changed: `parameters` of the lab has the same. */
function addChanges(command: Command): Command {
  return command
    .option('--peers <count>', 'so many leechers, or the most of them', values.positiveCount)
    .option('--length <size>', 'a file of so much', values.byteCount)
    .option('--piece-length <size>', 'in pieces of so much', values.byteCount)
    .option('--up <rate>', 'the uplink of each leecher, in bytes a second', values.rate)
    .option('--down <rate>', 'the downlink of each', values.rate)
    .option('--connections <count>', 'of each peer, at most', values.positiveCount);
}
