// By how much the lab's coarse model is off: the same plan in the model and in the simulator, over the compiled code in dist.
//
//   node test/model-error.mjs --peers 100 --seeds 2       two minutes; a thousand peers some for each seed
//   --mib N          the file, 16 by itself              --kib N    its pieces, 64 by itself
//   node test/model-error.mjs --table --seeds 2           the rows of docs/lab.md, five minutes

import { parseArgs } from 'node:util';

const { modelRunPlan } = await import('../dist/lab/model/run-plan.js');
const { compareWithSim, formatComparison } = await import('../dist/lab/model/validation.js');
const { simRunPlan } = await import('../dist/lab/sim/plan-run.js');
const { seedAndLeechers } = await import('../dist/lab/scenarios/parts.js');

const { values: options } = parseArgs({
  options: {
    peers: { type: 'string', default: '32' },
    seeds: { type: 'string', default: '1' },
    mib: { type: 'string', default: '16' },
    kib: { type: 'string', default: '64' },
    table: { type: 'boolean', default: false },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const ms = { model: 0, sim: 0 };

if (options.table) {
  console.log(
    '| N | file | last one done: model, simulator | off | on average, off | copies that the seed sent: model, simulator |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const [peers, mib] of rows()) console.log(rowOf(peers, mib, await compare(peers, mib)));
} else {
  const found = await compare(options.peers, options.mib);
  console.log(
    `${options.peers} leechers, ${options.mib} MiB in pieces of ${options.kib} KiB, model / simulator:`,
  );
  console.log(formatComparison(found));
}
console.log(
  `The model took ${(ms.model / 1000).toFixed(1)} s, the simulator ${(ms.sim / 1000).toFixed(1)} s.`,
);

function compare(peers, mib) {
  const content = { length: Number(mib) * 1_048_576, pieceLength: Number(options.kib) * 1024 };
  return compareWithSim(seedAndLeechers(content, Number(peers)), seeds, {
    model: timed('model', modelRunPlan),
    sim: timed('sim', simRunPlan),
  });
}

function timed(name, run) {
  return async (plan, of) => {
    const from = performance.now();
    const record = await run(plan, of);
    ms[name] += performance.now() - from;
    return record;
  };
}

function rowOf(peers, mib, found) {
  const of = name => found.find(({ figure }) => figure === name);
  const [last, average, copies] = [of('makespanMs'), of('meanMs'), of('seedCopies')];
  const seconds = value => `${(value / 1000).toFixed(1)} s`;
  const off = ({ off: share }) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
  const cells = [
    peers,
    `${mib} MiB`,
    `${seconds(last.model)}, ${seconds(last.sim)}`,
    off(last),
    off(average),
    `${copies.model.toFixed(2)}, ${copies.sim.toFixed(2)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Those of docs/lab.md: peers, and the file in MiB. */
function rows() {
  return [
    [16, 16],
    [24, 16],
    [32, 16],
    [100, 16],
    [24, 8],
    [32, 8],
  ];
}
