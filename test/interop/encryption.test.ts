// Message Stream Encryption with libtorrent and aria2, each way (Transmission: encryption-transmission.test.ts). Whoever demands
// it refuses everything else, so that a transfer that ends well was encrypted.

import { basename, dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { get, share } from './swarmline-process.ts';
import { aria2, create, python, saved, startAria2, startLibtorrent } from './transfer-peers.ts';
import { makeTree, plainTreeOf, treeOf } from './trees.ts';

describe('libtorrent', () => {
  // Policies: 0 forced, 1 enabled, 2 disabled. Levels: 1 plaintext behind a hidden handshake, 2 RC4, 3 both.
  const settings = (policy: number, level: number) => ({
    in_enc_policy: policy,
    out_enc_policy: policy,
    allowed_enc_level: level,
  });

  for (const [what, policy, level, ours] of [
    ['demands RC4', 0, 2, 'allow'],
    ['demands a hidden handshake alone', 0, 1, 'allow'],
    ['may do either', 1, 3, 'require'],
    ['knows no encryption', 2, 3, 'prefer'],
  ] as const) {
    interopTest(`that ${what} gives what it seeds to one with "${ours}"`, [python], async () => {
      const root = makeTree(temporaryFolder());
      const { torrent } = await create(root, 'hybrid');
      const peer = startLibtorrent({ torrent, folder: dirname(root), settings: settings(policy, level) });
      const { port } = await peer.said('port');
      await peer.said('complete');
      const folder = temporaryFolder();
      const args = ['--no-seed', '--peer', `127.0.0.1:${port}`, '--encryption', ours];
      const getting = get(torrent, folder, args);
      expect(await getting.ended(), getting.transcript()).toBe(0);
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    });

    interopTest(`that ${what} fetches what is shared with "${ours}"`, [python], async () => {
      const root = makeTree(temporaryFolder());
      const { address } = await share([root, '--tracker-port', '0', '--encryption', ours]);
      const folder = temporaryFolder();
      const torrent = await saved(address);
      const peer = startLibtorrent({ torrent, folder, settings: settings(policy, level) });
      await peer.said('complete');
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    });
  }
});

describe('aria2', () => {
  for (const [what, option, ours] of [
    ['demands RC4', '--bt-force-encryption=true', 'allow'],
    ['demands a hidden handshake', '--bt-require-crypto=true', 'allow'],
    ['may do either', '--bt-require-crypto=false', 'require'],
    ['may do either', '--bt-require-crypto=false', 'off'],
  ] as const) {
    interopTest(`that ${what} fetches what is shared with "${ours}"`, [aria2], async () => {
      const root = makeTree(temporaryFolder(), { isPlain: true });
      const sharing = await share([root, '--tracker-port', '0', '--version', 'v1', '--encryption', ours]);
      const folder = temporaryFolder();
      const torrent = await saved(sharing.address);
      const peer = await startAria2([`--dir=${folder}`, '--seed-time=0', option, torrent]);
      expect(await peer.program.exited, peer.program.output()).toBe(0);
      expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
    });

    interopTest(`that ${what} gives what it seeds to one with "${ours}"`, [aria2], async () => {
      const root = makeTree(temporaryFolder(), { isPlain: true });
      const { torrent } = await create(root, 'v1');
      const peer = await startAria2([
        ...[`--dir=${dirname(root)}`, '--check-integrity=true', '--seed-ratio=0.0', option, torrent],
      ]);
      const folder = temporaryFolder();
      const args = ['--no-seed', '--peer', `127.0.0.1:${peer.port}`, '--encryption', ours];
      const getting = get(torrent, folder, args);
      expect(await getting.ended(25_000), `${getting.transcript()}${peer.program.output()}`).toBe(0);
      expect(treeOf(join(folder, basename(root)))).toEqual(treeOf(root));
    });
  }
});
