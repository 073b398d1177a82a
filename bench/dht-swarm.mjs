// The DHT under churn with liars in it, in virtual time: `node bench/dht-swarm.mjs [--nodes N] [--minutes N] [--seed N] [--hostile 0.1]
// [--leaving 0.2]`. How many of the announced peers are found, and how many hops away a target is. The same by its seed.

import './help.mjs';
import { parseArgs } from 'node:util';
import { churn, describeChurn } from '../dist/lab/dht/churn.js';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    hostile: { type: 'string', default: '0.1' },
    leaving: { type: 'string', default: '0.2' },
    torrents: { type: 'string', default: '50' },
    lookups: { type: 'string', default: '500' },
  },
});
const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const start = performance.now();
const figures = churn(numbers);
console.log(`${values.nodes} nodes, seed ${values.seed}: ${describeChurn(figures)}`);
console.log(`(${((performance.now() - start) / 1000).toFixed(0)} s)`);
