// Web seeds over real sockets: what a web server has comes to the disk, alone or beside peers, and a server that is wrong,
// slow or gone does no harm.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TorrentVersion } from '../src/core/metainfo/metainfo.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { AddOptions, SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';
import { WebServer, type WebServerOptions } from './web-server.ts';

const ALBUM = [
  { path: ['cover & more.jpg'], data: noise(30_001, 1) },
  { path: ['disc 1', '1 ünïcode #1.flac'], data: noise(700_000, 2) },
  { path: ['disc 1', '2 second.flac'], data: noise(100_001, 3) },
  { path: ['empty.txt'], data: new Uint8Array(0) },
  { path: ['tiny'], data: noise(10, 4) },
];
const film = torrentOf([{ path: [], data: noise(3_000_000, 5) }], { name: 'film.mkv', pieceLength: 65_536 });

for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
  test(`a ${version} torrent of several files comes from a web seed alone`, async () => {
    const album = torrentOf(ALBUM, { version });
    const server = await serving(album);
    const { torrent, folder } = await fetching(album, { webSeeds: [`${server.url}/pub/`] });
    await completed(torrent);
    await expectFiles(album, folder);
    expect(torrent.webSeeds()).toMatchObject([{ error: undefined, downloaded: 830_012 }]);
    // Not one request for each block: 51 blocks in four files.
    expect(server.asked.length).toBeLessThan(15);
    expect(server.sent).toBe(830_012);
    await expect.poll(() => torrent.webSeeds()[0]!.state).toBe('idle');
  });
}

test('one file comes from a URL that names it, and from one of a folder', async () => {
  for (const path of ['/other-name', '/pub/']) {
    const server = await serving(film, path.endsWith('/') ? {} : { at: path });
    const { torrent, folder } = await fetching(film, { webSeeds: [server.url + path] });
    await completed(torrent);
    await expectFiles(film, folder);
    expect(server.mostUnderWay).toBeLessThanOrEqual(2);
  }
});

test('a web seed is asked for long ranges over few connections', async () => {
  const large = torrentOf([{ path: [], data: noise(20_000_000, 6) }], {
    name: 'film.mkv',
    pieceLength: 262_144,
  });
  const server = await serving(large);
  const { torrent } = await fetching(large, { webSeeds: [`${server.url}/pub/`] });
  await completed(torrent);
  expect(server.connections).toBeLessThanOrEqual(2);
  expect(server.asked.length).toBeLessThan(40);
  expect(server.sent).toBe(20_000_000);
});

test('the web seeds of a magnet are used when its metadata has come', async () => {
  const server = await serving(film);
  const seed = await sharing(film);
  const { infoHashV1 } = film.metainfo;
  const { torrent, folder } = await fetching(film, {
    info: undefined,
    magnet: { infoHashV1: infoHashV1!, webSeeds: [`${server.url}/pub/film.mkv`] },
  });
  // The peer gives the metadata and nothing else.
  torrent.on('metadata', () => void seed.torrent.close());
  torrent.peersFound([seed.address], 'user');
  await completed(torrent);
  await expectFiles(film, folder);
  expect(torrent.webSeeds()[0]!.downloaded).toBe(3_000_000);
});

test('two web seeds share the work', async () => {
  const [a, b] = [await serving(film), await serving(film)];
  const urls = [`${a.url}/pub/`, `${b.url}/pub/`];
  const { torrent, folder } = await fetching(film, { webSeeds: urls });
  await completed(torrent);
  await expectFiles(film, folder);
  expect(a.asked.length).toBeGreaterThan(0);
  expect(b.asked.length).toBeGreaterThan(0);
});

test('a redirect leads to the file', async () => {
  const server = await serving(film, {
    instead: (path, response) => {
      if (path !== '/go/film.mkv') return false;
      response.writeHead(302, { location: '/pub/film.mkv' }).end();
      return true;
    },
  });
  const { torrent, folder } = await fetching(film, { webSeeds: [`${server.url}/go/`] });
  await completed(torrent);
  await expectFiles(film, folder);
});

test('a web seed that gives wrong data is banned, and a right one goes on', async () => {
  const wrong = film.files[0]!.data.slice();
  for (let at = 0; at < wrong.length; at += 100_000) wrong[at]! ^= 1;
  const [liar, honest] = [await serving(film, { data: wrong }), await serving(film)];
  const { torrent, folder } = await fetching(film, { webSeeds: [`${liar.url}/pub/`] });
  await expect.poll(() => torrent.webSeeds()[0]!.state).toBe('banned');
  expect(torrent.webSeeds()[0]!.error).toMatch(
    /^It is not asked any more: The peer sent wrong data of piece \d+\.$/,
  );
  const asked = liar.asked.length;
  torrent.addWebSeed(`${honest.url}/pub/`);
  await completed(torrent);
  await expectFiles(film, folder);
  // One may have been on its way.
  expect(liar.asked.length).toBeLessThanOrEqual(asked + 1);
  expect(torrent.webSeeds()[0]!.state).toBe('banned');
});

test.each([
  [
    'is of another length',
    { data: noise(2_999_999, 5) },
    /has 2999999 bytes, not 3000000: it is another one\.$/,
  ],
  ['is too short', { data: noise(1, 5) }, /has (1|fewer) bytes, not 3000000: it is another one\.$/],
] as const)('a file that %s is not asked for again', async (_, options, error) => {
  const server = await serving(film, options);
  const { torrent } = await fetching(film, { webSeeds: [`${server.url}/pub/`] });
  await expect
    .poll(() => torrent.webSeeds())
    .toMatchObject([{ state: 'unusable', error: expect.stringMatching(error) }]);
  expect(server.asked.length).toBeLessThan(3);
});

test('a server without ranges gives whole files', async () => {
  const album = torrentOf([
    { path: ['a'], data: noise(200_000, 1) },
    { path: ['b'], data: noise(90_000, 2) },
  ]);
  const server = await serving(album, { ranges: false });
  const { torrent, folder } = await fetching(album, { webSeeds: [`${server.url}/pub`] });
  await completed(torrent);
  await expectFiles(album, folder);
});

test('a long file of a server without ranges comes in one stream', async () => {
  const large = torrentOf([{ path: [], data: noise(40_000_000, 7) }], {
    name: 'film.mkv',
    pieceLength: 262_144,
  });
  const server = await serving(large, { ranges: false });
  const { torrent, folder } = await fetching(large, { webSeeds: [`${server.url}/pub/`] });
  await completed(torrent);
  await expectFiles(large, folder);
  // The first shows what it is.
  expect(server.asked.length).toBeLessThanOrEqual(3);
  expect(server.asked.at(-1)).toBe('/pub/film.mkv all');
  expect(torrent.webSeeds()).toMatchObject([{ error: undefined, downloaded: 40_000_000 }]);
});

test('of two servers without ranges one gives at a time, the other when it fails', async () => {
  // More than sockets hold.
  const large = torrentOf([{ path: [], data: noise(24_000_000, 8) }], { pieceLength: 262_144 });
  const first = await serving(large, { ranges: false });
  const second = await serving(large, { ranges: false });
  const urls = [`${first.url}/pub/`, `${second.url}/pub/`];
  const { torrent, folder } = await fetching(large, {
    webSeeds: urls,
    limits: { downloadBytesPerSecond: 1_000_000 },
  });
  await new Promise<void>(resolve => torrent.on('piece', () => resolve()));
  expect(torrent.webSeeds().filter(({ state }) => state === 'active')).toHaveLength(1);
  const giving = torrent.webSeeds()[0]!.state === 'active' ? first : second;
  giving.stop();
  torrent.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
  await completed(torrent);
  await expectFiles(large, folder);
  for (const { downloaded } of torrent.webSeeds()) expect(downloaded).toBeGreaterThan(0);
});

test('a server that is busy rests as long as it says, one that is gone is tried again', async () => {
  const server = await serving(film, {
    instead: (_, response) => {
      response.writeHead(503, { 'retry-after': '120' }).end();
      return true;
    },
  });
  const { torrent, host } = await fetching(film, { webSeeds: [`${server.url}/pub/`] });
  await expect.poll(() => torrent.webSeeds()[0]!.state).toBe('resting');
  const [status] = torrent.webSeeds();
  expect(status!.error).toMatch(/film\.mkv: the server answers with HTTP status 503\.$/);
  expect(status!.nextTryAt! - host.clock.now()).toBeGreaterThan(110_000);

  let isDown = true;
  const moody = await serving(film, {
    instead: (_, response) => {
      if (isDown) response.destroy();
      return isDown;
    },
  });
  const other = await fetching(
    film,
    { webSeeds: [`${moody.url}/pub/`] },
    { webSeeds: { firstBackOffMs: 50 } },
  );
  await expect.poll(() => other.torrent.webSeeds()[0]!.error).toMatch(/the connection was broken off/);
  isDown = false;
  await completed(other.torrent);
  await expectFiles(film, other.folder);
});

test('of a web seed without one of the files the others are taken', async () => {
  const album = torrentOf(
    [
      { path: ['a'], data: noise(200_000, 1) },
      { path: ['b'], data: noise(200_000, 2) },
    ],
    { version: 'v2' },
  );
  const server = await serving(album, { without: 'a' });
  const { torrent } = await fetching(album, { webSeeds: [`${server.url}/pub`] });
  await expect.poll(() => torrent.stats().left).toBe(200_000);
  const seed = await sharing(album);
  torrent.peersFound([seed.address], 'user');
  await completed(torrent);
});

test('web seeds rest while peers have everything and give enough, and help where they do not', async () => {
  const server = await serving(film);
  const seed = await sharing(film);
  const always = { webSeeds: { enoughFromPeersBytesPerSecond: 0 } };
  const { torrent, folder } = await fetching(film, { webSeeds: [] }, always);
  torrent.peersFound([seed.address], 'user');
  await new Promise<void>(resolve => torrent.on('piece', () => resolve()));
  torrent.addWebSeed(`${server.url}/pub/`);
  await completed(torrent);
  await expectFiles(film, folder);
  expect(server.asked).toEqual([]);

  const slow = await sharing(film);
  slow.torrent.setLimits({ uploadBytesPerSecond: 1_000 });
  const other = await fetching(film, { webSeeds: [`${server.url}/pub/`] });
  other.torrent.peersFound([slow.address], 'user');
  await completed(other.torrent);
  expect(server.sent).toBeGreaterThan(2_000_000);
});

test('a web seed shows as a peer that is named by its URL, and its rate is limited like any', async () => {
  const server = await serving(film);
  const { torrent } = await fetching(film, {
    webSeeds: [`${server.url}/pub/`],
    limits: { downloadBytesPerSecond: 200_000 },
  });
  await expect.poll(() => torrent.stats().downloaded).toBeGreaterThan(0);
  expect(torrent.peers()).toMatchObject([{ client: `${server.url}/pub/`, webSeed: `${server.url}/pub/` }]);
  expect(torrent.stats().downloaded).toBeLessThan(1_500_000);
  torrent.pause();
  await expect.poll(() => server.underWay).toBe(0);
  expect(torrent.webSeeds()).toMatchObject([{ state: 'idle' }]);
});

test('URLs that must not be asked are shown with the reason', async () => {
  const urls = ['ftp://a.example.com/x', 'nonsense', 'http://127.0.0.1/do?reboot=1', 'http://239.0.0.1/'];
  const { torrent } = await fetching(film, { webSeeds: [...urls, urls[0]!] });
  expect(torrent.webSeeds().map(({ state, error }) => `${state}: ${error}`)).toEqual([
    'unusable: Web seeds by ftp: are not supported.',
    'unusable: This is no URL of a web seed.',
    'unusable: A web seed on this machine or network must have no query in its URL.',
    'unusable: Its host is no address that can be reached.',
  ]);
  expect(torrent.removeWebSeed('nonsense')).toBe(true);
  expect(torrent.removeWebSeed('nonsense')).toBe(false);
});

interface ServingOptions extends Partial<WebServerOptions> {
  /** The path of the one file. */
  readonly at?: string;
  /** What it has in place of the one file's data. */
  readonly data?: Uint8Array;
  readonly without?: string;
}

/** A server that has the torrent's files below `/pub`. */
function serving({ metainfo, files }: DataTorrent, options: ServingOptions = {}): Promise<WebServer> {
  const served = new Map<string, Uint8Array>();
  for (const { path, data } of files) {
    if (path.at(-1) === options.without && path.length > 0) continue;
    served.set(options.at ?? ['/pub', metainfo.name, ...path].join('/'), options.data ?? data);
  }
  return WebServer.start({ files: served, ...options });
}

async function peer(options: SessionOptions = {}) {
  const host = nodeHost();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, ...options }, host);
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  await session.listen();
  return { host, session, address: session.address! };
}

type Add = { readonly [Name in keyof AddOptions]?: AddOptions[Name] | undefined };

async function fetching(torrent: DataTorrent, add: Add, options?: SessionOptions) {
  const { session, host } = await peer(options);
  const downloadDir = await emptyFolder();
  const { info = torrent.metainfo, ...rest } = { info: torrent.metainfo, ...add };
  const what = 'magnet' in add ? {} : { info };
  const fetched = session.add({ ...(rest as AddOptions), ...what, downloadDir });
  return { torrent: fetched, folder: downloadDir, session, host };
}

async function sharing(torrent: DataTorrent) {
  const { session, address } = await peer();
  const folder = await emptyFolder();
  const paths = torrent.files.map((_, i) => join(folder, String(i)));
  await Promise.all(torrent.files.map(({ data }, i) => writeFile(paths[i]!, data)));
  const shared = session.add({
    info: torrent.metainfo,
    downloadDir: folder,
    sources: paths,
    isVerified: true,
  });
  await new Promise<void>(resolve => shared.on('ready', () => resolve()));
  return { torrent: shared, address };
}

async function emptyFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'swarmline-web-seeds-'));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

function completed(torrent: SessionTorrent): Promise<void> {
  if (torrent.state === 'seeding') return Promise.resolve();
  return new Promise((resolve, reject) => {
    torrent.on('complete', () => resolve());
    torrent.on('error', reject);
  });
}

async function expectFiles({ metainfo, files }: DataTorrent, folder: string): Promise<void> {
  for (const [i, { path }] of metainfo.files.entries()) {
    const data = await readFile(join(folder, ...path));
    expect(Buffer.compare(data, files[i]!.data), path.join('/')).toBe(0);
  }
}
