// Magnet links of v2 and hybrid torrents with libtorrent, which is the other program that has BEP 52: each way, by each
// hash alone. The pieces are many and small, so that layers come in several chunks, and one chunk has a single hash.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { noise } from '../torrents.ts';
import { libtorrentPython } from './libtorrent.ts';
import { freePort, interopTest, temporaryFolder } from './peers.ts';
import { startScriptedPeer } from './scripted-peer.ts';
import { get, SwarmlineProcess } from './swarmline-process.ts';
import { treeOf } from './trees.ts';

const python = libtorrentPython();

interface Kind {
  readonly name: string;
  readonly version: string;
  /** What is left of the magnet link. */
  readonly linkOf: (magnet: string) => string;
}

const topic = (kind: string) => (magnet: string) =>
  `magnet:?${new RegExp(`xt=urn:${kind}:[0-9a-f]+`).exec(magnet)![0]}`;

const KINDS: readonly Kind[] = [
  { name: 'a v2 torrent', version: 'v2', linkOf: magnet => magnet },
  { name: 'a hybrid by both hashes', version: 'hybrid', linkOf: magnet => magnet },
  { name: 'a hybrid by the hash of v1 alone', version: 'hybrid', linkOf: topic('btih') },
  { name: 'a hybrid by the hash of v2 alone', version: 'hybrid', linkOf: topic('btmh') },
];

describe('libtorrent', () => {
  for (const { name, version, linkOf } of KINDS) {
    interopTest(`fetches ${name} from us`, [python], async () => {
      const { parent, root, torrent, magnet } = await create(version);
      const port = await freePort();
      const seed = new SwarmlineProcess(['seed', torrent, '--data', parent, '--port', `${port}`]);
      await seed.said(/^✓ Seeding/m);
      const folder = temporaryFolder();
      const wish = { magnet: linkOf(magnet), folder, peers: [['127.0.0.1', port]] as const };
      await startScriptedPeer(python, 'libtorrent-peer.py', wish).said('complete');
      expect(treeOf(join(folder, 'tree'))).toEqual(treeOf(root));
    });

    interopTest(`gives us ${name}`, [python], async () => {
      const { parent, root, torrent, magnet } = await create(version);
      const peer = startScriptedPeer(python, 'libtorrent-peer.py', { torrent, folder: parent });
      const { port } = await peer.said('port');
      await peer.said('complete');
      const folder = temporaryFolder();
      const ours = get(linkOf(magnet), folder, ['--no-seed', '--peer', `127.0.0.1:${port}`]);
      expect(await ours.ended(), ours.transcript()).toBe(0);
      expect(treeOf(join(folder, 'tree'))).toEqual(treeOf(root));
    });
  }
});

/** Files of one piece, some, one chunk and one piece, and two chunks. */
async function create(version: string) {
  const parent = temporaryFolder();
  const root = join(parent, 'tree');
  mkdirSync(root);
  const lengths = { a: 100_000, b: 513 * 16_384 - 9, c: 700 * 16_384 - 1000, d: 5, e: 16_384, f: 32_768 };
  for (const [i, [name, length]] of Object.entries(lengths).entries())
    writeFileSync(join(root, name), noise(length, i));
  const torrent = join(temporaryFolder(), 'made.torrent');
  const options = ['--version', version, '--piece-length', '16K'];
  const made = new SwarmlineProcess(['create', root, '-o', torrent, ...options]);
  expect(await made.ended(), made.transcript()).toBe(0);
  const link = new SwarmlineProcess(['magnet', torrent]);
  expect(await link.ended(), link.transcript()).toBe(0);
  return { parent, root, torrent, magnet: link.out.trim() };
}
