// By how much the lab's coarse model is off: the same plan in the model and in the simulator, over the compiled code in dist.
//
//   node test/model-error.mjs --peers 100 --seeds 2       a minute; a thousand peers take half an hour
//   --mib N          the file, 16 by itself              --kib N    its pieces, 64 by itself

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
  },
});
const content = { length: Number(options.mib) * 1_048_576, pieceLength: Number(options.kib) * 1024 };
const plan = seedAndLeechers(content, Number(options.peers));
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const ms = { model: 0, sim: 0 };
const timed = (name, run) => async (plan, of) => {
  const from = performance.now();
  const record = await run(plan, of);
  ms[name] += performance.now() - from;
  return record;
};
const found = await compareWithSim(plan, seeds, {
  model: timed('model', modelRunPlan),
  sim: timed('sim', simRunPlan),
});
console.log(
  `${options.peers} leechers, ${options.mib} MiB in pieces of ${options.kib} KiB, model / simulator:`,
);
console.log(formatComparison(found));
console.log(
  `The model took ${(ms.model / 1000).toFixed(1)} s, the simulator ${(ms.sim / 1000).toFixed(1)} s.`,
);
