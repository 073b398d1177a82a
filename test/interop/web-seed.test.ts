// `swarmline create --web-seed` and `swarmline get` as strangers use them: a folder comes from a web server that knows
// nothing of torrents, without a peer or a tracker; and trackers by UDP are asked from the command line.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import { TestUdpTracker } from '../udp-tracker.ts';
import { WebServer } from '../web-server.ts';
import { temporaryFolder } from './peers.ts';
import { get, SwarmlineProcess } from './swarmline-process.ts';

const data = seededRandom(1).fill(new Uint8Array(2_500_000));

for (const version of ['v1', 'hybrid']) {
  it(`a file comes from a web seed alone, as ${version}`, async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'film #1.mkv'), data);
    const server = await WebServer.start({ files: new Map([['/pub/film #1.mkv', data]]) });
    const torrent = join(folder, 'film.torrent');
    const create = ['create', join(folder, 'film #1.mkv'), '-o', torrent, '--version', version];
    expect(await new SwarmlineProcess([...create, '--web-seed', `${server.url}/pub/`]).exited).toBe(0);
    const output = temporaryFolder();
    const getting = get(torrent, output, ['--no-seed']);
    expect(await getting.exited, getting.transcript()).toBe(0);
    expect(Buffer.compare(readFileSync(join(output, 'film #1.mkv')), data)).toBe(0);
  });
}

it('two find each other by a tracker that is asked by UDP', async () => {
  const tracker = await TestUdpTracker.start();
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'film.mkv'), data);
  const url = `udp://127.0.0.1:${tracker.port}/announce`;
  const sharing = new SwarmlineProcess([
    'share',
    join(folder, 'film.mkv'),
    '--tracker',
    url,
    '--bind',
    '127.0.0.1',
  ]);
  const [magnet] = await sharing.said(/magnet:\?\S+/);
  // Without the peer that the link names: the tracker is to tell it.
  const found = magnet.replaceAll(/&x\.pe=[^&]*/g, '');
  await expect.poll(() => tracker.announces.length, { timeout: 10_000 }).toBeGreaterThan(1);
  const output = temporaryFolder();
  const getting = get(found, output, ['--no-seed', '--bind', '127.0.0.1']);
  expect(await getting.exited, getting.transcript()).toBe(0);
  expect(Buffer.compare(readFileSync(join(output, 'film.mkv')), data)).toBe(0);
});
