// `swarmline tracker probe` over UDP, with a small tracker that was written from the BEPs alone.

import { expect, test } from 'vitest';
import { swarmline } from './command-line.ts';
import { TestUdpTracker } from './udp-tracker.ts';

test('asks a UDP tracker, and hands it the path of the URL', async () => {
  const tracker = await TestUdpTracker.start();
  const { out } = await swarmline(['tracker', 'probe', `udp://127.0.0.1:${tracker.port}/key/announce`]);
  expect(out).toMatch(/^✓ connect +[\d.]+ ms {2}It gives a connection id\.$/m);
  expect(out).toContain('A second peer is told of the first.');
  expect(out).toContain('1 seed, 1 leecher, ');
  expect(tracker.announces.map(({ event, urlData }) => `${event} ${urlData}`)).toEqual([
    ...['started /key/announce', 'started /key/announce', 'stopped /key/announce', 'stopped /key/announce'],
  ]);
});

test('a refusal by UDP is told', async () => {
  const tracker = await TestUdpTracker.start();
  tracker.refusal = 'Not today.';
  const { out } = await swarmline(['tracker', 'probe', `udp://127.0.0.1:${tracker.port}`]);
  expect(out).toContain('It refuses: Not today.');
});
