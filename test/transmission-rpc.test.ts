// Transmission's RPC over HTTP, on loopback: the handshake, both forms of a call, and who is refused.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { METHODS } from '../src/rpc/transmission/methods.ts';
import { SESSION_FIELDS } from '../src/rpc/transmission/session-fields.ts';
import { TORRENT_FIELDS } from '../src/rpc/transmission/torrent-fields.ts';
import { TORRENT_SETTINGS } from '../src/rpc/transmission/torrent-settings.ts';
import { runDaemon, type TestDaemon, testFolder } from './daemon-program.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf([
  { path: ['a'], data: noise(100_000, 1) },
  { path: ['cd', 'b.mp3'], data: noise(200_000, 2) },
  { path: ['cd', 'c.mp3'], data: noise(50_000, 3) },
]);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const METAINFO = Buffer.from(ALBUM.metainfo.bytes).toString('base64');

describe('the handshake', () => {
  it('tells whoever comes without its word what that is, whatever he asks', async () => {
    const daemon = await runDaemon();
    for (const method of ['GET', 'POST', 'HEAD']) {
      const { status, headers } = await send(daemon, { method });
      expect(status).toBe(409);
      expect(headers.get('x-transmission-session-id')).toMatch(/^[0-9a-f]{48}$/);
      expect(headers.get('x-transmission-rpc-version')).toBe('6.0.1');
    }
    expect(await (await send(daemon, { method: 'GET' })).text()).toMatch(
      /X-Transmission-Session-Id: [0-9a-f]{48}/,
    );
    expect((await send(daemon, { word: 'wrong' })).status).toBe(409);
    expect((await send(daemon, { word: await wordOf(daemon), method: 'GET' })).status).toBe(405);
  });

  it('has another word in the next run', async () => {
    const first = await runDaemon();
    const word = await wordOf(first);
    await first.close();
    const second = await runDaemon({}, first.folder);
    expect((await send(second, { word })).status).toBe(409);
  });
});

describe('a call that is refused', () => {
  it('is one for another name, of another page, or without the token', async () => {
    const daemon = await runDaemon({ token: 'secret' });
    const authorization = `Basic ${Buffer.from('anybody:secret').toString('base64')}`;
    expect((await send(daemon, {})).status).toBe(401);
    expect((await send(daemon, { headers: { authorization } })).status).toBe(409);
    expect(await statusFor(daemon, { host: 'evil.example', authorization })).toBe(403);
    expect(await statusFor(daemon, { origin: 'http://evil.example', authorization })).toBe(403);
    expect(await statusFor(daemon, { authorization: 'Basic AAAA' })).toBe(401);
  });

  it('is one that is longer than it may be', async () => {
    const daemon = await runDaemon();
    const word = await wordOf(daemon);
    expect(
      await statusFor(daemon, { 'x-transmission-session-id': word, 'content-length': `${2 ** 30}` }),
    ).toBe(413);
  });

  it('is one that names a place outside of the allowed folders, through links too', async () => {
    const folder = testFolder();
    const downloads = join(folder, 'downloads');
    mkdirSync(downloads);
    symlinkSync('/', join(downloads, 'out'));
    writeFileSync(join(folder, 'a.torrent'), ALBUM.metainfo.bytes);
    const daemon = await runDaemon({}, folder);
    const call = await caller(daemon);
    const outside = expect.stringContaining('outside of the folders');
    for (const place of ['/etc', join(downloads, '..'), join(downloads, 'out', 'etc')]) {
      const add = { metainfo: METAINFO, 'download-dir': place, paused: true };
      expect(await call('torrent-add', add)).toMatchObject({ result: outside });
      expect(await call('free-space', { path: place })).toMatchObject({ result: outside });
      expect(await call('session-set', { 'download-dir': place })).toMatchObject({ result: outside });
    }
    for (const filename of [
      '/etc/passwd',
      join(folder, 'a.torrent'),
      join(downloads, 'out', 'etc', 'passwd'),
    ])
      expect(await call('torrent-add', { filename })).toMatchObject({ result: outside });
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    expect(await call('torrent-set-location', { location: '/etc', move: true })).toMatchObject({
      result: outside,
    });
    expect(await call('torrent-set', { location: '/etc' })).toMatchObject({ result: outside });
    expect(await call('torrent-get', { fields: ['downloadDir'] })).toMatchObject({
      arguments: { torrents: [{ downloadDir: downloads }] },
    });
    expect(await call('torrent-rename-path', { ids: 1, path: 'album', name: '../out' })).toMatchObject({
      result: 'Invalid argument',
    });
  });
});

describe('any JSON', () => {
  it('has an answer', async () => {
    const daemon = await runDaemon();
    const call = await caller(daemon);
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    const word = await wordOf(daemon);
    // What ends the daemon, or asks other machines, is not for this.
    const methods = Object.keys(METHODS).filter(name => name !== 'session_close');
    const names = [
      ...Object.keys(TORRENT_FIELDS),
      ...Object.keys(TORRENT_SETTINGS),
      ...Object.keys(SESSION_FIELDS),
      ...[
        'ids',
        'fields',
        'format',
        'move',
        'path',
        'name',
        'metainfo',
        'filename',
        'files_wanted',
        'priority_high',
      ],
      '__proto__',
      'constructor',
    ];
    const scalar = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        false,
        0,
        1,
        -1,
        2 ** 53,
        1.5,
        1e300,
        '',
        'recently-active',
        ID,
        '/',
        'table',
      ),
      fc.string(),
      fc.constantFrom(...names),
      fc.integer(),
    );
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), scalar, { maxKeys: 3 }),
    );
    const given = fc.oneof(value, fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }));
    const one = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          jsonrpc: fc.constantFrom('2.0', '1.0', 3),
          method: fc.oneof(fc.constantFrom(...methods), fc.string()),
          params: given,
          id: value,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        { method: fc.constantFrom(...methods), arguments: given, tag: value },
        { requiredKeys: ['method'] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(one, fc.array(one, { maxLength: 3 })), async request => {
        const response = await send(daemon, { word, body: JSON.stringify(request) });
        expect([200, 204]).toContain(response.status);
        if (response.status === 200) expect(typeof (await response.json())).toBe('object');
      }),
      { numRuns: 300 },
    );
    for (const body of ['', '{', '\0', '['.repeat(100_000), '"\\ud800"'])
      expect((await send(daemon, { word, body })).status).toBe(200);
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    for (const given of [
      `"preferred_transports":${deep}`,
      `"tracker-remove":${deep}`,
      `"trackerAdd":[${deep}]`,
    ]) {
      for (const method of ['session-set', 'torrent-set', 'torrent-get']) {
        const body = `{"method":"${method}","arguments":{${given},"fields":${deep},"ids":${deep}},"tag":${deep}}`;
        expect((await send(daemon, { word, body })).status).toBe(200);
        const every = body.replace('"ids"', '"all"');
        expect((await send(daemon, { word, body: every })).status).toBe(200);
      }
    }
    expect(await call('session-get', { fields: ['version'] })).toMatchObject({ result: 'success' });
  }, 120_000);
});

type Answer = { readonly result: string; readonly arguments: Record<string, unknown> };

/** Calls in the form of before 4.1. */
async function caller(daemon: TestDaemon): Promise<(method: string, given?: object) => Promise<Answer>> {
  const word = await wordOf(daemon);
  return async (method, given = {}) => {
    const response = await send(daemon, { word, body: JSON.stringify({ method, arguments: given }) });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  };
}

async function wordOf(daemon: TestDaemon): Promise<string> {
  return (await send(daemon, {})).headers.get('x-transmission-session-id')!;
}

function send(
  { url }: TestDaemon,
  {
    word,
    method = 'POST',
    body = '{}',
    headers = {},
  }: { word?: string; method?: string; body?: string; headers?: Record<string, string> },
): Promise<Response> {
  return fetch(`${url}/transmission/rpc`, {
    method,
    headers: { ...headers, ...(word !== undefined && { 'x-transmission-session-id': word }) },
    ...(method === 'POST' && { body }),
  });
}

/** The status of a call with these fields, some of which `fetch` does not let through. */
function statusFor({ url }: TestDaemon, fields: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/transmission/rpc`, { method: 'POST', headers: fields });
    asked.once('error', reject);
    asked.once('response', response => {
      resolve(response.statusCode!);
      response.resume();
      asked.destroy();
    });
    if (fields['content-length'] === undefined) asked.end('{}');
    else asked.flushHeaders();
  });
}
