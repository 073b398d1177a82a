// Three peers and no tracker: who knows one of them finds the third by peer exchange alone, for the one that it knows gives
// nothing. Told by us to libtorrent, and by libtorrent to us.

import { dirname } from 'node:path';
import { expect } from 'vitest';
import { interopTest, temporaryFolder } from './peers.ts';
import { get } from './swarmline-process.ts';
import { create, python, startLibtorrent } from './transfer-peers.ts';
import { makeTree } from './trees.ts';

const SEED = { close_redundant_connections: false };

interopTest('libtorrent finds a seed by what we tell it', [python], async () => {
  const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
  const { torrent } = await create(root, 'v1');
  const seed = startLibtorrent({ torrent, folder: dirname(root), settings: SEED });
  const { port: seedPort } = await seed.said('port');
  const between = get(torrent, temporaryFolder(), [
    ...['--peer', `127.0.0.1:${seedPort}`, '--limit-down', '1', '--limit-up', '1'],
    ...['--bind', '127.0.0.1', '--json', '--no-resume'],
  ]);
  const [, port] = await between.said(/"event":"start".*"port":(\d+)/);
  await between.said(/"event":"peer-joined"/);
  const other = startLibtorrent({ torrent, folder: temporaryFolder(), peers: [['127.0.0.1', Number(port)]] });
  await other.said('complete');
});

interopTest(
  'we find a seed by what libtorrent tells us',
  [python],
  async () => {
    const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
    const { torrent } = await create(root, 'v1');
    const seed = startLibtorrent({ torrent, folder: dirname(root), settings: SEED });
    const { port: seedPort } = await seed.said('port');
    const between = startLibtorrent({
      torrent,
      folder: dirname(root),
      settings: { ...SEED, unchoke_slots_limit: 0, allowed_fast_set_size: 0 },
      peers: [['127.0.0.1', seedPort!]],
    });
    const { port } = await between.said('port');
    const ours = get(torrent, temporaryFolder(), [
      ...['--peer', `127.0.0.1:${port}`, '--bind', '127.0.0.1', '--no-seed', '--no-resume'],
    ]);
    // It tells once a minute.
    expect(await ours.ended(80_000), ours.transcript()).toBe(0);
  },
  100_000,
);
