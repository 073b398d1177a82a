// The tracker as it is started: its modes, what it reads from files, and what happens when those change. On loopback.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { parseMetainfo } from '../src/core/metainfo/parse.ts';
import { parseAnnounceAnswer } from '../src/core/tracker/http-answer.ts';
import { announceUrl } from '../src/core/tracker/http-request.ts';
import { createTorrent } from '../src/create.ts';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { folderWith, swarmline } from './command-line.ts';

const hash = (n: number) => new Uint8Array(20).fill(n);
const hex = (n: number) => toHex(hash(n));

async function open(options: StartTrackerOptions): Promise<RunningTracker> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0, ...options });
  onTestFinished(() => tracker.close());
  return tracker;
}

async function announce(
  tracker: RunningTracker,
  infoHash: Uint8Array,
  more: { key?: string; headers?: Record<string, string>; uploaded?: number; port?: number } = {},
) {
  const { key, headers = {}, uploaded = 0, port = 1 } = more;
  const base = `http://127.0.0.1:${tracker.address.port}${key === undefined ? '' : `/${key}`}/announce`;
  const facts = { infoHash, peerId: hash(9), port, uploaded, downloaded: 0, left: 1, key: 1 };
  const response = await fetch(announceUrl(base, facts), { headers });
  if (response.status !== 200) return `${response.status}`;
  const answer = parseAnnounceAnswer(new Uint8Array(await response.arrayBuffer()));
  return answer.kind === 'refusal' ? answer.reason : `${answer.incomplete} in the swarm`;
}

const NOT_SERVED = 'This tracker does not serve this torrent.';

test('an open tracker serves all but what is denied', async () => {
  const files = folderWith({ deny: hex(2) });
  const tracker = await open({ deny: [files('deny')] });
  expect(await announce(tracker, hash(1))).toBe('1 in the swarm');
  expect(await announce(tracker, hash(2))).toBe(NOT_SERVED);
});

test('a listed tracker serves what is on its lists, and reads them anew', async () => {
  const files = folderWith({ allow: `${hex(1)}\n${hex(2)}`, deny: hex(2) });
  const options = { allow: [files('allow')], deny: [files('deny')] };
  const tracker = await open(options);
  expect(await announce(tracker, hash(1))).toBe('1 in the swarm');
  expect(await announce(tracker, hash(2))).toBe(NOT_SERVED);
  expect(await announce(tracker, hash(3))).toBe(NOT_SERVED);
  writeFileSync(files('allow'), `${hex(1)}\n${hex(3)}`);
  await tracker.reload(options);
  expect(await announce(tracker, hash(3))).toBe('1 in the swarm');
  expect(await announce(tracker, hash(1), { port: 2 })).toBe('2 in the swarm');
});

test.each<[string, Record<string, string>, StartTrackerOptions, string]>([
  ['a list that is none', { allow: 'album' }, {}, 'LIST_INVALID'],
  ['a list that is gone', {}, {}, 'FILE_UNREADABLE'],
  ['a network that is none', { allow: hex(3) }, { trustedProxies: ['10.0.0.0/64'] }, 'CONFIG_INVALID'],
  ['zones without a share', { allow: hex(3) }, { zones: [['10.0.0.0/8']] }, 'CONFIG_INVALID'],
  ['a mode without keys', { allow: hex(3) }, { mode: 'private' }, 'CONFIG_INVALID'],
])('%s is refused with a sentence, and the tracker goes on as it was', async (_, changed, more, code) => {
  const files = folderWith({ allow: hex(1) });
  const options = { allow: [files('allow')] };
  const tracker = await open(options);
  rmSync(files('allow'));
  for (const [name, text] of Object.entries(changed)) writeFileSync(files(name), text);
  await expect(tracker.reload({ ...options, ...more })).rejects.toMatchObject({ code });
  expect(await announce(tracker, hash(1))).toBe('1 in the swarm');
  expect(await announce(tracker, hash(3))).toBe(NOT_SERVED);
});

test('a folder of torrents is served, and handed out; what is no torrent is passed over', async () => {
  const files = folderWith({ film: new Uint8Array(20_000), 'half.torrent': 'd8:announ', 'notes.txt': '' });
  const film = await createTorrent(files('film'));
  writeFileSync(files('my film.torrent'), film.bytes);
  const warnings: string[] = [];
  const tracker = await open({ torrents: files('.'), warned: sentence => warnings.push(sentence) });
  expect(warnings).toEqual([expect.stringContaining('half.torrent" is not served: ')]);
  const { infoHashV1, infoHashV2 } = parseMetainfo(film.bytes);
  expect(await announce(tracker, infoHashV1!)).toBe('1 in the swarm');
  expect(await announce(tracker, infoHashV2!.slice(0, 20), { port: 2 })).toBe('2 in the swarm');
  expect(await announce(tracker, hash(1))).toBe(NOT_SERVED);
  const get = (path: string) => fetch(`http://127.0.0.1:${tracker.address.port}${path}`);
  const served = await get('/torrents/my%20film.torrent');
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(new Uint8Array(film.bytes));
  expect(served.headers.get('content-type')).toBe('application/x-bittorrent');
  for (const path of ['half.torrent', 'notes.txt', '..%2f..%2fetc%2fpasswd', '%ff', ''])
    expect((await get(`/torrents/${path}`)).status, path).toBe(404);
});

test('whoever is banned is handed nothing, and what is no file in the folder is not waited for', async () => {
  const files = folderWith({ film: new Uint8Array(20_000), bans: '' });
  writeFileSync(files('film.torrent'), (await createTorrent(files('film'))).bytes);
  if (process.platform !== 'win32') execFileSync('mkfifo', [files('pipe.torrent')]);
  mkdirSync(files('folder.torrent'));
  const warnings: string[] = [];
  const options = {
    ...{ torrents: files('.'), bans: files('bans'), warned: (sentence: string) => warnings.push(sentence) },
  };
  const tracker = await open(options);
  expect(warnings).toContainEqual(expect.stringMatching(/folder\.torrent" is not served: .* is no file\.$/));
  const get = () => fetch(`http://127.0.0.1:${tracker.address.port}/torrents/film.torrent`);
  expect((await get()).status).toBe(200);
  writeFileSync(files('bans'), '127.0.0.1');
  await tracker.reload(options);
  const refused = await get();
  expect([refused.status, await refused.text()]).toEqual([
    403,
    'This tracker does not answer your network.\n',
  ]);
});

test('files that change are noticed', async () => {
  const files = folderWith({ allow: hex(1) });
  const warnings: string[] = [];
  const tracker = await open({
    allow: [files('allow')],
    watchMs: 20,
    warned: sentence => warnings.push(sentence),
  });
  writeFileSync(files('allow'), `${hex(1)}\n${hex(2)}`);
  await expect.poll(() => announce(tracker, hash(2))).toBe('1 in the swarm');
  writeFileSync(files('allow'), 'album');
  await expect
    .poll(() => warnings)
    .toEqual([expect.stringMatching(/^Line 1 of .* does not begin with an info hash/)]);
  expect(await announce(tracker, hash(2))).toBe('1 in the swarm');
});

test('a private tracker asks for a key, counts what each moves, and remembers it', async () => {
  const keys = '[alice]\nkey = "aaaaaaaa"\nmax-peers = 1\n[bob]\nkey = "bbbbbbbb"\nexpires = 2001-01-01\n';
  const files = folderWith({ keys });
  const options = { mode: 'private', keys: files('keys'), keyTotals: files('totals.json') } as const;
  const tracker = await open(options);
  expect(await announce(tracker, hash(1))).toBe('The tracker does not know the key in this URL.');
  expect(await announce(tracker, hash(1), { key: 'bbbbbbbb' })).toBe(
    'The tracker does not know the key in this URL.',
  );
  expect(await announce(tracker, hash(1), { key: 'aaaaaaaa' })).toBe('1 in the swarm');
  expect(await announce(tracker, hash(1), { key: 'aaaaaaaa', uploaded: 700 })).toBe('1 in the swarm');
  expect(await announce(tracker, hash(2), { key: 'aaaaaaaa' })).toBe('Too many peers announce by this key.');
  expect(tracker.keyTotals().get('alice')).toMatchObject({ uploaded: 700, announces: 2 });
  await tracker.close();
  expect(JSON.parse(readFileSync(files('totals.json'), 'utf8'))).toMatchObject({ alice: { uploaded: 700 } });
  const again = await open(options);
  expect(again.keyTotals().get('alice')).toMatchObject({ uploaded: 700, announces: 2 });
});

test.each([
  ['no TOML', 'alice = '],
  ['no table', 'alice = "aaaaaaaa"'],
  ['no key', '[alice]\nmax-peers = 1'],
  ['a short key', '[alice]\nkey = "a"'],
  ['a path as a key', '[alice]\nkey = "../../../x"'],
  ['a limit that is none', '[alice]\nkey = "aaaaaaaa"\nmax-peers = "many"'],
  ['a date that is none', '[alice]\nkey = "aaaaaaaa"\nexpires = "soon"'],
  ['a field that means nothing', '[alice]\nkey = "aaaaaaaa"\nmaxpeers = 1'],
  ['the same key twice', '[alice]\nkey = "aaaaaaaa"\n[bob]\nkey = "aaaaaaaa"'],
])('keys with %s are refused with a sentence', async (_, keys) => {
  const files = folderWith({ keys });
  await expect(startTracker({ mode: 'private', keys: files('keys') })).rejects.toMatchObject({
    code: 'KEYS_INVALID',
  });
});

test('behind a trusted proxy each client has its own limits', async () => {
  const tracker = await open({ trustedProxies: ['127.0.0.0/8'], requestsPerSecond: 1, requestBurst: 2 });
  const from = (client: string) => announce(tracker, hash(1), { headers: { 'x-forwarded-for': client } });
  expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')]).toEqual([
    ...['1 in the swarm', '1 in the swarm', 'Your address asks too often.'],
  ]);
  expect(await from('192.0.2.1, 192.0.2.2')).toBe('2 in the swarm');
  await tracker.reload({ trustedProxies: ['127.0.0.0/8'], requestsPerSecond: 1_000 });
  expect(await from('192.0.2.1')).toBe('2 in the swarm');
});

test('one swarm by UDP and HTTP on one port; keys by UDP stand in the path', async () => {
  const files = folderWith({ keys: '[alice]\nkey = "aaaaaaaa"' });
  const tracker = await open({ mode: 'private', keys: files('keys') });
  expect(await announce(tracker, hash(7), { key: 'aaaaaaaa', port: 2 })).toBe('1 in the swarm');
  const url = `udp://127.0.0.1:${tracker.address.port}`;
  const probe = (path: string) => swarmline(['tracker', 'probe', `${url}${path}`, '--info-hash', hex(7)]);
  const known = (await probe('/aaaaaaaa/announce')).out;
  expect(known).toContain('A second peer is told of the first.');
  // Whoever scrapes by UDP cannot say a key.
  expect(known).toContain('It tells no counts');
  expect((await probe('/announce')).out).toContain(
    'It refuses: The tracker does not know the key in this URL.',
  );
  expect(tracker.keyTotals().get('alice')?.announces).toBe(5);
});

test('what cannot be written down is said, and no reason to lose the rest', async () => {
  const files = folderWith({ keys: '[alice]\nkey = "aaaaaaaa"' });
  const kept = { stateFolder: files('state'), keyTotals: files('totals.json') };
  const tracker = await startTracker({
    ...{ host: '127.0.0.1', mode: 'private', keys: files('keys'), workers: 1, ...kept },
  });
  await announce(tracker, hash(1), { key: 'aaaaaaaa' });
  mkdirSync(join(files('state'), 'swarms.unfinished'));
  await expect(tracker.close()).rejects.toMatchObject({ code: 'STATE_NOT_WRITTEN' });
  expect(JSON.parse(readFileSync(files('totals.json'), 'utf8'))).toMatchObject({ alice: { announces: 1 } });
});

test.each([1, 1_000_000, 2 ** 31 + 1, 2 ** 40])(
  '%i bytes of memory are refused with a sentence',
  async bytes => {
    await expect(startTracker({ host: '127.0.0.1', memoryBytes: bytes })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  },
);

test('memory may have any number of bytes in between', async () => {
  const tracker = await open({ memoryBytes: 1_048_577, workers: 1 });
  expect(await announce(tracker, hash(1))).toBe('1 in the swarm');
});

test('swarms outlive the program where they are to', async () => {
  const files = folderWith();
  const options = { stateFolder: files('state') };
  const tracker = await open(options);
  await announce(tracker, hash(1));
  await tracker.close();
  expect(await announce(await open(options), hash(1), { port: 2 })).toBe('2 in the swarm');
});
