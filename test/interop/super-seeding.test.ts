// `swarmline share --super-seed` with libtorrent, aria2 and Transmission as receivers, on loopback: alone, where all there is
// to see is what they themselves have got; and several at a time, who must pass on what they were shown.

import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { share } from './swarmline-process.ts';
import {
  aria2,
  isThere,
  python,
  saved,
  startAria2,
  startLibtorrent,
  startTransmission,
  transmission,
  until,
} from './transfer-peers.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

const SHARE = ['--tracker-port', '0', '--version', 'v1', '--super-seed'];

describe('a super-seed', () => {
  interopTest('gives libtorrent everything, alone', [python], async () => {
    const root = makeTree(temporaryFolder());
    const { address } = await share([root, ...SHARE]);
    const folder = temporaryFolder();
    await startLibtorrent({ torrent: await saved(address), folder }).said('complete');
    expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
  });

  interopTest('gives aria2 everything, alone', [aria2], async () => {
    const root = makeTree(temporaryFolder());
    const { address } = await share([root, ...SHARE]);
    const folder = temporaryFolder();
    const peer = await startAria2([`--dir=${folder}`, '--seed-time=0', await saved(address)]);
    expect(await peer.program.exited, peer.program.output()).toBe(0);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });

  interopTest('gives Transmission everything, alone', [transmission], async () => {
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const sharing = await share([root, ...SHARE]);
    const folder = temporaryFolder();
    await startTransmission(await saved(sharing.address), folder);
    await until(() => isThere(join(folder, basename(root)), root), sharing.process);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });

  interopTest('gives several of them everything', [python, aria2], async () => {
    const root = makeTree(temporaryFolder(), { length: 6_000_000 });
    const torrent = await saved((await share([root, ...SHARE])).address);
    const folders = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    const peers = folders.slice(0, 2).map(folder => startLibtorrent({ torrent, folder }));
    const last = await startAria2([`--dir=${folders[2]}`, '--seed-time=0', torrent]);
    for (const peer of peers) await peer.said('complete');
    expect(await last.program.exited, last.program.output()).toBe(0);
    for (const folder of folders)
      expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
  });
});
