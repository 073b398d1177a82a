// WebTorrent at our tracker by WebSocket: two peers that know each other by nothing else exchange a torrent over WebRTC. It
// needs Node 22.

import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { startScriptedPeer } from './scripted-peer.ts';
import { SwarmlineProcess } from './swarmline-process.ts';
import { makeTree, plainTreeOf } from './trees.ts';
import { WEBTORRENT_SCRIPT, webtorrentNode } from './webtorrent-node.ts';

const webtorrent = webtorrentNode();

interopTest('two WebTorrent peers find each other by our tracker over WebSocket', [webtorrent], async () => {
  const tracker = new SwarmlineProcess(['tracker', '--host', '127.0.0.1', '--port', '0']);
  const [url] = await tracker.said(/^ws:\S+/m);
  const root = makeTree(temporaryFolder(), { isPlain: true });
  const torrent = join(temporaryFolder(), 'made.torrent');
  const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', 'v1', '-t', url]);
  expect(await made.ended(), made.transcript()).toBe(0);

  const seed = startScriptedPeer(webtorrent, WEBTORRENT_SCRIPT, { torrent, folder: dirname(root) });
  await seed.said('complete');
  const folder = temporaryFolder();
  const leecher = startScriptedPeer(webtorrent, WEBTORRENT_SCRIPT, { torrent, folder });
  await leecher.said('complete');
  expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  expect(await tracker.interrupted(), tracker.transcript()).toBe(0);
});
