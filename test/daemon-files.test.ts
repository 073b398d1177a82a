// Files of a daemon's torrents read over HTTP: by players, in parts, while they come; and as a WebDAV tree.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { httpDate } from '../src/rpc/dav.ts';
import { runDaemon, type TestDaemon } from './daemon-program.ts';
import { noise, torrentOf } from './torrents.ts';

const FILM = torrentOf(
  [
    { path: ['film & more.mp4'], data: noise(700_000, 1) },
    { path: ['extra', 'ünder <1>.txt'], data: noise(100, 2) },
    { path: ['extra', 'empty'], data: new Uint8Array() },
  ],
  { version: 'hybrid' },
);
const ID = toHex(FILM.metainfo.infoHashV1!);
const TORRENT = Buffer.from(FILM.metainfo.bytes).toString('base64');
const INDEX = FILM.metainfo.files.findIndex(({ length }) => length === 700_000);
const EMPTY = FILM.metainfo.files.findIndex(({ length }) => length === 0);
const film = Buffer.from(noise(700_000, 1));
const extra = Buffer.from(noise(100, 2));

describe('a file of a torrent', () => {
  it('is read whole, in part, from its end, or not at all', async () => {
    const { url } = await seeding();
    const whole = await fetch(`${url}/stream/${ID}/${INDEX}/film.mp4`);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await whole.arrayBuffer()).equals(film)).toBe(true);
    const part = await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { range: 'bytes=300000-400000' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 300000-400000/700000');
    expect(Buffer.from(await part.arrayBuffer()).equals(film.subarray(300_000, 400_001))).toBe(true);
    const end = await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { range: 'bytes=-10' } });
    expect(Buffer.from(await end.arrayBuffer()).equals(film.subarray(-10))).toBe(true);
    const beyond = await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { range: 'bytes=700000-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */700000']);
    expect((await fetch(`${url}/stream/${ID}/${EMPTY}`)).headers.get('content-length')).toBe('0');
    for (const path of [
      `${ID}/3`,
      `${ID}/-1`,
      `${ID}/x`,
      `${ID}/${INDEX}/a/b`,
      'aa'.repeat(20),
      `${'aa'.repeat(20)}/0`,
    ])
      expect((await fetch(`${url}/stream/${path}`)).status).toBe(404);
    expect((await fetch(`${url}/stream/${ID}/${INDEX}`, { method: 'POST' })).status).toBe(405);
  });

  it('is not sent to whom has it, and whole to whom has another', async () => {
    const { url } = await seeding();
    const { headers } = await fetch(`${url}/stream/${ID}/${INDEX}`, { method: 'HEAD' });
    const tag = headers.get('etag')!;
    expect((await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { 'if-none-match': tag } })).status).toBe(
      304,
    );
    const range = 'bytes=0-9';
    expect(
      (await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { range, 'if-range': tag } })).status,
    ).toBe(206);
    expect(
      (await fetch(`${url}/stream/${ID}/${INDEX}`, { headers: { range, 'if-range': '"x"' } })).status,
    ).toBe(200);
  });

  it('is sent while it is fetched, from where it is wanted', async () => {
    const seed = await seeding();
    const leech = await runDaemon();
    await leech.ask('torrents.add', { torrent: TORRENT });
    const asked = fetch(`${leech.url}/stream/${ID}/${INDEX}`, { headers: { range: 'bytes=650000-' } });
    const { port } = seed.daemon.session.address!;
    leech.daemon.library.find(ID)!.torrent.peersFound([{ host: '127.0.0.1', port }], 'user');
    const body = Buffer.from(await (await asked).arrayBuffer());
    expect(body.equals(film.subarray(650_000))).toBe(true);
  });

  it('that will not come is refused', async () => {
    const daemon = await runDaemon();
    await daemon.ask('torrents.add', { torrent: TORRENT, isPaused: true });
    await expect.poll(async () => (await daemon.ask('torrents.get', { id: ID })).state).toBe('paused');
    const answer = await fetch(`${daemon.url}/stream/${ID}/${INDEX}`);
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      409,
      'TORRENT_STOPPED',
    ]);
  });

  it('that is not to be fetched is refused', async () => {
    const daemon = await runDaemon();
    await daemon.ask('torrents.add', { torrent: TORRENT });
    const { torrent } = daemon.daemon.library.find(ID)!;
    await expect.poll(() => torrent.state).toBe('downloading');
    torrent.setFilePriorities(torrent.files.map(() => 'skip'));
    const answer = await fetch(`${daemon.url}/stream/${ID}/${INDEX}`);
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      422,
      'FILE_SKIPPED',
    ]);
  });

  it('is on the playlist where it can be played, with the token where one is needed', async () => {
    const { url } = await seeding();
    const list = await (await fetch(`${url}/stream/${ID}.m3u`)).text();
    expect(list.split('\n')).toEqual([
      '#EXTM3U',
      '#EXTINF:-1,film & more.mp4',
      `${url}/stream/${ID}/${INDEX}/film%20%26%20more.mp4`,
      '',
    ]);
    const closed = await seeding({ token: 'se+cret' });
    const headers = { authorization: 'Bearer se+cret' };
    const address = (await (await fetch(`${closed.url}/stream/${ID}.m3u`, { headers })).text()).split(
      '\n',
    )[2]!;
    expect(address).toContain('//player:se%2Bcret@127.0.0.1');
    expect((await fetch(`${closed.url}/stream/${ID}/${INDEX}`)).status).toBe(401);
  });
});

describe('the WebDAV tree', () => {
  it('shows torrents as folders, and reads their files', async () => {
    const { url } = await seeding();
    expect(await hrefs(`${url}/dav/`, '1')).toEqual(['/dav/', '/dav/album/']);
    expect(await hrefs(`${url}/dav/album`, '1')).toEqual([
      '/dav/album/',
      '/dav/album/film%20%26%20more.mp4',
      '/dav/album/extra/',
    ]);
    expect(await hrefs(`${url}/dav/album/extra/`, '0')).toEqual(['/dav/album/extra/']);
    const xml = await (await propfind(`${url}/dav/album/extra/`, '1')).text();
    expect(xml).toContain('<D:displayname>ünder &lt;1&gt;.txt</D:displayname>');
    expect(xml).toContain('<D:getcontentlength>100</D:getcontentlength>');
    const file = await fetch(`${url}/dav/album/extra/${encodeURIComponent('ünder <1>.txt')}`);
    expect(Buffer.from(await file.arrayBuffer()).equals(extra)).toBe(true);
    expect((await fetch(`${url}/dav/album/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/dav/album/%E0%A4%A`)).status).toBe(404);
    expect((await fetch(`${url}/dav/../api`)).status).toBe(404);
  });

  it('can be read and nothing else', async () => {
    const { url } = await seeding();
    const options = await fetch(`${url}/dav/`, { method: 'OPTIONS' });
    expect(options.headers.get('dav')).toBe('1');
    for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'LOCK', 'PROPPATCH'])
      expect((await fetch(`${url}/dav/album/x`, { method })).status, method).toBe(405);
    expect((await propfind(`${url}/dav/`, 'infinity')).status).toBe(403);
  });

  it('tells two torrents of one name apart', async () => {
    const daemon = await seeding();
    const other = torrentOf([{ path: ['x'], data: noise(5, 9) }], { version: 'v1' });
    await daemon.ask('torrents.add', { torrent: Buffer.from(other.metainfo.bytes).toString('base64') });
    const id = toHex(other.metainfo.infoHashV1!);
    expect(await hrefs(`${daemon.url}/dav/`, '1')).toContain(`/dav/album%20(${id.slice(0, 8)})/`);
  });

  it('is well-formed', async () => {
    const { url } = await seeding();
    const xml = await (await propfind(`${url}/dav/album/extra/`, '1')).text();
    const lint = spawnSync('xmllint', ['--noout', '-'], { input: xml });
    if (lint.error !== undefined)
      console.log('xmllint is not installed: the XML is not parsed by another program.');
    else expect(`${lint.stderr}`).toBe('');
    expect(xml.match(/<D:response>/g)?.length).toBe(xml.match(/<\/D:response>/g)?.length);
  });
});

it('dates are those of HTTP', () => {
  for (const time of [
    0, 951_782_400_000, 1_709_164_800_000, 1_795_733_214_328, 4_107_542_400_000, 1_704_067_199_999,
  ])
    expect(httpDate(time)).toBe(new Date(time).toUTCString());
});

async function seeding(options: Parameters<typeof runDaemon>[0] = {}): Promise<TestDaemon> {
  const daemon = await runDaemon(options);
  for (const { path, data } of FILM.files) {
    const place = join(daemon.folder, 'downloads', 'album', ...path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, data);
  }
  await daemon.ask('torrents.add', { torrent: TORRENT });
  await expect
    .poll(async () => (await daemon.ask('torrents.get', { id: ID })).state, { timeout: 20_000 })
    .toBe('seeding');
  return daemon;
}

function propfind(url: string, depth: string): Promise<Response> {
  return fetch(url, { method: 'PROPFIND', headers: { depth } });
}

async function hrefs(url: string, depth: string): Promise<string[]> {
  const response = await propfind(url, depth);
  expect(response.status).toBe(207);
  return [...(await response.text()).matchAll(/<D:href>([^<]*)<\/D:href>/g)].map(([, href]) => href!);
}
