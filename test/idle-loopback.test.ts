// Many torrents of one session on real files: what they cost while nothing happens, what is remembered of their queue, and
// that each of them is there when somebody comes. How much memory ten thousand take is measured by bench/idle.mjs.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { temporaryFolder } from './interop/peers.ts';
import { noise, torrentOf } from './torrents.ts';

const COUNT = 200;
const FILMS = Array.from({ length: COUNT }, (_, i) =>
  torrentOf([{ path: [], data: noise(20_000, i) }], { name: `film-${i}`, pieceLength: 16_384 }),
);

it('two hundred idle seeds have no timer, are restored in their order, and each serves whoever comes', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  for (const { metainfo, files } of FILMS) writeFileSync(join(folder, 'data', metainfo.name), files[0]!.data);
  const stateFolder = join(folder, 'state');
  const first = await start({ stateFolder });
  for (const { metainfo } of FILMS) first.session.add({ info: metainfo, downloadDir: join(folder, 'data') });
  await until(first.session, torrent => torrent.state === 'seeding');
  first.session.torrents[150]!.queueTop();
  first.session.torrents[7]!.setForced(true);
  first.session.torrents[8]!.setSeedLimits({ seedRatio: 3 });
  first.session.torrents[9]!.pause();
  await first.close();
  // Two records each, many in a file.
  expect(readdirSync(stateFolder).length).toBeLessThan(40);

  const second = await start({ stateFolder });
  const { torrents, faults } = await second.session.restore();
  expect(faults).toEqual([]);
  expect(torrents).toHaveLength(COUNT);
  await until(second.session, torrent => torrent.state === 'seeding' || torrent.state === 'paused');
  const byName = new Map(torrents.map(torrent => [torrent.name, torrent]));
  const order = [...torrents].sort((a, b) => a.queuePosition - b.queuePosition).map(({ name }) => name);
  const names = FILMS.map(({ metainfo }) => metainfo.name);
  expect(order).toEqual(['film-150', ...names.filter(name => name !== 'film-150')]);
  expect(byName.get('film-7')!.isForced).toBe(true);
  expect(byName.get('film-8')!.seedLimits.seedRatio).toBe(3);
  expect(byName.get('film-9')!.state).toBe('paused');
  expect(second.timerCount()).toBe(0);

  const other = await start({});
  for (const i of [0, 8, 150, 199]) {
    const torrent = other.session.add({ info: FILMS[i]!.metainfo, downloadDir: join(folder, 'other') });
    torrent.peersFound([second.address], 'user');
    await until(other.session, ({ state }) => state === 'seeding');
    const there = readFileSync(join(folder, 'other', FILMS[i]!.metainfo.name));
    expect(there.equals(Buffer.from(FILMS[i]!.files[0]!.data))).toBe(true);
  }
});

/** A session on loopback whose timers are counted, the garbage of the past aside. */
async function start(options: SessionOptions) {
  const host = nodeHost({ disk: { threads: 1 } });
  const { clock } = host;
  const timers = new Set<object>();
  const counted: typeof clock = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    after: (delayMs, call) => {
      const timer = {};
      timers.add(timer);
      const cancel = clock.after(delayMs, () => {
        timers.delete(timer);
        call();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
  };
  const session = new Session(
    { listen: { host: '127.0.0.1', port: 0 }, ...options },
    { ...host, clock: counted },
  );
  const address = (await session.listen())!;
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await session.close();
    await host.disk.close();
  };
  onTestFinished(close);
  return { session, address, close, timerCount: () => timers.size };
}

/** All of its torrents are so. */
function until(session: Session, isSo: (torrent: SessionTorrent) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (session.torrents.every(isSo)) resolve();
    };
    for (const torrent of session.torrents) {
      torrent.on('state', look);
      torrent.on('error', reject);
    }
    look();
  });
}
