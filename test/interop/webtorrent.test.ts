// `swarmline share` and `swarmline get` with WebTorrent at the other end, over TCP on loopback. It knows v1 alone, and takes
// a hybrid for that; it needs Node 22.

import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { type ForeignProgram, interopTest, temporaryFolder } from './peers.ts';
import { startScriptedPeer } from './scripted-peer.ts';
import { get, SwarmlineProcess, share } from './swarmline-process.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const webtorrent = webtorrentNode();

describe('WebTorrent', () => {
  for (const version of ['v1', 'hybrid']) {
    for (const by of ['torrent', 'magnet'] as const) {
      interopTest(`fetches what we share as ${version}, by ${by}`, [webtorrent], async () => {
        const root = makeTree(temporaryFolder(), { isPlain: true });
        const { address, magnet } = await share([root, '--tracker-port', '0', '--version', version]);
        const folder = temporaryFolder();
        const peer = startScriptedPeer(webtorrent, SCRIPT, {
          ...(by === 'magnet' ? { magnet } : await torrentAt(address)),
          folder,
        });
        await peer.said('complete');
        expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
      });
    }
  }

  // Of a hybrid it misses the padding files on its own disk, and never takes it for complete.
  interopTest('gives us what it seeds', [webtorrent], async () => {
    const root = makeTree(temporaryFolder(), { isPlain: true });
    const torrent = join(temporaryFolder(), 'made.torrent');
    const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', 'v1']);
    expect(await made.ended(), made.transcript()).toBe(0);
    const peer = startScriptedPeer(webtorrent, SCRIPT, { torrent, folder: dirname(root) });
    const { port } = await peer.said('port');
    await peer.said('complete');
    const folder = temporaryFolder();
    const ours = get(torrent, folder, ['--no-seed', '--peer', `127.0.0.1:${port}`]);
    expect(await ours.ended(), ours.transcript()).toBe(0);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });
});

async function torrentAt(address: string): Promise<{ torrent: string }> {
  const torrent = join(temporaryFolder(), 'fetched.torrent');
  writeFileSync(torrent, new Uint8Array(await (await fetch(address)).arrayBuffer()));
  return { torrent };
}

/** A Node that WebTorrent runs on, where both are here: see `.ci/run`. */
function webtorrentNode(): ForeignProgram {
  const own = Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : undefined;
  const other = fileURLToPath(
    new URL('../../node_modules/.nodes/22/node_modules/node/bin/node', import.meta.url),
  );
  const node = own ?? (existsSync(other) ? other : undefined);
  const isInstalled = existsSync(new URL('webtorrent/node_modules/webtorrent', import.meta.url));
  return { name: 'WebTorrent (on Node 22)', path: isInstalled ? node : undefined };
}

const SCRIPT = 'webtorrent/peer.mjs';
