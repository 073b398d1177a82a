// `swarmline tracker probe` at bittorrent-tracker's server, by which WebTorrent's protocol is defined: nothing there is blamed that
// its own clients live with.

import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { swarmline } from '../command-line.ts';
import { interopTest, start } from './peers.ts';
import { webtorrentNode } from './webtorrent-node.ts';

const node = webtorrentNode();

interopTest(
  'a probe by WebSocket finds bittorrent-tracker right, and says what it lets through',
  [node],
  async () => {
    const url = `ws://127.0.0.1:${await startTracker()}`;
    const { out, status } = await swarmline(['tracker', 'probe', url, '--json']);
    const findings = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { what: string; state: string });
    expect(findings.map(({ what, state }) => `${what} ${state}`)).toEqual([
      ...['connect good', 'announce good', 'interval good', 'peers good', 'self good', 'answer good'],
      // It passes any answer on to the peer that is named.
      ...['forgery note', 'scrape good', 'nonsense good', 'leaving good'],
    ]);
    expect(status).toBe(0);
  },
);

interopTest('and so does one by HTTP', [node], async () => {
  const url = `http://127.0.0.1:${await startTracker()}/announce`;
  const { out, status } = await swarmline(['tracker', 'probe', url]);
  expect(out).toContain('A second peer is told of the first.');
  expect(status).toBe(0);
});

async function startTracker(): Promise<number> {
  const script = fileURLToPath(new URL('webtorrent/tracker.mjs', import.meta.url));
  const tracker = start(node, [script]);
  const said = /\{"port":(\d+)\}/;
  await expect.poll(() => tracker.output(), { timeout: 10_000 }).toMatch(said);
  return Number(said.exec(tracker.output())![1]);
}
