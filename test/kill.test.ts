// A download that is killed again and again: what was on the disk counts, whenever it happened, and in the end the data is
// that of the seed. The moments are random, by a seed that is printed where it fails.

import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import type { Disk, DiskTorrent } from '../src/host/disk.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import { temporaryFolder } from './interop/peers.ts';
import { get, type SwarmlineProcess } from './interop/swarmline-process.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const KILLS = 20;
const SEED = 20_261_123;
const PIECE = 65_536;
// Those that are killed while they download have some two seconds together, in which two thirds of the data can come.
const RATE = 8 * 1024 * 1024;

// Pieces lie in two files here and there; one file is done with early, one is not begun until late.
const TORRENT = torrentOf(
  [
    { path: ['one'], data: noise(9_000_000, 1) },
    { path: ['two', 'three'], data: noise(200_000, 2) },
    { path: ['two', 'four'], data: noise(15_000_000, 3) },
  ],
  { pieceLength: PIECE },
);

it(`comes to its end though it is killed ${KILLS} times, and hardly a byte is fetched twice`, {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(SEED);
  const seed = await slowSeed();
  const folder = temporaryFolder();
  const file = join(temporaryFolder(), 'album.torrent');
  writeFileSync(file, TORRENT.metainfo.bytes);
  const start = (): SwarmlineProcess => get(file, folder, ['--no-seed', '--json', '--peer', seed.address]);

  let said = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const run = start();
    // Before its data is looked at, while it is, or while it downloads.
    const anchor = random.below(4) === 0 ? /"start"/ : /"ready".*\n/;
    const [line] = await run.said(anchor);
    const had = Number(/"piecesHave":(\d+)/.exec(line)?.[1] ?? said);
    expect(had, `pieces at start ${kill} of seed ${SEED}`).toBeGreaterThanOrEqual(said);
    await passed(random.below(250));
    run.signal('SIGKILL');
    expect(await run.ended()).toBe('SIGKILL');
    for (const [, have] of run.out.matchAll(/"piecesHave":(\d+)/g)) said = Math.max(said, Number(have));
  }

  const uploaded = seed.uploaded();
  const last = start();
  expect(await last.ended(60_000)).toBe(0);
  for (const [i, { path }] of TORRENT.metainfo.files.entries())
    expect(Buffer.compare(readFileSync(join(folder, ...path)), TORRENT.files[i]!.data), path.join('/')).toBe(
      0,
    );
  // What was under way at each kill: a few pieces of 64 KiB that were not whole, or not told to be.
  const { dataLength } = TORRENT.metainfo.layout;
  expect(uploaded).toBeGreaterThan(dataLength / 6);
  console.log(`killed ${KILLS} times: ${seed.uploaded()} bytes fetched for ${dataLength}`);
  expect(seed.uploaded() - dataLength).toBeLessThan(KILLS * 8 * PIECE);

  const again = start();
  expect(await again.ended()).toBe(0);
  expect(again.out).toMatch(/"complete".*"wasThere":true/);
});

/** Gives at a rate, so that there is time to be killed in. */
async function slowSeed(): Promise<{ address: string; uploaded(): number }> {
  const folder = temporaryFolder();
  writeAll(TORRENT, folder);
  const host = nodeHost({ disk: { threads: 1 } });
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, { ...host, disk: slow(host.disk) });
  const address = (await session.listen())!;
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  const torrent = session.add({ info: TORRENT.metainfo, downloadDir: folder, isVerified: true });
  await new Promise(resolve => torrent.on('ready', resolve));
  return { address: `127.0.0.1:${address.port}`, uploaded: () => torrent.stats().uploaded };
}

function slow(disk: Disk): Disk {
  let freeAt = 0;
  const slowed = (torrent: DiskTorrent): DiskTorrent =>
    new Proxy(torrent, {
      get: (target, name) => {
        if (name !== 'read') return Reflect.get(target, name).bind(target);
        const read: DiskTorrent['read'] = (piece, begin, length, done) => {
          const now = performance.now();
          freeAt = Math.max(now, freeAt) + (length * 1000) / RATE;
          setTimeout(() => target.read(piece, begin, length, done), freeAt - now);
        };
        return read;
      },
    });
  return {
    pool: disk.pool,
    open: plan => slowed(disk.open(plan)),
    release: bytes => disk.release(bytes),
    close: () => disk.close(),
  };
}

function writeAll(torrent: DataTorrent, folder: string): void {
  mkdirSync(join(folder, 'album', 'two'), { recursive: true });
  for (const [i, { path }] of torrent.metainfo.files.entries())
    writeFileSync(join(folder, ...path), torrent.files[i]!.data);
}

/** What is tested is a moment, so that there has to be one. */
function passed(ms: number): Promise<unknown> {
  return once(AbortSignal.timeout(ms), 'abort');
}
