// `swarmline share` and `swarmline get` with WebTorrent at the other end, over TCP on loopback. It knows v1 alone, and takes
// a hybrid for that; it needs Node 22.

import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { startScriptedPeer } from './scripted-peer.ts';
import { get, SwarmlineProcess, share } from './swarmline-process.ts';
import { makeTree, plainTreeOf } from './trees.ts';
import { WEBTORRENT_SCRIPT, webtorrentNode } from './webtorrent-node.ts';

const webtorrent = webtorrentNode();

describe('WebTorrent', () => {
  for (const version of ['v1', 'hybrid']) {
    for (const by of ['torrent', 'magnet'] as const) {
      interopTest(`fetches what we share as ${version}, by ${by}`, [webtorrent], async () => {
        const root = makeTree(temporaryFolder(), { isPlain: true });
        const { address, magnet } = await share([root, '--tracker-port', '0', '--version', version]);
        const folder = temporaryFolder();
        const peer = startScriptedPeer(webtorrent, WEBTORRENT_SCRIPT, {
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
    const peer = startScriptedPeer(webtorrent, WEBTORRENT_SCRIPT, { torrent, folder: dirname(root) });
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
