// Peers found by the DHT alone: magnets without a tracker, on a private bootstrap of our own on loopback. We fetch what other
// programs seed, and they fetch what we do. (Transmission knows no loopback in its DHT: dht-transmission.test.ts.)

import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dhtRouter } from '../dht-router.ts';
import { freePort, interopTest, start, temporaryFolder } from './peers.ts';
import { get, SwarmlineProcess } from './swarmline-process.ts';
import { aria2, create, python, startLibtorrent } from './transfer-peers.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

/** `swarmline seed` of what lies in `root`; answers when it has all. */
async function seed(torrent: string, root: string, where: string): Promise<SwarmlineProcess> {
  const seeding = new SwarmlineProcess([
    ...['seed', torrent, '-d', dirname(root), '--bind', '127.0.0.1', '--port', '0'],
    ...['--no-resume', '--dht-router', where],
  ]);
  await seeding.said(/Seeding/);
  return seeding;
}

async function expectFetched(magnet: string, root: string, where: string, why: () => string = () => '') {
  const folder = temporaryFolder();
  const args = ['--bind', '127.0.0.1', '--no-seed', '--no-resume', '--dht-router', where];
  const ours = get(magnet, folder, args);
  expect(await ours.ended(50_000), ours.transcript() + why()).toBe(0);
  expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
}

/** What libtorrent has against loopback, and what would hide that it is the DHT that finds. */
const LIBTORRENT_DHT = {
  enable_dht: true,
  dht_restrict_routing_ips: false,
  dht_restrict_search_ips: false,
  dht_ignore_dark_internet: false,
  dht_prefer_verified_node_ids: false,
};

describe('a magnet without a tracker', () => {
  test('is fetched from another process of ours', async () => {
    const where = await dhtRouter();
    const root = makeTree(temporaryFolder());
    const { torrent, magnet } = await create(root, 'hybrid');
    expect(magnet).not.toContain('tr=');
    await seed(torrent, root, where);
    await expectFetched(magnet, root, where);
  }, 60_000);

  for (const version of ['v1', 'v2', 'hybrid']) {
    interopTest(`is fetched from us by libtorrent, ${version}`, [python], async () => {
      const where = await dhtRouter();
      const root = makeTree(temporaryFolder());
      const { torrent, magnet } = await create(root, version);
      await seed(torrent, root, where);
      const folder = temporaryFolder();
      const settings = { ...LIBTORRENT_DHT, dht_bootstrap_nodes: where };
      await startLibtorrent({ magnet, folder, settings }).said('complete');
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    });

    interopTest(`is fetched by us from libtorrent, ${version}`, [python], async () => {
      const where = await dhtRouter();
      const root = makeTree(temporaryFolder());
      const { torrent, magnet } = await create(root, version);
      const settings = { ...LIBTORRENT_DHT, dht_bootstrap_nodes: where };
      await startLibtorrent({ torrent, folder: dirname(root), settings }).said('complete');
      await expectFetched(magnet, root, where);
    });
  }

  interopTest('is fetched from us by aria2', [aria2], async () => {
    const where = await dhtRouter();
    const root = makeTree(temporaryFolder());
    const { torrent, magnet } = await create(root, 'v1');
    await seed(torrent, root, where);
    const folder = temporaryFolder();
    const peer = await startAria2WithDht(where, [`--dir=${folder}`, '--seed-time=0', magnet]);
    expect(await peer.exited, peer.output()).toBe(0);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });

  interopTest('is fetched by us from aria2', [aria2], async () => {
    const where = await dhtRouter();
    const root = makeTree(temporaryFolder(), { isPlain: true });
    const { torrent, magnet } = await create(root, 'v1');
    const kept = [`--dir=${dirname(root)}`, '--check-integrity=true', '--seed-ratio=0.0', torrent];
    const peer = await startAria2WithDht(where, kept);
    await expectFetched(magnet, root, where, peer.output);
  });
});

async function startAria2WithDht(where: string, args: readonly string[]) {
  const folder = temporaryFolder();
  return start(aria2, [
    ...['--no-conf', '--enable-dht=true', '--enable-dht6=false', '--bt-enable-lpd=false'],
    ...[
      '--enable-peer-exchange=false',
      '--file-allocation=none',
      `--dht-file-path=${join(folder, 'dht.dat')}`,
    ],
    ...[`--listen-port=${await freePort()}`, `--dht-listen-port=${await freePort()}`],
    ...[`--dht-entry-point=${where}`, '--interface=127.0.0.1', ...args],
  ]);
}
