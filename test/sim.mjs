// The simulator by hand: `npm run sim` lists the trials, `npm run sim -- --trial NAME` runs one, over the compiled
// code in dist. The same seed is the same run; a test that fails prints the line that replays it.
//
//   --trial NAME   which                        --watch     a line for each second of the swarm's time
//   --seed N          the run, 1 by itself         --seeds N   that many runs, from --seed on, and the mean
//   --cpu             how long it took us

import { parseArgs } from 'node:util';

const { TRIALS } = await import('../dist/lab/trials/index.js');
const { watchLine } = await import('../dist/lab/trials/watch.js');

const { values: options } = parseArgs({
  options: {
    trial: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    watch: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
  },
});

const trial = TRIALS.find(({ name }) => name === options.trial);
if (trial === undefined) {
  if (options.trial !== undefined) console.error(`There is no trial "${options.trial}". There are:\n`);
  for (const { name, question } of TRIALS) console.log(`${name.padEnd(22)}${question}`);
  process.exitCode = options.trial === undefined ? 0 : 2;
} else {
  const first = Number(options.seed);
  const ratios = [];
  for (let seed = first; seed < first + Number(options.seeds); seed++) {
    const { figures } = await run(seed);
    if (figures?.ratio !== undefined) ratios.push(figures.ratio);
  }
  if (ratios.length > 1) {
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const worst = Math.max(...ratios);
    console.log(
      `${ratios.length} runs: ${mean.toFixed(3)} × the bound on average, ${worst.toFixed(3)} at worst`,
    );
  }
}

async function run(seed) {
  const before = process.cpuUsage();
  const line = watchLine();
  const watch = options.watch ? swarm => console.log(line(swarm)) : undefined;
  const found = await trial.run({ seed, watch });
  const { lines, swarm } = found;
  for (const text of lines) console.log(`seed ${seed}: ${text}`);
  const { user, system } = process.cpuUsage(before);
  const cost = options.cpu ? `, ${((user + system) / 1e6).toFixed(1)} s of CPU time` : '';
  console.log(`seed ${seed}: trace ${swarm.world.trace.hash}, ${swarm.world.eventCount} events${cost}`);
  return found;
}
