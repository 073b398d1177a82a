// How `get` and `seed` end, and what they fetch: the program in a process of its own, on loopback.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatMagnet, magnetOf } from '../src/core/metainfo/magnet.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import { temporaryFolder } from './interop/peers.ts';
import { get, SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf(
  ['a.bin', 'b.bin', 'c.txt'].map((name, i) => ({ path: [name], data: noise(65_536, i) })),
  { pieceLength: 16_384 },
);

it('ends with a good status when it was seeded enough, and with another when the data is not complete', {
  timeout: 60_000,
}, async () => {
  const { file, address } = await seeding();
  const folder = temporaryFolder();
  const ratio = get(file, folder, ['--peer', address, '--seed-ratio', '0']);
  expect(await ratio.ended()).toBe(0);
  expect(ratio.out).toContain('album is complete: 3 files');
  expect(ratio.err).toContain('Gave');
  const time = get(file, folder, ['--peer', address, '--seed-time', '0.5s', '--json']);
  expect(await time.ended()).toBe(0);
  expect(time.out).toMatch(/"event":"seed-limit".*"limit":"time"/);
  expect(time.out).toMatch(/"event":"end".*"complete":true/);
  const nobody = get(file, temporaryFolder(), ['--seed-ratio', '0', '--peer', '127.0.0.1:1']);
  await nobody.said(/waiting for peers/, 'err');
  expect(await nobody.interrupted()).toBe(130);
  const seed = new SwarmlineProcess(['seed', file, '--data', folder, '--port', '0', '--seed-idle', '0.5s']);
  expect(await seed.ended()).toBe(0);
});

it('fetches the files that are asked for, of a torrent and of a magnet link', {
  timeout: 60_000,
}, async () => {
  const { file, address } = await seeding();
  for (const what of [file, formatMagnet(magnetOf(ALBUM.metainfo))]) {
    const folder = temporaryFolder();
    const args = [
      '--peer',
      address,
      '--no-seed',
      '--files',
      '*.bin',
      '--skip',
      '0',
      '--sequential',
      '--max-peers',
      '3',
    ];
    const running = get(what, folder, args);
    expect(await running.ended()).toBe(0);
    expect(running.out).toContain('complete: 1 file of 3');
    expect(readFileSync(join(folder, 'album', 'b.bin')).equals(Buffer.from(ALBUM.files[1]!.data))).toBe(true);
    expect(existsSync(join(folder, 'album', 'c.txt'))).toBe(false);
  }
  const wrong = get(formatMagnet(magnetOf(ALBUM.metainfo)), temporaryFolder(), [
    '--peer',
    address,
    '--files',
    '7',
  ]);
  expect(await wrong.ended()).toBe(2);
  expect(wrong.err).toContain('--files names file 7');
});

/** Has everything, for as long as the test runs. */
async function seeding(): Promise<{ file: string; address: string }> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'album'));
  for (const [i, { path }] of ALBUM.metainfo.files.entries())
    writeFileSync(join(folder, ...path), ALBUM.files[i]!.data);
  const file = join(folder, 'album.torrent');
  writeFileSync(file, ALBUM.metainfo.bytes);
  const host = nodeHost({ disk: { threads: 1 } });
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, host);
  const { port } = (await session.listen())!;
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
  await new Promise(resolve => torrent.on('ready', resolve));
  return { file, address: `127.0.0.1:${port}` };
}
