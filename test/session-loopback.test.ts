// Sessions on real sockets and disks, over loopback: what is fetched is what was shared.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SwarmlineError } from '../src/core/errors.ts';
import type { TorrentVersion } from '../src/core/metainfo/metainfo.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const ALBUM = [
  { path: ['cover.jpg'], data: noise(30_000, 1) },
  { path: ['disc 1', '1 first.flac'], data: noise(700_000, 2) },
  { path: ['disc 1', '2 second.flac'], data: noise(100_001, 3) },
  { path: ['empty.txt'], data: new Uint8Array(0) },
  { path: ['run.sh'], data: noise(10, 4), executable: true },
];

describe('a session on loopback', () => {
  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    it(`fetches a ${version} torrent of several files`, async () => {
      const torrent = torrentOf(ALBUM, { version });
      const seed = await sharing(torrent);
      const leech = await peer();
      const folder = await emptyFolder();
      const fetched = leech.session.add({ info: torrent.metainfo, downloadDir: folder });
      fetched.peersFound([seed.address], 'user');
      await complete(fetched);
      await expectFiles(torrent, folder);
      expect(fetched.state).toBe('seeding');
    });
  }
});

interface TestPeer {
  readonly session: Session;
  readonly address: { host: string; port: number };
}

async function peer(): Promise<TestPeer> {
  const host = nodeHost({
    http: { get: () => Promise.reject(new SwarmlineError('HTTP_FAILED', 'Not here.')) },
  });
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, host);
  const address = await session.listen();
  cleanUps.push(async () => {
    await session.close();
    await host.disk.close();
  });
  return { session, address: { host: '127.0.0.1', port: address!.port } };
}

async function sharing(torrent: DataTorrent): Promise<TestPeer & { readonly shared: SessionTorrent }> {
  const made = await peer();
  const folder = await emptyFolder();
  for (const [i, file] of torrent.metainfo.files.entries()) {
    const path = join(folder, ...file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, torrent.files[i]!.data);
  }
  const shared = made.session.add({ info: torrent.metainfo, downloadDir: folder });
  await complete(shared);
  return { ...made, shared };
}

function complete(torrent: SessionTorrent): Promise<void> {
  return new Promise((resolve, reject) => {
    torrent.on('complete', () => resolve());
    torrent.on('error', reject);
  });
}

async function expectFiles(torrent: DataTorrent, folder: string): Promise<void> {
  for (const [i, file] of torrent.metainfo.files.entries()) {
    const bytes = await readFile(join(folder, ...file.path));
    expect(Buffer.compare(bytes, torrent.files[i]!.data), file.path.join('/')).toBe(0);
  }
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
