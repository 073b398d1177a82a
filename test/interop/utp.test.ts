// uTP (BEP 29) with libtorrent, each way. Neither end may use TCP: a transfer that ends well went by uTP.

import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { get, share } from './swarmline-process.ts';
import { create, python, saved, startLibtorrent } from './transfer-peers.ts';
import { makeTree, treeOf } from './trees.ts';

const UTP_ALONE = {
  enable_incoming_utp: true,
  enable_outgoing_utp: true,
  enable_incoming_tcp: false,
  enable_outgoing_tcp: false,
};
const OURS = ['--transport', 'utp'];
const LENGTH = 8_000_000;

interopTest('libtorrent gives by uTP what it seeds', [python], async () => {
  const root = makeTree(temporaryFolder(), { length: LENGTH });
  const { torrent } = await create(root, 'hybrid');
  const peer = startLibtorrent({ torrent, folder: dirname(root), settings: UTP_ALONE });
  const { port } = await peer.said('port');
  await peer.said('complete');
  const folder = temporaryFolder();
  const getting = get(torrent, folder, ['--no-seed', '--peer', `127.0.0.1:${port}`, ...OURS]);
  expect(await getting.ended(), getting.transcript()).toBe(0);
  expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
});

interopTest('libtorrent dials by uTP and fetches what is shared', [python], async () => {
  const root = makeTree(temporaryFolder(), { length: LENGTH });
  const sharing = await share([root, '--tracker-port', '0', ...OURS]);
  const folder = temporaryFolder();
  const peer = startLibtorrent({ torrent: await saved(sharing.address), folder, settings: UTP_ALONE });
  await peer.said('complete');
  expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
});

interopTest('libtorrent and we encrypt by uTP', [python], async () => {
  const root = makeTree(temporaryFolder());
  const sharing = await share([root, '--tracker-port', '0', ...OURS, '--encryption', 'require']);
  const folder = temporaryFolder();
  const settings = { ...UTP_ALONE, in_enc_policy: 0, out_enc_policy: 0, allowed_enc_level: 2 };
  const peer = startLibtorrent({ torrent: await saved(sharing.address), folder, settings });
  await peer.said('complete');
  expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
});
