// Our sessions by way of opentracker, over UDP and over HTTP: they find each other, it counts them, and forgets them when
// they say goodbye.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import { wireInfoHashes } from '../../src/core/metainfo/metainfo.ts';
import { nodeHost } from '../../src/io/node-host.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionTorrent } from '../../src/session/session-torrent.ts';
import { noise, torrentOf } from '../torrents.ts';
import { foreignProgram, freePort, interopTest, start, temporaryFolder } from './peers.ts';

const opentracker = foreignProgram('opentracker');
const film = torrentOf([{ path: [], data: noise(200_000, 1) }], { name: 'film', version: 'hybrid' });

for (const scheme of ['udp', 'http']) {
  interopTest(`two of us find each other by opentracker over ${scheme}`, [opentracker], async () => {
    const port = await startTracker();
    const trackers = [[`${scheme}://127.0.0.1:${port}/announce`]];
    const [seed, leech, guest] = [await open(), await open(), await open()];
    try {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'film'), film.files[0]!.data);
      const shared = seed.session.add({ info: film.metainfo, downloadDir: folder, trackers });
      await until(shared, () => shared.trackers()[0]!.state === 'working');
      // Its counts are those of before the announce.
      expect(await shared.scrape()).toMatchObject({ complete: 1, incomplete: 0 });

      const fetched = leech.session.add({ info: film.metainfo, downloadDir: temporaryFolder(), trackers });
      await new Promise<void>(resolve => fetched.on('complete', () => resolve()));
      await until(fetched, () => fetched.trackers()[0]!.state === 'working');
      expect(await fetched.scrape()).toMatchObject({ complete: 2, incomplete: 0, downloaded: 1 });

      await Promise.all([seed.session.close(), leech.session.close()]);
      const late = guest.session.add({ info: film.metainfo, downloadDir: temporaryFolder(), trackers });
      await until(late, () => late.trackers()[0]!.state === 'working');
      expect(await late.scrape()).toMatchObject({ complete: 0, incomplete: 1 });
    } finally {
      for (const { session, host } of [seed, leech, guest]) {
        await session.close();
        await host.disk.close();
      }
    }
  });
}

async function startTracker(): Promise<number> {
  const port = await freePort();
  // Debian's serves only what is on its list, which it looks for inside of its folder where it is root, and then as nobody.
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const hashes = wireInfoHashes(film.metainfo).map(hash => `${toHex(hash)}\n`);
  writeFileSync(join(folder, 'listed'), hashes.join(''));
  const isRoot = process.getuid?.() === 0;
  const list = isRoot ? ['-u', 'nobody', '-w', 'listed'] : ['-w', join(folder, 'listed')];
  const ports = ['-p', String(port), '-P', String(port)];
  start(opentracker, ['-i', '127.0.0.1', ...ports, '-d', folder, ...list]);
  await expect
    .poll(
      async () => {
        try {
          return (await fetch(`http://127.0.0.1:${port}/scrape?info_hash=${'a'.repeat(20)}`)).status;
        } catch {
          return 0;
        }
      },
      { timeout: 10_000 },
    )
    .toBe(200);
  return port;
}

async function open() {
  const host = nodeHost();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, host);
  await session.listen();
  return { session, host };
}

function until(torrent: SessionTorrent, isSo: () => boolean): Promise<void> {
  return new Promise(resolve => {
    if (isSo()) {
      resolve();
      return;
    }
    const stopListening = torrent.on('tracker', () => {
      if (!isSo()) return;
      stopListening();
      resolve();
    });
  });
}
