// Rate limits on real sockets and a real clock, for as long as a test may take: how long a few megabytes need at a rate.
// The ten seconds of the promise, on the virtual clock, are in limits.test.ts; on the real one, in bench/limits.mjs.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { noise, torrentOf } from './torrents.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const LENGTH = 3_000_000;
const TORRENT = torrentOf([{ path: [], data: noise(LENGTH, 1) }], { name: 'film', pieceLength: 65_536 });

it('downloads at the rate that is set', async () => {
  const seed = await peer({}, true);
  const leech = await peer({ downloadBytesPerSecond: LENGTH }, false);
  expectAbout(await msFor(leech, [seed]), 1000);
});

it('downloads at the rate that is set by uTP', async () => {
  const transports = ['utp'] as const;
  const seed = await peer({ transports }, true);
  const leech = await peer({ transports, downloadBytesPerSecond: LENGTH }, false);
  expectAbout(await msFor(leech, [seed]), 1000);
});

it('uploads at the rate that is set, to two at a time', async () => {
  const seed = await peer({ uploadBytesPerSecond: 2 * LENGTH }, true);
  const leeches = [await peer({}, false), await peer({}, false)];
  const times = await Promise.all(leeches.map(leech => msFor(leech, [seed])));
  // Whoever is met first has all of it until the other one comes: together they take so long.
  expectAbout(Math.max(...times), 1000);
});

/** A busy machine may take longer. It is never faster but for what was saved at the beginning: a tenth of a second's worth. */
function expectAbout(ms: number, right: number): void {
  expect(ms).toBeGreaterThan(right - 130);
  expect(ms).toBeLessThan(2 * right);
}

interface TestPeer {
  readonly torrent: SessionTorrent;
  readonly address: { readonly host: string; readonly port: number };
}

/** From the moment at which it knows them. */
async function msFor({ torrent }: TestPeer, seeds: readonly TestPeer[]): Promise<number> {
  const done = new Promise<void>((resolve, reject) => {
    torrent.on('complete', () => resolve());
    torrent.on('error', reject);
  });
  const begin = performance.now();
  torrent.peersFound(
    seeds.map(seed => seed.address),
    'user',
  );
  await done;
  return performance.now() - begin;
}

async function peer(options: SessionOptions, isSeed: boolean): Promise<TestPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  if (isSeed) await writeFile(join(folder, 'film'), TORRENT.files[0]!.data);
  const host = nodeHost();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, ...options }, host);
  cleanUps.push(async () => {
    await session.close();
    await host.disk.close();
  });
  const address = await session.listen();
  const torrent = session.add({ info: TORRENT.metainfo, downloadDir: folder });
  await new Promise(resolve => torrent.on('ready', resolve));
  return { torrent, address: address! };
}
