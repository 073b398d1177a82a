// What a running tracker shows of itself and lets itself be told: metrics, health, the page and the API, on its own port.

import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { folderWith } from './command-line.ts';

const TOKEN = 'a token of the tests'.replaceAll(' ', '-');

interface ApiBody {
  readonly torrents: readonly { readonly infoHash: string }[];
  readonly peers: readonly unknown[];
  readonly keys: readonly unknown[];
}

async function open(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0, ...options });
  onTestFinished(() => tracker.close());
  return tracker;
}

/** A tracker whose API is on. */
async function openWithApi(options: StartTrackerOptions = {}) {
  const files = folderWith({ token: `${TOKEN}\n` });
  const tracker = await open({ apiTokenFile: files('token'), ...options });
  const api = async (path: string, method = 'GET', headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${TOKEN}`;
    const url = `http://127.0.0.1:${tracker.address.port}/api/v1/${path}`;
    const response = await fetch(url, { method, headers: { authorization, ...headers } });
    return { status: response.status, body: (await response.json()) as ApiBody };
  };
  return { tracker, api, files };
}

async function get({ address }: RunningTracker, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${address.port}${path}`, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function announce(tracker: RunningTracker, letter: string, port: number, left = 1, event = '') {
  const more = `peer_id=${'p'.repeat(20)}&port=${port}&left=${left}${event && `&event=${event}`}`;
  return (await get(tracker, `/announce?info_hash=${letter.repeat(20)}&${more}`)).text;
}

const hex = (letter: string) => Buffer.from(letter.repeat(20)).toString('hex');

test('metrics count what was asked, by protocol and event, and what is there', async () => {
  const tracker = await open({ mode: 'open' });
  await announce(tracker, 'a', 1, 0, 'started');
  await announce(tracker, 'a', 2, 1, 'started');
  await announce(tracker, 'a', 2, 1);
  await announce(tracker, 'a', 0);
  await get(tracker, `/scrape?info_hash=${'a'.repeat(20)}`);
  const { text, headers } = await get(tracker, '/metrics');
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    'announces_total{protocol="http",event="started"} 2',
    'announces_total{protocol="http",event="none"} 1',
    'scrapes_total{protocol="http"} 1',
    'errors_total{protocol="http",code="malformed"} 1',
    'swarms{reached="address"} 1',
    'peers{reached="address",role="seed"} 1',
    'peers{reached="address",role="leecher"} 1',
    'store_up{store="memory"} 1',
  ])
    expect(text).toContain(`swarmline_tracker_${line}\n`);
  expect(Number(/received_bytes_total\{protocol="http"\} (\d+)/.exec(text)![1])).toBeGreaterThan(500);
  expect(Number(/sent_bytes_total\{protocol="http"\} (\d+)/.exec(text)![1])).toBeGreaterThan(300);
});

test('is healthy and ready, and while it drains healthy alone, and answers as before', async () => {
  const tracker = await open();
  expect((await get(tracker, '/health')).status).toBe(200);
  expect((await get(tracker, '/ready')).status).toBe(200);
  tracker.drain();
  expect((await get(tracker, '/health')).status).toBe(200);
  expect(await get(tracker, '/ready')).toMatchObject({
    status: 503,
    text: 'The tracker is about to stop.\n',
  });
  expect(await announce(tracker, 'a', 1)).toContain('10:incompletei1e');
});

test('there is no API without a token, and with one no answer without it', async () => {
  const off = await get(await open(), '/api/v1/bans');
  expect([off.status, JSON.parse(off.text).error.code]).toEqual([403, 'API_OFF']);
  const { tracker, api } = await openWithApi();
  const without = await get(tracker, '/api/v1/bans');
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await api('bans', 'GET', { authorization: 'Bearer wrong' })).toMatchObject({
    status: 401,
    body: { error: { code: 'TOKEN_NEEDED', message: 'This is not the tracker’s token.' } },
  });
  expect(await api('bans')).toEqual({ status: 200, body: { total: 0, offset: 0, limit: 50, bans: [] } });
  expect(without.headers.get('access-control-allow-origin')).toBeNull();
});

test('a name that is not the tracker’s is refused, and one of its own is not', async () => {
  const { tracker } = await openWithApi({ names: ['tracker.example'] });
  const asked = async (host: string) => {
    const line = await raw(
      tracker,
      `GET /api/v1/totals HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    return line.split(' ')[1];
  };
  expect(await asked('evil.example')).toBe('403');
  expect(await asked('Tracker.example:6969')).toBe('200');
  expect(await asked('localhost:6969')).toBe('200');
  expect(await asked('[::1]:6969')).toBe('200');
});

test('everybody may see the totals, nothing, or the largest swarms too', async () => {
  const totals = await get(await open(), '/api/v1/totals');
  expect(JSON.parse(totals.text)).toMatchObject({ mode: 'open', swarms: 0, ready: true, showsSwarms: false });
  const { tracker, api, files } = await openWithApi({ shows: 'nothing' });
  for (const path of ['/metrics', '/api/v1/totals', '/api/v1/largest'])
    expect((await get(tracker, path)).status, path).toBe(401);
  expect((await api('totals')).status).toBe(200);
  await tracker.reload({ apiTokenFile: files('token'), shows: 'swarms' });
  await announce(tracker, 'a', 1);
  const largest = await get(tracker, '/api/v1/largest');
  expect(JSON.parse(largest.text).torrents[0]).toMatchObject({ infoHash: hex('a'), leechers: 1 });
  const { status } = await get(await open(), '/api/v1/largest');
  expect(status).toBe(403);
});

test('torrents come sorted and in pages, found by how their hashes begin', async () => {
  const { tracker, api } = await openWithApi();
  for (const [letter, peers] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const)
    for (let port = 1; port <= peers; port++) await announce(tracker, letter, port, port === 1 ? 0 : 1);
  const { body } = await api('torrents?limit=2');
  expect(body).toMatchObject({ total: 3, offset: 0, limit: 2 });
  expect(body.torrents.map(({ infoHash }: { infoHash: string }) => infoHash)).toEqual([hex('a'), hex('c')]);
  expect((await api('torrents?sort=leechers&order=ascending&offset=1&limit=1')).body.torrents).toEqual([
    { infoHash: hex('c'), seeds: 1, leechers: 1, downloaded: 0, webSocketPeers: 0 },
  ]);
  expect((await api('torrents?prefix=62')).body.torrents).toHaveLength(1);
});

test('one torrent shows how it is served, and its peers in pages', async () => {
  const { tracker, api } = await openWithApi();
  for (const port of [1, 2, 3]) await announce(tracker, 'a', port, port === 3 ? 0 : 1);
  expect((await api(`torrents/${hex('a')}`)).body).toEqual({
    infoHash: hex('a'),
    served: 'open',
    seeds: 1,
    leechers: 2,
    downloaded: 0,
    webSocketPeers: 0,
  });
  const { body } = await api(`torrents/${hex('a')}/peers?offset=1&limit=5`);
  expect(body).toMatchObject({ total: 3, offset: 1, limit: 5 });
  expect(body.peers).toHaveLength(2);
  expect(body.peers[1]).toEqual({
    ...{ ip: '127.0.0.1', port: 3, role: 'seed' },
    // By a real clock: a second may have begun since.
    lastSeenSeconds: expect.toBeOneOf([0, 1, 2]),
  });
  expect(await api(`torrents/${hex('z')}`)).toMatchObject({
    status: 404,
    body: { error: { code: 'NO_SUCH_TORRENT' } },
  });
});

test('a hybrid is one torrent, by whichever of its hashes it is asked for', async () => {
  const { tracker, api } = await openWithApi();
  const infoHashV2 = new Uint8Array(32).fill(0x62);
  await tracker.register({ infoHashV1: new Uint8Array(20).fill(0x61), infoHashV2 });
  await announce(tracker, 'a', 1, 1);
  await announce(tracker, 'b', 2, 1);
  for (const asked of [hex('a'), hex('b'), '62'.repeat(32)])
    expect((await api(`torrents/${asked}`)).body).toMatchObject({
      infoHash: hex('a'),
      served: 'registered',
      leechers: 2,
    });
});

test('keys show what they have moved, and never themselves', async () => {
  const files = folderWith({ keys: '[alice]\nkey = "0123456789"\n' });
  const { tracker, api } = await openWithApi({ mode: 'private', keys: files('keys') });
  await get(
    tracker,
    `/0123456789/announce?info_hash=${'a'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1&left=1`,
  );
  const { body } = await api('keys');
  expect(body.keys).toMatchObject([{ name: 'alice', announces: 1 }]);
  expect(JSON.stringify(body)).not.toContain('0123456789');
});

test('lists say what is served, and a reload reads them anew', async () => {
  const files = folderWith({ allow: `${hex('a')}\n`, deny: '' });
  const { api } = await openWithApi({ allow: [files('allow')], deny: [files('deny')] });
  expect((await api('lists')).body).toEqual({
    mode: 'listed',
    registered: 0,
    allowed: 1,
    denied: 0,
    files: [],
  });
  writeFileSync(files('allow'), `${hex('a')}\n${hex('b')}\n`);
  expect(await api('reload', 'POST')).toEqual({ status: 200, body: { reloaded: true } });
  expect((await api('lists')).body).toMatchObject({ allowed: 2 });
  writeFileSync(files('allow'), 'nonsense\n');
  expect(await api('reload', 'POST')).toMatchObject({
    status: 409,
    body: { error: { code: 'LIST_INVALID' } },
  });
  expect((await api('lists')).body).toMatchObject({ allowed: 2 });
});

test('a ban is heard by all that comes after it, and is kept in its file', async () => {
  const files = folderWith({ bans: '203.0.113.0/24 # floods\n' });
  const noted: string[] = [];
  const options = { bans: files('bans'), noted: (sentence: string) => void noted.push(sentence) };
  const { tracker, api } = await openWithApi(options);
  expect((await api('bans')).body).toMatchObject({
    total: 1,
    bans: [{ network: '203.0.113.0/24', note: 'floods' }],
  });
  expect((await api('bans/127.0.0.0%2F8?note=tests', 'PUT')).body).toEqual({
    network: '127.0.0.0/8',
    note: 'tests',
  });
  expect(readFileSync(files('bans'), 'utf8')).toBe('203.0.113.0/24 # floods\n127.0.0.0/8 # tests\n');
  expect(await announce(tracker, 'a', 1)).toContain('This tracker does not answer your network.');
  expect((await api('bans/127.0.0.0/8', 'DELETE')).status).toBe(200);
  expect(await announce(tracker, 'a', 1)).toContain('10:incompletei1e');
  expect(await api('bans/127.0.0.0/8', 'DELETE')).toMatchObject({
    status: 404,
    body: { error: { code: 'NO_SUCH_BAN' } },
  });
  expect(noted).toEqual([
    '127.0.0.0/8 is banned (tests), by the API.',
    '127.0.0.0/8 is banned no more, by the API.',
  ]);
});

test.each([
  ['torrents?limit=9999', 'The parameter "limit" should be a whole number of 1000 at most.'],
  ['torrents?limit=1&limit=2', 'The parameter "limit" should be given once.'],
  ['torrents?colour=red', 'The parameter "colour" means nothing here.'],
  [
    'torrents?prefix=xyz',
    'The parameter "prefix" should be the first hexadecimal digits of an info hash, 40 at most.',
  ],
  ['torrents?sort=name', 'The parameter "sort" should be one of peers, seeds, leechers, downloaded.'],
  ['torrents/12', 'An info hash has 40 or 64 hexadecimal digits.'],
  ['bans?limit=%ff', 'The URL is not percent-encoded UTF-8.'],
])('refuses %s in a sentence', async (path, message) => {
  const { api } = await openWithApi();
  expect(await api(path)).toEqual({ status: 400, body: { error: { code: 'PARAMETER_INVALID', message } } });
});

test('paths and methods that are none are refused, and a body is not read', async () => {
  const { tracker, api } = await openWithApi();
  expect((await api('nothing')).status).toBe(404);
  expect(await api('reload')).toMatchObject({
    status: 405,
    body: { error: { message: 'This path takes POST.' } },
  });
  expect((await api('bans/example.org', 'PUT')).status).toBe(400);
  const head = `POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  expect(await raw(tracker, `${head}Content-Length: 2\r\n\r\n{}`)).toContain(' 413 ');
  expect(await raw(tracker, 'POST /announce HTTP/1.1\r\nHost: localhost\r\n\r\n')).toContain(' 405 ');
});

test('who asks the API too often is told so', async () => {
  const { tracker } = await openWithApi({ requestsPerSecond: 1, requestBurst: 6 });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await get(tracker, '/api/v1/bans')).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await get(tracker, '/health')).status).toBe(200);
});

test('the page is files of its own, and nothing from elsewhere can run in it', async () => {
  const tracker = await open();
  const { status, text, headers } = await get(tracker, '/');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  expect(text).not.toMatch(/<style|style="|\son[a-z]+="|<script>|https?:\/\//);
  const linked = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  expect(linked.length).toBeGreaterThan(2);
  for (const path of linked) expect((await get(tracker, path)).status, path).toBe(200);
  expect((await get(tracker, '/page/..%2f..%2fpackage.json')).status).toBe(404);
});

test.each([
  [{ token: 'short' }, 'TOKEN_INVALID'],
  [{ token: TOKEN, bans: 'everybody' }, 'BANS_INVALID'],
])('does not start with %j', async (texts, code) => {
  const files = folderWith(texts as unknown as Record<string, string>);
  await expect(
    startTracker({
      host: '127.0.0.1',
      apiTokenFile: files('token'),
      ...('bans' in texts && { bans: files('bans') }),
    }),
  ).rejects.toMatchObject({ code });
});

/** The first line of the answer to bytes as they are. */
function raw({ address }: RunningTracker, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      text += data;
      if (!text.includes('\r\n')) return;
      socket.destroy();
      resolve(text.split('\r\n')[0]!);
    });
    socket.on('error', reject);
  });
}
