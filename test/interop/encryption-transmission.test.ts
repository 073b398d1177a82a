// Message Stream Encryption with Transmission, each way. A file of its own, that it may run beside the others: Transmission
// looks every ten seconds whom to unchoke.

import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { get, share } from './swarmline-process.ts';
import { create, isThere, saved, startTransmission, transmission, until } from './transfer-peers.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

for (const [what, theirs, ours] of [
  ['demands encryption', 2, 'allow'],
  ['prefers none', 0, 'require'],
] as const) {
  interopTest(
    `Transmission that ${what} gives what it seeds to one with "${ours}"`,
    [transmission],
    async () => {
      const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
      const { torrent } = await create(root, 'v1');
      const { port } = await startTransmission(torrent, dirname(root), { encryption: theirs });
      const folder = temporaryFolder();
      const args = ['--no-seed', '--peer', `127.0.0.1:${port}`, '--encryption', ours];
      const getting = get(torrent, folder, args);
      expect(await getting.ended(50_000), getting.transcript()).toBe(0);
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    },
  );
}

// It dials nobody on loopback: we dial it, for it announces to the tracker that comes with the share.
interopTest('Transmission that demands encryption fetches what is shared', [transmission], async () => {
  const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
  const sharing = await share([root, '--tracker-port', '0', '--version', 'v1']);
  const folder = temporaryFolder();
  await startTransmission(await saved(sharing.address), folder, { encryption: 2 });
  await until(() => isThere(join(folder, basename(root)), root), sharing.process);
  expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
});
