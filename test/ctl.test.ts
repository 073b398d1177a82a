// `swarmline ctl` against a daemon on loopback: what is typed is done, and shown to a person or to a program.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { widthOf } from '../src/cli/output/display-text.ts';
import { toHex } from '../src/core/bytes/hex.ts';
import type { TorrentDetails, TorrentRow } from '../src/rpc/methods.ts';
import { folderWith, type RunOptions, swarmline } from './command-line.ts';
import { runDaemon, type TestDaemon } from './daemon-program.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf(
  [
    { path: ['a.flac'], data: noise(30_000, 1) },
    { path: ['b.txt'], data: noise(20_000, 2) },
    { path: ['c.flac'], data: noise(10_000, 3) },
  ],
  { version: 'hybrid' },
);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const LINK = 'magnet:?xt=urn:btih:';
const NEVER = { stdin: '' };
const LONG = { timeout: 15_000 };

describe('swarmline ctl', () => {
  it('adds torrents by file, magnet link and info hash, and lists them', async () => {
    const { ctl } = await daemonWithCtl();
    const file = folderWith({ 'album.torrent': ALBUM.metainfo.bytes })('album.torrent');
    const paused = ['--paused', '--label', 'music', '--limit-up', '10K', '--seed-ratio', 'none'];
    expect(await ctl(['add', file, ...paused])).toMatchObject({
      status: 0,
      out: `Added: "album"  ${ID}\n`,
    });
    expect((await ctl(['add', file])).out).toBe(`There already: "album"  ${ID}\n`);
    const added = await ctl([
      'add',
      'bb'.repeat(20),
      `${LINK}${'cc'.repeat(20)}&dn=film`,
      '--paused',
      '--json',
    ]);
    expect((JSON.parse(added.out) as { torrent: TorrentRow }[]).map(({ torrent }) => torrent.name)).toEqual([
      'bb'.repeat(20),
      'film',
    ]);
    const { out } = await ctl(['list', '--sort', 'name', '--descending']);
    const [titles, ...lines] = out.trimEnd().split('\n');
    expect(titles).toMatch(/^ID +Name +State +Done +Size +↓ +↑ +Ratio +Left +Peers$/);
    expect(lines.map(line => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['cccccccc', 'film', 'paused'],
      ['bbbbbbbb', 'bb'.repeat(20), 'paused'],
      [ID.slice(0, 8), 'album', 'paused'],
    ]);
    const rows = JSON.parse((await ctl(['list', '--label', 'music', '--json'])).out) as TorrentRow[];
    expect(rows).toMatchObject([{ id: ID, labels: ['music'], length: 60_000 }]);
    expect((await ctl(['list', '--state', 'seeding'])).out).toBe('There is no such torrent.\n');
    const narrow = await ctl(['list'], { columns: 80 });
    for (const line of narrow.out.trimEnd().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  it('knows a torrent by its name, its hash, and any beginning of one that is its own', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    await daemon.ask('torrents.add', { torrent: base64(), isPaused: true });
    for (const [hash, name] of [
      ['ab'.repeat(20), 'one'],
      [`abc${'d'.repeat(37)}`, 'two'],
      ['ee'.repeat(20), 'two'],
    ])
      await daemon.ask('torrents.add', { magnet: `${LINK}${hash}&dn=${name}`, isPaused: true });
    const v2 = toHex(ALBUM.metainfo.infoHashV2!);
    for (const word of ['album', ID, ID.slice(0, 6).toUpperCase(), v2, v2.slice(0, 9)]) {
      const shown = JSON.parse((await ctl(['show', word, '--json'])).out) as TorrentDetails;
      expect(shown.id, word).toBe(ID);
    }
    const both = await ctl(['show', 'ab']);
    expect(both).toMatchObject({ status: 1, out: '' });
    expect(both.err).toMatch(/"ab" can be abababab…abababab \("one"\), abcddddd…dddddddd \("two"\)/);
    expect((await ctl(['show', 'two'])).err).toContain('give more of the hash');
    expect((await ctl(['show', 'three'])).err).toContain('There is no torrent "three" in the daemon');
    expect((await ctl(['show', 'abc'])).out).toContain('two');
  });

  it('stops, starts, sets, moves, renames, queues and removes', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    fill(join(daemon.folder, 'downloads'));
    await daemon.ask('torrents.add', { torrent: base64() });
    await expect.poll(async () => (await details(daemon)).state, LONG).toBe('seeding');
    expect((await ctl(['stop', 'album'])).out).toBe('Paused: "album".\n');
    expect(await details(daemon)).toMatchObject({ state: 'paused' });
    expect((await ctl(['start', '--all', '--json'])).out).toBe('{\n  "changed": 1\n}\n');
    await ctl([
      'set',
      'album',
      '--label',
      'a',
      '--add-label',
      'b',
      '--limit-down',
      '1M',
      '--seed-time',
      '2h',
    ]);
    await ctl(['set', 'album', '--remove-label', 'a', '--limit-up', '0', '--max-peers', '7', '--forced']);
    expect(await details(daemon)).toMatchObject({
      labels: ['b'],
      isForced: true,
      limits: { downloadBytesPerSecond: 1_048_576, uploadBytesPerSecond: 0, maxPeers: 7 },
      seedLimits: { seedTimeMs: 7_200_000 },
    });
    const shown = (await ctl(['show', 'album'])).out;
    for (const text of ['Labels', 'Limit down', '1.0 MiB/s', 'Seed for', '2 h', 'Info hash v2', 'Why'])
      expect(shown).toContain(text);
    await ctl(['set', 'album', '--no-labels', '--seed-time', 'none']);
    expect(await details(daemon)).toMatchObject({ labels: [], seedLimits: { seedTimeMs: null } });
    const moved = await ctl(['move', 'album', 'sub/folder']);
    expect(moved.out).toBe(`Moved: "album" is in ${join(daemon.folder, 'downloads/sub/folder')}.\n`);
    await ctl(['rename', 'album', 'record/B.txt', '--file', '1']);
    expect((await ctl(['files', 'album'])).out).toContain('record/B.txt');
    await daemon.ask('torrents.add', { magnet: 'aa'.repeat(20), isPaused: true });
    expect((await ctl(['queue', 'top', 'aaaa'])).status).toBe(0);
    expect((await details(daemon)).queue).toBe(1);
    await ctl(['queue', '2', 'aaaa']);
    expect((await details(daemon)).queue).toBe(0);
    for (const doing of ['recheck', 'reannounce']) expect((await ctl([doing, 'album'])).status).toBe(0);
    expect(await ctl(['remove', 'album', '--delete-data'], { stdin: '' })).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Removed: "album" and .* of data\.\n$/),
    });
    expect((await daemon.ask('torrents.list', {})).total).toBe(1);
  });

  it('asks on a terminal before it removes, and does nothing without a yes', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    await daemon.ask('torrents.add', { torrent: base64(), isPaused: true });
    // No stdin is a terminal where nobody types.
    const asked = await ctl(['remove', 'album'], {});
    expect(asked).toMatchObject({ status: 1, out: '' });
    expect(asked.err).toContain('Remove "album"? [y/N] ');
    expect((await daemon.ask('torrents.list', {})).total).toBe(1);
    expect((await ctl(['remove', 'album', '--yes'], {})).status).toBe(0);
    expect((await daemon.ask('torrents.list', {})).total).toBe(0);
  });

  it('shows files and says how much each is wanted', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    await daemon.ask('torrents.add', { torrent: base64(), isPaused: true });
    const priorities = async (...args: string[]) => {
      const { out, err } = await ctl(['files', 'album', ...args, '--json']);
      expect(err).toBe('');
      return (JSON.parse(out) as { priority: string }[]).map(({ priority }) => priority);
    };
    expect(await priorities()).toEqual(['normal', 'normal', 'normal']);
    expect(await priorities('--skip', '1', '--high', '2')).toEqual(['normal', 'skip', 'high']);
    expect(await priorities('--low', '0')).toEqual(['low', 'skip', 'high']);
    expect(await priorities('--only', '*.flac')).toEqual(['low', 'skip', 'high']);
    expect(await priorities('--only', '1')).toEqual(['skip', 'normal', 'skip']);
    expect(await priorities('--normal', '0-2')).toEqual(['normal', 'normal', 'normal']);
    expect(await ctl(['files', 'album', '--skip', '7'])).toMatchObject({ status: 2 });
    expect((await ctl(['files', 'album', '--skip', '0-2'])).err).toContain('None of its files');
    const table = (await ctl(['files', 'album'])).out;
    expect(table).toMatch(/^No +File +Size +Done +Priority\n 0 +album\/a\.flac +29\.3 KiB +0\.0 % +normal\n/);
  });

  it('shows peers, trackers, the log and totals', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    fill(join(daemon.folder, 'downloads'));
    const tracker = 'http://tracker.invalid/announce';
    await daemon.ask('torrents.add', { torrent: base64(), trackers: [tracker] });
    await expect.poll(async () => (await details(daemon)).state, LONG).toBe('seeding');
    expect((await ctl(['peers', 'album'])).out).toBe('Nobody is connected.\n');
    expect((await ctl(['trackers', 'album'])).out).toContain(tracker);
    expect((await ctl(['log', 'album'])).out).toMatch(/UTC · Everything is here already\.\n/);
    const stats = (await ctl(['stats'])).out;
    expect(stats).toMatch(/^Swarmline 0\.0\.0-test\n/);
    expect(stats).toMatch(/Torrents +1: seeding 1\n/);
    expect(JSON.parse((await ctl(['stats', '--json'])).out)).toMatchObject({ torrents: 1 });
  });

  it('shows how peers reach it, and of what is off why', async () => {
    const ipFilter = { blocks: () => false, count: 2 };
    const { ctl } = await daemonWithCtl({
      session: { listen: { host: '127.0.0.1', port: 0 }, dht: {} },
      ipFilter,
    });
    const { out } = await ctl(['reach']);
    expect(out).toMatch(/^✗ It takes peers of this machine alone\.\n\n/);
    expect(out).toMatch(/\n {2}TCP +127\.0\.0\.1:\d+\n {2}UDP +127\.0\.0\.1:\d+\n/);
    expect(out).toMatch(/\n {2}Router +off\n {2}DHT +IPv4: 0 nodes of 0 known\n {2}uTP +on\n/);
    expect(out).toMatch(/\n {2}LSD +off\n {2}PEX +on\n {2}IP filter +2 ranges, 0 connections refused\n$/);
    expect(JSON.parse((await ctl(['reach', '--json'])).out)).toMatchObject({
      isReachable: false,
      proxy: null,
    });
    expect((await ctl(['stats'])).out).toMatch(/Reachable +It takes peers of this machine alone\.\n/);
  });

  it('shows and changes the limits of all', async () => {
    const { ctl, daemon } = await daemonWithCtl();
    const changed = await ctl([
      ...['limits', '--down', '2M', '--max-active', '5', '--seed-ratio', '1.5', '--upload-slots', 'rate'],
      ...['--alternative', 'on', '--alternative-up', '50K', '--schedule', 'mon-fri 08:00-18:00'],
    ]);
    expect(changed.out).toMatch(/Limit down +2\.0 MiB\/s\n/);
    expect(changed.out).toMatch(/by themselves +mon,tue,wed,thu,fri 08:00-18:00\n/);
    const { limits, alternative } = await daemon.ask('session.get', {});
    expect(limits).toMatchObject({ maxActive: 5, seedRatio: 1.5, uploadSlots: 'rate' });
    expect(alternative).toMatchObject({ uploadBytesPerSecond: 51_200, schedule: { beginMinute: 480 } });
    expect(await ctl(['limits', '--down', 'none', '--schedule', 'none'])).toMatchObject({
      err: '',
      status: 0,
    });
    const after = JSON.parse((await ctl(['limits', '--json'])).out);
    expect(after).toMatchObject({
      limits: { downloadBytesPerSecond: null },
      alternative: { schedule: null },
    });
  });

  it('watches: what there is, what comes, and a daemon that was away', { timeout: 30_000 }, async () => {
    const first = await runDaemon();
    await first.ask('torrents.add', { torrent: base64(), isPaused: true });
    const watching = new SwarmlineProcess(['ctl', 'watch', '--url', first.url]);
    const lines = new SwarmlineProcess(['ctl', 'watch', '--url', first.url, '--json']);
    await lines.said(/"sequence":/);
    // What there is already.
    await watching.said(/ paused 0\.0 % "album"\n/);
    await first.ask('torrents.add', { magnet: `${LINK}${'cc'.repeat(20)}&dn=film`, isPaused: true });
    await watching.said(/cccccccc paused 0\.0 % "film"\n/);
    await lines.said(/"name":"film"/);
    const { port } = first.address;
    await first.close();
    await watching.said(/ It is waited for\.\n/, 'err');
    const second = await runDaemon({ rpc: { host: '127.0.0.1', port } }, first.folder);
    await second.ask('torrents.remove', { ids: ['cc'.repeat(20)] });
    await second.ask('torrents.add', { magnet: `${LINK}${'dd'.repeat(20)}&dn=later`, isPaused: true });
    await lines.said(/"name":"later"|"isReset":true/);
    // What has happened meanwhile is told, and what has not is not told again.
    await watching.said(/ paused 0\.0 % "later"\n/);
    await watching.said(/cccccccc removed "film"\n/);
    expect(watching.out.match(/"album"/g)).toHaveLength(1);
    expect(await watching.interrupted()).toBe(130);
    expect(await lines.interrupted()).toBe(130);
  });

  it('says in a sentence where there is no daemon, or something else', async () => {
    const daemon = await runDaemon();
    await daemon.close();
    const { status, err } = await swarmline(['ctl', 'list', '--url', daemon.url], NEVER);
    expect(status).toBe(1);
    expect(err).toBe(
      `swarmline: Daemon not running: nothing answers at ${daemon.url}. "swarmline daemon" starts one; --url names another.\n`,
    );
    expect(await swarmline(['ctl', 'lst'])).toMatchObject({
      status: 2,
      err: 'swarmline: There is no command "ctl lst". Did you mean "list"?\n',
    });
    expect((await swarmline(['ctl'])).status).toBe(2);
    expect((await swarmline(['ctl', 'stop', '--url', daemon.url], NEVER)).err).toContain('Which torrents?');
  });

  it('finds address and token by flag, environment and configuration', async () => {
    const token = 'a-token-of-the-daemon';
    const daemon = await runDaemon({ token });
    const { port } = daemon.address;
    const folder = folderWith({
      token: `${token}\n`,
      'config.toml': `[daemon]\nrpc-port = ${port}\ntoken-file = "token-of-config"\n`,
      empty: '',
    });
    writeFileSync(
      folder('config.toml'),
      `[daemon]\nrpc-host = "0.0.0.0"\nrpc-port = ${port}\ntoken-file = '${folder('token')}'\n`,
    );
    const stats = async (args: string[], env: Record<string, string>) => {
      for (const [name, value] of Object.entries({ SWARMLINE_CONFIG: folder('empty'), ...env }))
        vi.stubEnv(name, value);
      try {
        return (await swarmline(['ctl', 'stats', ...args], NEVER)).err;
      } finally {
        vi.unstubAllEnvs();
      }
    };
    const url = ['--url', daemon.url];
    expect(await stats(url, {})).toContain('A token is needed');
    expect(await stats([...url, '--token-file', folder('token')], {})).toBe('');
    expect(await stats(url, { SWARMLINE_TOKEN: token })).toBe('');
    expect(await stats([], { SWARMLINE_RPC_URL: daemon.url, SWARMLINE_TOKEN_FILE: folder('token') })).toBe(
      '',
    );
    expect(await stats([], { SWARMLINE_CONFIG: folder('config.toml') })).toBe('');
    // The token of the configuration goes to the daemon of the configuration alone.
    expect(await stats(url, { SWARMLINE_CONFIG: folder('config.toml') })).toContain('A token is needed');
    expect(await stats([...url, '--token-file', folder('empty')], {})).toContain('should hold a token');
  });
});

async function daemonWithCtl(given: Parameters<typeof runDaemon>[0] = {}) {
  const daemon = await runDaemon(given);
  const ctl = ([name, ...rest]: readonly string[], options: RunOptions = NEVER) =>
    swarmline(['ctl', name!, '--url', daemon.url, ...rest], options);
  return { daemon, ctl };
}

function base64(): string {
  return Buffer.from(ALBUM.metainfo.bytes).toString('base64');
}

function details(daemon: TestDaemon): Promise<TorrentDetails> {
  return daemon.ask('torrents.get', { id: ID });
}

function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    mkdirSync(join(folder, 'album'), { recursive: true });
    writeFileSync(join(folder, 'album', ...path), data);
  }
}
