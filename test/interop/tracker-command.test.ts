// `swarmline tracker` as it is run, with libtorrent and aria2 over HTTP: they know each other by nothing else, and fetch the
// torrent file from it too. (Transmission is in tracker-http.test.ts, WebTorrent in webtorrent-ws.test.ts.)

import { copyFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { libtorrentPython } from './libtorrent.ts';
import { foreignProgram, freePort, interopTest, start, temporaryFolder } from './peers.ts';
import { startScriptedPeer } from './scripted-peer.ts';
import { SwarmlineProcess } from './swarmline-process.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const libtorrent = libtorrentPython();
const aria2 = foreignProgram('aria2c');
// libtorrent does not ask trackers of this machine otherwise, and announces at its own pace.
const SETTINGS = { ssrf_mitigation: false, announce_to_all_trackers: true, min_announce_interval: 1 };

for (const version of ['v1', 'hybrid']) {
  interopTest(`two libtorrent peers exchange a ${version} torrent by it`, [libtorrent], async () => {
    const { torrent, root } = await trackedTorrent(version);
    const seed = startScriptedPeer(libtorrent, 'libtorrent-peer.py', {
      ...{ torrent, folder: dirname(root), settings: SETTINGS },
    });
    await seed.said('complete');
    const folder = temporaryFolder();
    const leecher = startScriptedPeer(libtorrent, 'libtorrent-peer.py', {
      torrent,
      folder,
      settings: SETTINGS,
    });
    await leecher.said('complete');
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });
}

interopTest(
  'aria2 fetches the torrent from it, and the data from libtorrent',
  [libtorrent, aria2],
  async () => {
    const { torrent, root, address } = await trackedTorrent('v1');
    const seed = startScriptedPeer(libtorrent, 'libtorrent-peer.py', {
      ...{ torrent, folder: dirname(root), settings: SETTINGS },
    });
    await seed.said('complete');
    const folder = temporaryFolder();
    const leecher = start(aria2, [
      ...['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'],
      ...['--enable-peer-exchange=false', `--listen-port=${await freePort()}`, '--seed-time=0'],
      ...['--follow-torrent=mem', `--dir=${folder}`, address],
    ]);
    expect(await leecher.exited, leecher.output()).toBe(0);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  },
);

/** A tracker that serves a folder, a tree of files, and a torrent of it in that folder. */
async function trackedTorrent(version: string) {
  const served = temporaryFolder();
  const tracker = new SwarmlineProcess([
    ...['tracker', '--host', '127.0.0.1', '--port', '0', '--torrents', served],
  ]);
  const [url] = await tracker.said(/^http:\S+/m);
  const root = makeTree(temporaryFolder(), { isPlain: true });
  const torrent = join(temporaryFolder(), 'made.torrent');
  const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', version, '-t', url]);
  expect(await made.ended(), made.transcript()).toBe(0);
  copyFileSync(torrent, join(served, 'made.torrent'));
  tracker.signal('SIGHUP');
  await tracker.said(/read anew/, 'err');
  return { torrent, root, address: url.replace('/announce', '/torrents/made.torrent') };
}
