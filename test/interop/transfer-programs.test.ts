// `swarmline share` and `swarmline get` with libtorrent, aria2 and Transmission at the other end, on loopback: they fetch
// what we share, and we fetch what they seed. Transmission before 4.0 reads no hybrid and no v2 torrent, and aria2 has a
// wrong info hash for hybrids, whoever made them: both lose the empty key of a file tree. They are asked for v1 alone.

import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { libtorrentPython } from './libtorrent.ts';
import { foreignProgram, freePort, interopTest, start, temporaryFolder } from './peers.ts';
import { type PeerWish, type ScriptedPeer, startScriptedPeer } from './scripted-peer.ts';
import { get, SwarmlineProcess, share } from './swarmline-process.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

const python = libtorrentPython();
const aria2 = foreignProgram('aria2c');
const transmission = foreignProgram('transmission-daemon');

describe('libtorrent', () => {
  for (const version of ['v1', 'v2', 'hybrid']) {
    for (const by of ['torrent', 'magnet'] as const) {
      interopTest(`fetches what we share as ${version}, by ${by}`, [python], async () => {
        const root = makeTree(temporaryFolder());
        const { address, magnet } = await share([root, '--tracker-port', '0', '--version', version]);
        const folder = temporaryFolder();
        const what = by === 'magnet' ? { magnet } : { torrent: await saved(address) };
        const peer = startLibtorrent({ ...what, folder });
        await peer.said('complete');
        expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
      });
    }

    interopTest(`gives us what it seeds as ${version}`, [python], async () => {
      const root = makeTree(temporaryFolder());
      const { torrent, magnet } = await create(root, version);
      const peer = startLibtorrent({ torrent, folder: dirname(root) });
      const { port } = await peer.said('port');
      await peer.said('complete');
      // A magnet link of a v2 torrent alone is not for us yet.
      for (const what of version === 'v2' ? [torrent] : [torrent, magnet]) {
        const folder = temporaryFolder();
        const ours = get(what, folder, ['--no-seed', '--peer', `127.0.0.1:${port}`]);
        expect(await ours.ended(), ours.transcript()).toBe(0);
        expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
      }
    });
  }
});

describe('aria2', () => {
  for (const by of ['torrent', 'magnet'] as const) {
    interopTest(`fetches what we share, by ${by}`, [aria2], async () => {
      const root = makeTree(temporaryFolder());
      const { address, magnet } = await share([root, '--tracker-port', '0', '--version', 'v1']);
      const folder = temporaryFolder();
      const what = by === 'magnet' ? magnet : await saved(address);
      const peer = await startAria2([`--dir=${folder}`, '--seed-time=0', what]);
      expect(await peer.program.exited, peer.program.output()).toBe(0);
      expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
    });
  }

  interopTest('gives us what it seeds', [aria2], async () => {
    const root = makeTree(temporaryFolder(), { isPlain: true });
    const { torrent, magnet } = await create(root, 'v1');
    // A link is a file to it, and not as long as the torrent says.
    const peer = await startAria2([
      ...[`--dir=${dirname(root)}`, '--check-integrity=true', '--seed-ratio=0.0', torrent],
    ]);
    for (const what of [torrent, magnet]) {
      const folder = temporaryFolder();
      const ours = get(what, folder, ['--no-seed', '--peer', `127.0.0.1:${peer.port}`]);
      expect(await ours.ended(25_000), `${ours.transcript()}${peer.program.output()}`).toBe(0);
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    }
  });
});

describe('Transmission', () => {
  // It dials nobody on loopback: we dial it, for it announces to the tracker that comes with the share.
  interopTest('fetches what we share', [transmission], async () => {
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const sharing = await share([root, '--tracker-port', '0', '--version', 'v1']);
    const folder = temporaryFolder();
    await startTransmission(await saved(sharing.address), folder);
    await until(() => isThere(join(folder, basename(root)), root), sharing.process);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });

  interopTest('gives us what it seeds', [transmission], async () => {
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const { torrent } = await create(root, 'v1');
    const { port } = await startTransmission(torrent, dirname(root));
    const folder = temporaryFolder();
    const ours = get(torrent, folder, ['--no-seed', '--peer', `127.0.0.1:${port}`]);
    expect(await ours.ended(50_000), ours.transcript()).toBe(0);
    expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
  });
});

/** A torrent without trackers, and its magnet link. */
async function create(root: string, version: string): Promise<{ torrent: string; magnet: string }> {
  const torrent = join(temporaryFolder(), 'made.torrent');
  const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', version]);
  expect(await made.ended(), made.transcript()).toBe(0);
  const link = new SwarmlineProcess(['magnet', torrent]);
  expect(await link.ended(), link.transcript()).toBe(0);
  return { torrent, magnet: link.out.trim() };
}

async function saved(address: string): Promise<string> {
  const response = await fetch(address);
  const path = join(temporaryFolder(), 'fetched.torrent');
  writeFileSync(path, new Uint8Array(await response.arrayBuffer()));
  return path;
}

function startLibtorrent(wish: PeerWish): ScriptedPeer {
  return startScriptedPeer(python, 'libtorrent-peer.py', wish);
}

async function startAria2(args: readonly string[]) {
  const port = await freePort();
  const quiet = ['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
  const program = start(aria2, [
    ...quiet,
    ...['--enable-peer-exchange=false', `--listen-port=${port}`, '--file-allocation=none', ...args],
  ]);
  return { program, port };
}

async function startTransmission(torrent: string, folder: string) {
  const config = temporaryFolder();
  const port = await freePort();
  const watched = temporaryFolder(); // it renames the torrent files that it finds
  copyFileSync(torrent, join(watched, 'made.torrent'));
  const settings = {
    'pex-enabled': false,
    'rpc-enabled': false,
    encryption: 0,
    'rename-partial-files': false,
  };
  writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
  const quiet = ['--foreground', '--no-dht', '--no-lpd', '--no-utp', '--no-portmap'];
  const places = ['-g', config, '-w', folder, '-c', watched, '-P', String(port)];
  return { program: start(transmission, [...quiet, ...places], { HOME: config }), port };
}

function isThere(copy: string, root: string): boolean {
  try {
    if (readdirSync(copy).length === 0) return false;
    return JSON.stringify(plainTreeOf(copy)) === JSON.stringify(plainTreeOf(root));
  } catch {
    return false;
  }
}

/** Looks again and again: Transmission tells nobody when it is done. */
async function until(isSo: () => boolean, sharing: SwarmlineProcess): Promise<void> {
  const end = performance.now() + 50_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`It took too long. ${sharing.transcript()}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
