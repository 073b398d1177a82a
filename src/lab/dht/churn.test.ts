// The DHT under churn with liars in it, small: `node bench/dht-swarm.mjs` is the same with 5,000 nodes.

import { expect, it } from 'vitest';
import { churn, describeChurn } from './churn.ts';

it('has 99 % of the announced peers found, with a fifth of all nodes leaving each ten minutes and a tenth hostile', () => {
  const figures = churn({ seed: 1, nodes: 100, minutes: 10, lookups: 50, torrents: 8 });
  console.log(describeChurn(figures));
  expect(figures.lookups).toBeGreaterThan(45);
  expect(figures.foundShare).toBeGreaterThanOrEqual(0.99);
  expect(figures.hopsMedian).toBeLessThanOrEqual(6);
  expect(figures.datagramsPerNodeMinute).toBeLessThan(60);
}, 120_000);
