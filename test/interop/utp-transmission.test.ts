// uTP (BEP 29) with Transmission, each way. Our end does not use TCP: a transfer that ends well went by uTP. A file of its own,
// that it may run beside the others: Transmission looks every ten seconds whom to unchoke.

import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { get, share } from './swarmline-process.ts';
import { create, isThere, saved, startTransmission, transmission, until } from './transfer-peers.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

const OURS = ['--transport', 'utp'];
const THEIRS = { utp: true };

interopTest('Transmission gives by uTP what it seeds', [transmission], async () => {
  const root = makeTree(temporaryFolder(), { length: 4_000_000, isPlain: true });
  const { torrent } = await create(root, 'v1');
  const { port } = await startTransmission(torrent, dirname(root), THEIRS);
  const folder = temporaryFolder();
  const getting = get(torrent, folder, ['--no-seed', '--peer', `127.0.0.1:${port}`, ...OURS]);
  expect(await getting.ended(50_000), getting.transcript()).toBe(0);
  expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
});

// It dials nobody on loopback: we dial it, for it announces to the tracker that comes with the share.
interopTest('Transmission fetches by uTP what is shared', [transmission], async () => {
  const root = makeTree(temporaryFolder(), { length: 4_000_000, isPlain: true });
  const sharing = await share([root, '--tracker-port', '0', '--version', 'v1', ...OURS]);
  const folder = temporaryFolder();
  await startTransmission(await saved(sharing.address), folder, THEIRS);
  await until(() => isThere(join(folder, basename(root)), root), sharing.process);
  expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
});
