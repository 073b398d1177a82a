// The tools that people have for Transmission, unchanged, against our daemon with real data: `transmission-remote`, and two
// clients from npm, each of which has its own idea of the protocol.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import type { StartDaemonOptions } from '../../src/node-daemon/start.ts';
import { runDaemon, type TestDaemon, testFolder } from '../daemon-program.ts';
import { noise, torrentOf } from '../torrents.ts';
import { type ForeignProgram, foreignProgram, interopTest, start } from './peers.ts';

const REMOTE = foreignProgram('transmission-remote');
const CTRL = npmClient('@ctrl/transmission');
const PROMISE = npmClient('transmission-promise');

const ALBUM = torrentOf([
  { path: ['a'], data: noise(100_000, 1) },
  { path: ['cd', 'b.mp3'], data: noise(200_000, 2) },
]);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const TOKEN = 'a secret';

describe('transmission-remote', () => {
  interopTest('adds, lists, sets, stops, starts, verifies, moves and removes', [REMOTE], async () => {
    const daemon = await seedOf({ token: TOKEN });
    const file = join(daemon.folder, 'album.torrent');
    writeFileSync(file, ALBUM.metainfo.bytes);
    const remote = async (...args: string[]) => {
      const place = `127.0.0.1:${daemon.address.port}`;
      const program = start(REMOTE, [place, '-n', `anybody:${TOKEN}`, ...args]);
      expect(await program.exited, program.output()).toBe(0);
      return program.output();
    };
    expect(await remote('--add', file)).toContain('success');
    await until(daemon, 'seeding');
    expect(await remote('--list')).toMatch(/1\s+100%.*Done.*album/);
    const info = await remote('-t', '1', '--info');
    expect(info).toContain(`Hash: ${ID}`);
    expect(info).toContain('Percent Done: 100%');
    expect(info).toMatch(/Total size: 300\.0 kB/);
    expect(await remote('-t', ID, '--info-files')).toMatch(
      /1: 100% Normal\s+Yes\s+200\.0 kB\s+album\/cd\/b\.mp3/,
    );
    await remote('-t', '1', '--labels', 'music,new');
    await remote('-t', '1', '--priority-high', '1', '--downlimit', '50', '--seedratio', '1.5');
    expect(await remote('-t', '1', '--info')).toMatch(/Labels: music, new/);
    expect(await remote('-t', '1', '--info-files')).toMatch(/1: 100% High/);
    const { torrent } = daemon.daemon.library.find(ID)!;
    expect(torrent.limits.downloadBytesPerSecond).toBe(50_000);
    expect(torrent.ownSeedLimits).toEqual({ seedRatio: 1.5 });
    await remote('-t', '1', '--tracker-add', 'http://tracker.example/announce');
    expect(await remote('-t', '1', '--info-trackers')).toContain('tracker.example');
    await remote('-t', '1', '--stop');
    expect(await remote('--list')).toMatch(/Stopped/);
    await remote('-t', '1', '--start');
    await until(daemon, 'seeding');
    await remote('-t', '1', '--verify');
    await until(daemon, 'seeding');
    await remote('-t', '1', '--reannounce');
    const other = join(daemon.folder, 'downloads', 'other');
    await remote('-t', '1', '--move', other);
    expect(existsSync(join(other, 'album', 'cd', 'b.mp3'))).toBe(true);
    await remote('--uplimit', '100', '--alt-speed', '--alt-speed-uplimit', '20');
    expect(await remote('--session-info')).toContain('Enabled turtle limit: 20 kB/s');
    expect(daemon.daemon.session.limits.uploadBytesPerSecond).toBe(20_000);
    expect(await remote('--session-stats')).toContain('CURRENT SESSION');
    expect(await remote('-t', '1', '--info-pieces')).toContain('11111111');
    await remote('-t', '1', '--info-peers');
    await remote('-t', '1', '--remove-and-delete');
    expect(existsSync(join(other, 'album'))).toBe(false);
    expect(await remote('--list')).not.toContain('album');
  });
});

interface CtrlClient {
  getSession(): Promise<{ arguments: Record<string, unknown> }>;
  setSession(given: object): Promise<{ result: string }>;
  addTorrent(torrent: Uint8Array, options: object): Promise<{ arguments: Record<string, { id: number }> }>;
  addMagnet(link: string, options: object): Promise<{ arguments: Record<string, { hashString: string }> }>;
  listTorrents(
    id?: unknown,
    fields?: string[],
  ): Promise<{ arguments: { torrents: Record<string, unknown>[] } }>;
  getTorrent(id: unknown): Promise<Record<string, unknown>>;
  getAllData(): Promise<{ torrents: Record<string, unknown>[]; labels: unknown }>;
  pauseTorrent(id: unknown): Promise<{ result: string }>;
  resumeTorrent(id: unknown): Promise<{ result: string }>;
  verifyTorrent(id: unknown): Promise<{ result: string }>;
  reannounceTorrent(id: unknown): Promise<{ result: string }>;
  moveTorrent(id: unknown, to: string): Promise<{ result: string }>;
  setTorrent(id: unknown, given: object): Promise<{ result: string }>;
  renamePath(id: unknown, given: object): Promise<{ arguments: unknown }>;
  removeTorrent(id: unknown, data: boolean): Promise<{ result: string }>;
  queueTop(id: unknown): Promise<{ result: string }>;
  freeSpace(path: string): Promise<{ arguments: Record<string, number> }>;
}

describe('@ctrl/transmission', () => {
  interopTest('adds, lists, sets, stops, starts, verifies, moves, renames and removes', [CTRL], async () => {
    const daemon = await seedOf({ token: TOKEN });
    const downloads = join(daemon.folder, 'downloads');
    const { Transmission } = (await import(CTRL.path!)) as {
      Transmission: new (options: object) => CtrlClient;
    };
    const client = new Transmission({ baseUrl: daemon.url, username: 'anybody', password: TOKEN });
    const { arguments: session } = await client.getSession();
    expect(session).toMatchObject({ 'rpc-version': 19, 'download-dir': downloads });
    const added = await client.addTorrent(ALBUM.metainfo.bytes, { 'download-dir': downloads });
    expect(added.arguments).toMatchObject({ 'torrent-added': { id: 1, hashString: ID, name: 'album' } });
    const again = await client.addTorrent(ALBUM.metainfo.bytes, { 'download-dir': downloads });
    expect(again.arguments).toMatchObject({ 'torrent-duplicate': { id: 1, hashString: ID } });
    await until(daemon, 'seeding');
    expect(await client.getTorrent(ID)).toMatchObject({ state: 'seeding', progress: 1, totalSize: 300_000 });
    await client.setTorrent(ID, {
      labels: ['music'],
      uploadLimit: 70,
      uploadLimited: true,
      'files-unwanted': [0],
    });
    const { arguments: listed } = await client.listTorrents([1], ['labels', 'uploadLimit', 'wanted']);
    expect(listed.torrents[0]).toMatchObject({ labels: ['music'], uploadLimit: 70, wanted: [0, 1] });
    expect(await client.pauseTorrent(1)).toMatchObject({ result: 'success' });
    expect((await client.getTorrent(ID))['state']).toBe('paused');
    await client.resumeTorrent(ID);
    await client.verifyTorrent(ID);
    await until(daemon, 'seeding');
    await client.reannounceTorrent(ID);
    await client.moveTorrent(ID, join(downloads, 'other'));
    expect(existsSync(join(downloads, 'other', 'album', 'a'))).toBe(true);
    const renamed = await client.renamePath(ID, { path: 'album', name: 'record' });
    expect(renamed.arguments).toEqual({ path: 'album', name: 'record', id: 1 });
    expect((await client.getTorrent(ID))['name']).toBe('record');
    const magnet = await client.addMagnet(`magnet:?xt=urn:btih:${'ab'.repeat(20)}`, {
      'download-dir': downloads,
    });
    expect(magnet.arguments).toMatchObject({ 'torrent-added': { hashString: 'ab'.repeat(20), id: 2 } });
    await client.queueTop([2]);
    const { torrents, labels } = await client.getAllData();
    expect(torrents.map(each => each['queuePosition'])).toEqual([1, 0]);
    expect(labels).toEqual([{ id: 'music', name: 'music', count: 1 }]);
    await client.setSession({ seedRatioLimited: true, seedRatioLimit: 3, 'download-queue-size': 7 });
    expect(daemon.daemon.session.limits.seedRatio).toBe(3);
    expect((await client.freeSpace(downloads)).arguments['size-bytes']).toBeGreaterThan(0);
    await client.removeTorrent(ID, true);
    expect(existsSync(join(downloads, 'other', 'record'))).toBe(false);
    expect((await client.listTorrents()).arguments.torrents).toHaveLength(1);
  });
});

interface PromiseClient {
  addBase64(torrent: string, options: object): Promise<Record<string, unknown>>;
  get(ids?: unknown, fields?: string[]): Promise<{ torrents: Record<string, unknown>[] }>;
  active(): Promise<{ torrents: Record<string, unknown>[]; removed: number[] }>;
  stop(ids: unknown): Promise<unknown>;
  start(ids: unknown): Promise<unknown>;
  verify(ids: unknown): Promise<unknown>;
  reannounce(ids: unknown): Promise<unknown>;
  set(ids: unknown, given: object): Promise<unknown>;
  move(ids: unknown, to: string, moves: boolean): Promise<unknown>;
  rename(ids: unknown, path: string, name: string): Promise<unknown>;
  remove(ids: unknown, data: boolean): Promise<unknown>;
  session(given?: object): Promise<Record<string, unknown>>;
  sessionStats(): Promise<Record<string, unknown>>;
  freeSpace(path: string): Promise<Record<string, unknown>>;
}

describe('transmission-promise', () => {
  interopTest(
    'adds, lists, sets, stops, starts, verifies, moves, renames and removes',
    [PROMISE],
    async () => {
      const daemon = await seedOf({ token: TOKEN });
      const downloads = join(daemon.folder, 'downloads');
      const Client = createRequire(import.meta.url)(PROMISE.path!) as new (options: object) => PromiseClient;
      const client = new Client({
        host: '127.0.0.1',
        port: daemon.address.port,
        username: 'x',
        password: TOKEN,
      });
      const metainfo = Buffer.from(ALBUM.metainfo.bytes).toString('base64');
      expect(await client.addBase64(metainfo, { paused: false })).toMatchObject({ id: 1, hashString: ID });
      await until(daemon, 'seeding');
      const [torrent] = (await client.get(1)).torrents;
      expect(torrent).toMatchObject({
        name: 'album',
        status: 6,
        percentDone: 1,
        haveValid: 300_000,
        pieceSize: 32_768,
      });
      await client.set(1, { 'peer-limit': 30, seedRatioMode: 2, 'priority-low': [1] });
      expect((await client.get(1, ['peer-limit', 'seedRatioMode', 'priorities'])).torrents).toEqual([
        { 'peer-limit': 30, seedRatioMode: 2, priorities: [0, -1] },
      ]);
      await client.stop(1);
      expect((await client.get(1, ['status'])).torrents).toEqual([{ status: 0 }]);
      await client.start(1);
      await client.verify([1]);
      await until(daemon, 'seeding');
      await client.reannounce(1);
      await client.move(1, join(downloads, 'other'), true);
      expect(existsSync(join(downloads, 'other', 'album', 'a'))).toBe(true);
      await client.rename([1], 'album/a', 'z');
      expect(existsSync(join(downloads, 'other', 'album', 'z'))).toBe(true);
      await client.session({ 'speed-limit-down': 500, 'speed-limit-down-enabled': true });
      expect(await client.session()).toMatchObject({
        'speed-limit-down': 500,
        version: '4.1.1 (Swarmline 0.0.0-test)',
      });
      expect(await client.sessionStats()).toMatchObject({
        torrentCount: 1,
        'current-stats': { filesAdded: 1 },
      });
      expect(await client.freeSpace(downloads)).toMatchObject({ path: downloads });
      await client.remove(1, true);
      expect(await client.active()).toMatchObject({ torrents: [], removed: [1] });
      expect(existsSync(join(downloads, 'other', 'album'))).toBe(false);
    },
  );
});

/** A daemon in whose download folder the album lies. */
async function seedOf(options: Partial<StartDaemonOptions>): Promise<TestDaemon> {
  const folder = testFolder();
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'downloads', 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
  return runDaemon(options, folder);
}

/** Polled: what is waited for is the disk's doing. */
async function until({ daemon }: TestDaemon, state: string): Promise<void> {
  while (daemon.library.find(ID)?.torrent.state !== state)
    await new Promise(resolve => setTimeout(resolve, 20));
}

function npmClient(name: string): ForeignProgram {
  const folder = new URL(`transmission-clients/node_modules/${name}/`, import.meta.url);
  const require = createRequire(new URL('transmission-clients/package.json', import.meta.url));
  return { name, path: existsSync(folder) ? resolved(require, name, folder) : undefined };
}

/** A package of modules alone has nothing that `require` finds. */
function resolved(require: NodeJS.Require, name: string, folder: URL): string {
  try {
    return require.resolve(name);
  } catch {
    return new URL('dist/src/index.js', folder).pathname;
  }
}
