// What Transmission's RPC does to a daemon and says of it, method by method.

import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { runDaemon, type TestDaemon, testFolder } from './daemon-program.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf([
  { path: ['a'], data: noise(100_000, 1) },
  { path: ['cd', 'b.mp3'], data: noise(200_000, 2) },
  { path: ['cd', 'c.mp3'], data: noise(50_000, 3) },
]);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const METAINFO = Buffer.from(ALBUM.metainfo.bytes).toString('base64');
const OTHER = 'ab'.repeat(20);

describe('torrent-get', () => {
  it('has every field of the specification, of the type that it has there', async () => {
    const { call } = await client(await seed());
    await call('torrent-add', { metainfo: METAINFO });
    await untilStatus(call, 6);
    const fields = Object.keys(FIELDS);
    const [torrent] = (await call('torrent-get', { ids: 1, fields }))['torrents'] as Record<
      string,
      unknown
    >[];
    expect(Object.fromEntries(fields.map(name => [name, typeOf(torrent![name])]))).toEqual(FIELDS);
    expect(torrent).toMatchObject({
      hashString: ID,
      name: 'album',
      status: 6,
      percentDone: 1,
      totalSize: 350_000,
      haveValid: 350_000,
      leftUntilDone: 0,
      pieceCount: 11,
      pieceSize: 32_768,
      pieces: Buffer.from([0xff, 0xe0]).toString('base64'),
      availability: Array(11).fill(-1),
      wanted: [1, 1, 1],
      'primary-mime-type': 'audio/mpeg',
      eta: -1,
      error: 0,
      seedRatioMode: 0,
      seedRatioLimit: 2,
      peersFrom: { fromTracker: 0, fromLtep: 0 },
    });
    expect(torrent!['files']).toMatchObject([
      { name: 'album/a', length: 100_000, bytesCompleted: 100_000, beginPiece: 0, endPiece: 4 },
      { name: 'album/cd/b.mp3' },
      { name: 'album/cd/c.mp3' },
    ]);
    expect(torrent!['fileStats']).toMatchObject([
      { bytesCompleted: 100_000, wanted: true, priority: 0 },
      {},
      {},
    ]);
  });

  it('gives rows, a table, and passes over what nobody knows', async () => {
    const { call } = await client(await runDaemon());
    await call('torrent-add', { filename: OTHER, paused: true });
    const asked = { fields: ['id', 'hashString', 'nothing', 3], ids: [1, 99, 'nobody', null] };
    expect(await call('torrent-get', asked)).toEqual({ torrents: [{ id: 1, hashString: OTHER }] });
    expect(await call('torrent-get', { ...asked, format: 'table' })).toEqual({
      torrents: [
        ['id', 'hashString'],
        [1, OTHER],
      ],
    });
    expect(await call('torrent-get', { fields: ['id'], ids: [] })).toEqual({ torrents: [] });
    expect(await call('torrent-get', { fields: ['id'], ids: OTHER.toUpperCase() })).toEqual({
      torrents: [{ id: 1 }],
    });
  });

  it('numbers torrents, and gives no number twice; tells which were removed lately', async () => {
    const { call } = await client(await runDaemon());
    for (const hash of ['1', '2', '3'])
      await call('torrent-add', { filename: hash.repeat(40), paused: true });
    await call('torrent-remove', { ids: [2, 3] });
    await call('torrent-add', { filename: '2'.repeat(40), paused: true });
    const { torrents, removed } = await call('torrent-get', { fields: ['id'], ids: 'recently-active' });
    expect(torrents).toEqual([{ id: 1 }, { id: 4 }]);
    expect((removed as number[]).sort()).toEqual([2, 3]);
  });
});

describe('torrent-add', () => {
  it('takes a file of an allowed folder, a magnet link, a hash; says what is there already', async () => {
    const daemon = await runDaemon();
    const { call } = await client(daemon);
    const file = join(daemon.folder, 'downloads', 'a.torrent');
    writeFileSync(file, ALBUM.metainfo.bytes);
    const given = {
      filename: file,
      paused: true,
      labels: ['b', 'a'],
      'files-unwanted': [0],
      'priority-high': [0, 1],
      'peer-limit': 7,
    };
    expect(await call('torrent-add', given)).toEqual({
      'torrent-added': { hashString: ID, id: 1, name: 'album' },
    });
    const fields = ['labels', 'wanted', 'priorities', 'peer-limit', 'status'];
    expect((await call('torrent-get', { fields }))['torrents']).toEqual([
      { labels: ['a', 'b'], wanted: [0, 1, 1], priorities: [1, 1, 0], 'peer-limit': 7, status: 0 },
    ]);
    expect(await call('torrent-add', { metainfo: METAINFO })).toEqual({
      'torrent-duplicate': { hashString: ID, id: 1, name: 'album' },
    });
    const magnet = `magnet:?xt=urn:btih:${OTHER}&dn=name`;
    expect(
      await call('torrent-add', { filename: magnet, paused: true, cookies: 'a=b', bandwidthPriority: 1 }),
    ).toEqual({
      'torrent-added': { hashString: OTHER, id: 2, name: 'name' },
    });
    const { lines } = await daemon.ask('torrents.log', { id: OTHER });
    expect(lines.map(({ text }) => text)).toContain(
      'It was added with a bandwidth priority, cookies, which is not heeded here.',
    );
  });

  it.each([
    [{}, 'no filename or metainfo specified'],
    [{ metainfo: '!' }, /^unrecognized info/],
    [{ metainfo: 'AAAA' }, /^unrecognized info/],
    [{ filename: 'magnet:?dn=x' }, /^unrecognized info/],
    [{ metainfo: METAINFO, 'download-dir': 'relative' }, /path is not absolute/],
    [{ metainfo: METAINFO, labels: ['a,b'] }, 'labels cannot contain comma (,) character'],
    [{ metainfo: METAINFO, 'files-wanted': [9] }, 'file index out of range'],
  ])('refuses what is not to be added: %#', async (given, words) => {
    const { failing } = await client(await runDaemon());
    expect(await failing('torrent-add', given)).toMatch(words);
  });
});

describe('a magnet', () => {
  it('is fetched without the files that were not wanted before they were known; its peers are told', async () => {
    const first = await seed();
    const from = await client(first);
    await from.call('torrent-add', { metainfo: METAINFO });
    await untilStatus(from.call, 6);
    const leech = await runDaemon();
    const { call } = await client(leech);
    await call('torrent-add', {
      filename: ID,
      'files-unwanted': [0, 2],
      'priority-high': [1],
      sequential_download: true,
    });
    const [magnet] = (await call('torrent-get', { fields: Object.keys(FIELDS) }))['torrents'] as Record<
      string,
      unknown
    >[];
    expect(magnet).toMatchObject({
      status: 4,
      name: ID,
      totalSize: 0,
      files: [],
      percentDone: 0,
      metadataPercentComplete: 0,
      pieces: '',
    });
    const { torrent } = leech.daemon.library.find(ID)!;
    torrent.setLimits({ downloadBytesPerSecond: 100_000 });
    torrent.peersFound([{ host: '127.0.0.1', port: first.daemon.session.address!.port }], 'tracker');
    const fields = [
      'status',
      'wanted',
      'priorities',
      'sizeWhenDone',
      'percentDone',
      'peers',
      'peersFrom',
      'peersSendingToUs',
      'availability',
      'desiredAvailable',
      'leftUntilDone',
    ];
    for (;;) {
      const [row] = (await call('torrent-get', { fields }))['torrents'] as [
        Record<string, unknown> & { peers: object[] },
      ];
      if (
        row.peers.length > 0 &&
        row['status'] === 4 &&
        row['sizeWhenDone'] === 200_000 &&
        row['peersSendingToUs'] === 1
      ) {
        expect(row).toMatchObject({
          wanted: [0, 1, 0],
          priorities: [0, 1, 0],
          peersFrom: { fromTracker: 1 },
        });
        expect(row['desiredAvailable']).toBe(row['leftUntilDone']);
        expect(Math.max(...(row['availability'] as number[]))).toBe(1);
        expect(row.peers[0]).toMatchObject({
          address: '127.0.0.1',
          clientName: 'Swarmline 0.0.0-test',
          isIncoming: false,
          isUTP: false,
          isDownloadingFrom: true,
          progress: 1,
          flagStr: expect.stringContaining('D'),
        });
        break;
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    torrent.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
    await untilStatus(call, 6);
    expect(existsSync(join(leech.folder, 'downloads', 'album', 'a'))).toBe(false);
    const stats = await call('session-stats', {});
    expect((stats['current-stats'] as { downloadedBytes: number }).downloadedBytes).toBeGreaterThanOrEqual(
      200_000,
    );
  });
});

describe('torrents', () => {
  it('are stopped, started, checked, and stay stopped where they were', async () => {
    const daemon = await seed();
    const { call } = await client(daemon);
    await call('torrent-add', { metainfo: METAINFO });
    await untilStatus(call, 6);
    await call('torrent-stop', {});
    await untilStatus(call, 0);
    await call('torrent-verify', { ids: [ID] });
    await untilStatus(call, 0);
    await call('torrent-start-now', { ids: 1 });
    await untilStatus(call, 6);
    expect(daemon.daemon.library.find(ID)!.torrent.isForced).toBe(true);
    await call('torrent-stop', {});
    await call('torrent-start', {});
    await untilStatus(call, 6);
    expect(daemon.daemon.library.find(ID)!.torrent.isForced).toBe(false);
  });

  it('are given limits, numbers before the flags that make them hold', async () => {
    const daemon = await runDaemon();
    const { call } = await client(daemon);
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    const { torrent } = daemon.daemon.library.find(ID)!;
    await call('torrent-set', {
      ids: 1,
      downloadLimit: 30,
      uploadLimit: 20,
      uploadLimited: true,
      seedRatioLimit: 1.5,
    });
    expect(torrent.limits).toMatchObject({
      downloadBytesPerSecond: Number.POSITIVE_INFINITY,
      uploadBytesPerSecond: 20_000,
    });
    await call('torrent-set', {
      ids: 1,
      downloadLimited: true,
      uploadLimited: false,
      seedRatioMode: 1,
      seedIdleMode: 2,
    });
    expect(torrent.limits).toMatchObject({
      downloadBytesPerSecond: 30_000,
      uploadBytesPerSecond: Number.POSITIVE_INFINITY,
    });
    expect(torrent.ownSeedLimits).toEqual({ seedRatio: 1.5, seedIdleMs: Number.POSITIVE_INFINITY });
    await call('torrent-set', {
      ids: 1,
      seedRatioMode: 0,
      seedIdleMode: 1,
      seedIdleLimit: 5,
      honorsSessionLimits: false,
      sequential_download: true,
    });
    expect(torrent.ownSeedLimits).toEqual({ seedIdleMs: 300_000 });
    const fields = [
      'uploadLimit',
      'uploadLimited',
      'seedRatioLimit',
      'seedIdleLimit',
      'seedIdleMode',
      'honorsSessionLimits',
      'sequentialDownload',
    ];
    expect((await call('torrent-get', { fields }))['torrents']).toEqual([
      {
        uploadLimit: 20,
        uploadLimited: false,
        seedRatioLimit: 1.5,
        seedIdleLimit: 5,
        seedIdleMode: 1,
        honorsSessionLimits: false,
        sequentialDownload: true,
      },
    ]);
  });

  it('are refused what a session cannot do, and given the rest', async () => {
    const daemon = await runDaemon();
    const { call, failing } = await client(daemon);
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    expect(await failing('torrent-set', { bandwidthPriority: 1, labels: ['x'] })).toMatch(
      /no bandwidth priority/,
    );
    await call('torrent-set', { bandwidthPriority: 0, group: '' });
    expect((await call('torrent-get', { fields: ['labels'] }))['torrents']).toEqual([{ labels: ['x'] }]);
  });

  it('say of a tracker that is being asked that it is so now, and not since 1970', async () => {
    // It takes the question, and says nothing.
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { call } = await client(await runDaemon());
    await call('torrent-add', { metainfo: METAINFO });
    const { port } = server.address() as AddressInfo;
    await call('torrent-set', { trackerAdd: [`http://127.0.0.1:${port}/announce`] });
    const stats = async () =>
      (
        (await call('torrent-get', { fields: ['trackerStats'] }))['torrents'] as {
          trackerStats: { announceState: number; lastAnnounceStartTime: number }[];
        }[]
      )[0]!.trackerStats[0]!;
    await expect.poll(async () => (await stats()).announceState, { timeout: 20_000 }).toBe(3);
    const ageSeconds = Date.now() / 1000 - (await stats()).lastAnnounceStartTime;
    expect(Math.abs(ageSeconds)).toBeLessThan(60);
  });

  it('have their trackers changed one by one or all at once', async () => {
    const { call, failing } = await client(await runDaemon());
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    await call('torrent-set', { trackerAdd: ['http://a.example/announce', 'udp://b.example:1/announce'] });
    const trackers = async () =>
      ((await call('torrent-get', { fields: ['trackers'] }))['torrents'] as { trackers: unknown[] }[])[0]!
        .trackers;
    expect(await trackers()).toEqual([
      {
        announce: 'http://a.example/announce',
        id: 0,
        scrape: 'http://a.example/scrape',
        sitename: 'a',
        tier: 0,
      },
      {
        announce: 'udp://b.example:1/announce',
        id: 1,
        scrape: 'udp://b.example:1/announce',
        sitename: 'b',
        tier: 1,
      },
    ]);
    await call('torrent-set', { trackerRemove: [0] });
    await call('torrent-set', { trackerReplace: [1, 'http://c.example/announce'] });
    expect(await trackers()).toMatchObject([{ announce: 'http://c.example/announce', id: 2 }]);
    await call('torrent-set', { trackerList: 'http://d.example/announce\n\nhttp://c.example/announce' });
    expect((await call('torrent-get', { fields: ['trackerList'] }))['torrents']).toEqual([
      { trackerList: 'http://d.example/announce\n\nhttp://c.example/announce' },
    ]);
    expect(await failing('torrent-set', { trackerRemove: [0] })).toMatch(/^error setting announce list/);
    expect(await failing('torrent-set', { trackerAdd: ['nothing'] })).toMatch(/^Invalid tracker list/);
  });

  it('are moved in the queue', async () => {
    const { call } = await client(await runDaemon());
    for (const hash of ['1', '2', '3'])
      await call('torrent-add', { filename: hash.repeat(40), paused: true });
    const order = async () => {
      const { torrents } = await call('torrent-get', { fields: ['id', 'queuePosition'] });
      const rows = torrents as { id: number; queuePosition: number }[];
      return rows.sort((a, b) => a.queuePosition - b.queuePosition).map(({ id }) => id);
    };
    await call('queue-move-top', { ids: [2, 3] });
    expect(await order()).toEqual([2, 3, 1]);
    await call('queue-move-bottom', { ids: 2 });
    expect(await order()).toEqual([3, 1, 2]);
    await call('queue-move-up', { ids: 1 });
    await call('queue-move-down', { ids: 3 });
    expect(await order()).toEqual([1, 2, 3]);
    await call('torrent-set', { ids: 3, queuePosition: 0 });
    expect(await order()).toEqual([3, 1, 2]);
  });

  it('are moved, found elsewhere, renamed, and removed with their data', async () => {
    const daemon = await seed();
    const { call, failing } = await client(daemon);
    const downloads = join(daemon.folder, 'downloads');
    await call('torrent-add', { metainfo: METAINFO });
    await untilStatus(call, 6);
    await call('torrent-set-location', { location: join(downloads, 'x'), move: true });
    expect(existsSync(join(downloads, 'x', 'album', 'a'))).toBe(true);
    fill(join(downloads, 'y'));
    expect(await failing('torrent-set-location', { location: join(downloads, 'y'), move: true })).not.toBe(
      'success',
    );
    await call('torrent-set-location', { location: join(downloads, 'y') });
    await untilStatus(call, 6);
    expect(existsSync(join(downloads, 'x', 'album', 'a'))).toBe(true);
    expect(await call('torrent-rename-path', { ids: 1, path: 'album/cd', name: 'disc' })).toEqual({
      path: 'album/cd',
      name: 'disc',
      id: 1,
    });
    await call('torrent-rename-path', { ids: 1, path: 'album/disc/c.mp3', name: 'z' });
    await call('torrent-rename-path', { ids: 1, path: 'album', name: 'record' });
    expect(readFileSync(join(downloads, 'y', 'record', 'disc', 'z'))).toHaveLength(50_000);
    const [{ name, files }] = (await call('torrent-get', { fields: ['name', 'files'] }))['torrents'] as [
      { name: string; files: { name: string }[] },
    ];
    expect([name, files[2]!.name]).toEqual(['record', 'record/disc/z']);
    expect(await failing('torrent-rename-path', { ids: 1, path: 'nothing', name: 'x' })).toMatch(
      /no file or folder/,
    );
    await call('torrent-remove', { ids: [1], 'delete-local-data': true });
    expect(existsSync(join(downloads, 'y', 'record'))).toBe(false);
    expect(existsSync(join(downloads, 'x', 'album', 'a'))).toBe(true);
  });
});

describe('bandwidth groups', () => {
  it('are limited, joined, told, and remembered', async () => {
    const first = await runDaemon();
    const { call } = await client(first);
    await call('torrent-add', { metainfo: METAINFO, paused: true });
    await call('torrent-set', { ids: 1, group: 'slow' });
    const slow = { name: 'slow', 'speed-limit-down': 50, 'speed-limit-down-enabled': true };
    await call('group-set', { ...slow, honorsSessionLimits: false });
    await call('group-set', { name: 'other', 'speed-limit-up': 3 });
    const group = {
      ...slow,
      honorsSessionLimits: false,
      'speed-limit-up': 0,
      'speed-limit-up-enabled': false,
    };
    expect(await call('group-get', { name: ['slow', 'nobody'] })).toEqual({ group: [group] });
    await first.close();
    const second = await runDaemon({}, first.folder);
    const again = await client(second);
    expect(second.daemon.session.rateGroups.get('slow')).toEqual({
      downloadBytesPerSecond: 50_000,
      uploadBytesPerSecond: Number.POSITIVE_INFINITY,
      honorsSessionRates: false,
    });
    expect((await again.call('torrent-get', { fields: ['group'] }))['torrents']).toEqual([{ group: 'slow' }]);
    expect((await again.call('group-get', {}))['group']).toMatchObject([group, { name: 'other' }]);
    await again.call('torrent-set', { group: '' });
    expect((await again.call('torrent-get', { fields: ['group'] }))['torrents']).toEqual([{ group: '' }]);
  });
});

describe('the session', () => {
  it('has every field of the specification', async () => {
    const { call } = await client(await runDaemon());
    const session = await call('session-get', {});
    for (const name of SESSION_NAMES) expect(session, name).toHaveProperty([name]);
    expect(session).toMatchObject({
      version: '4.1.1 (Swarmline 0.0.0-test)',
      'rpc-version': 19,
      'rpc-version-minimum': 14,
      encryption: 'tolerated',
      units: { 'speed-bytes': 1000, 'speed-units': ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'] },
    });
    expect(await call('session-get', { fields: ['version', 'nothing'] })).toEqual({
      version: session['version'],
    });
  });

  it('is given limits, which hold and are remembered', async () => {
    const first = await runDaemon();
    const { call } = await client(first);
    // Two days of the week on which this is not run: the alternative limits do not hold now.
    const today = new Date().getDay();
    const days = [(today + 2) % 7, (today + 4) % 7].sort();
    const settings = {
      'speed-limit-up': 50,
      'speed-limit-up-enabled': true,
      'speed-limit-down': 70,
      'alt-speed-up': 5,
      'alt-speed-time-begin': 60,
      'alt-speed-time-end': 120,
      'alt-speed-time-day': days.reduce((bits, day) => bits + 2 ** day, 0),
      'alt-speed-time-enabled': true,
      'download-queue-size': 3,
      'download-queue-enabled': true,
      seedRatioLimit: 1.25,
      seedRatioLimited: true,
      'idle-seeding-limit': 9,
      'peer-limit-global': 55,
      'peer-limit-per-torrent': 11,
      'start-added-torrents': false,
      'download-dir': join(first.folder, 'downloads', 'sub'),
    };
    await call('session-set', settings);
    const { limits, session } = first.daemon;
    expect(session.limits).toMatchObject({
      uploadBytesPerSecond: 50_000,
      downloadBytesPerSecond: Number.POSITIVE_INFINITY,
      maxActiveDownloads: 3,
      seedRatio: 1.25,
      seedIdleMs: Number.POSITIVE_INFINITY,
      maxConnections: 55,
    });
    expect(limits.alternative).toMatchObject({
      uploadBytesPerSecond: 5000,
      schedule: { beginMinute: 60, endMinute: 120, days },
    });
    await call('torrent-add', { metainfo: METAINFO });
    expect(
      (await call('torrent-get', { fields: ['status', 'peer-limit', 'downloadDir'] }))['torrents'],
    ).toEqual([{ status: 0, 'peer-limit': 11, downloadDir: settings['download-dir'] }]);
    await first.close();
    const second = await client(await runDaemon({}, first.folder));
    expect(await second.call('session-get', { fields: Object.keys(settings) })).toEqual(settings);
    const stats = await second.call('session-stats', {});
    expect(stats).toMatchObject({
      torrentCount: 1,
      pausedTorrentCount: 1,
      activeTorrentCount: 0,
      'current-stats': { sessionCount: 1, filesAdded: 0 },
      'cumulative-stats': { sessionCount: 2, filesAdded: 1 },
    });
    await second.call('session-set', { 'alt-speed-enabled': true, 'speed-limit-up-enabled': false });
    expect(await second.call('session-get', { fields: ['speed-limit-up', 'alt-speed-enabled'] })).toEqual({
      'speed-limit-up': 50,
      'alt-speed-enabled': true,
    });
  });

  it('says what it cannot change, and changes the rest', async () => {
    const { call, failing } = await client(await runDaemon());
    const given = { 'cache-size-mb': 1, 'peer-port': 1, encryption: 'tolerated', 'speed-limit-up': 9 };
    expect(await failing('session-set', given)).toBe(
      '"cache-size-mb" is something that Swarmline does not do. "peer-port" is set when the daemon is started.',
    );
    expect(await call('session-get', { fields: ['speed-limit-up'] })).toEqual({ 'speed-limit-up': 9 });
    await call('session-set', await call('session-get', {}));
  });

  it('lets a client choose among the programs that it may, turn them off, and name no other', async () => {
    const FIELDS = ['script-torrent-done-enabled', 'script-torrent-done-filename'];
    const folder = testFolder();
    const options = { onComplete: '/usr/bin/first', allowedPrograms: ['/usr/bin/second'] };
    const first = await runDaemon(options, folder);
    const { call, failing } = await client(first);
    const chosen = async (talk: typeof call) => Object.values(await talk('session-get', { fields: FIELDS }));
    expect(await chosen(call)).toEqual([true, '/usr/bin/first']);
    expect(
      await failing('session-set', { 'script-torrent-done-filename': '/bin/rm', 'speed-limit-up': 9 }),
    ).toMatch(/"\/bin\/rm" may not be run: .*--allow-program, and it goes on as it was/);
    expect(await chosen(call)).toEqual([true, '/usr/bin/first']);
    await call('session-set', { 'script-torrent-done-filename': '/usr/bin/second' });
    await call('session-set', { 'script-torrent-done-enabled': false });
    expect(await chosen(call)).toEqual([false, '/usr/bin/second']);
    await call('session-set', { 'script-torrent-done-enabled': true });
    await first.close();
    const second = await runDaemon(options, folder);
    const again = await client(second);
    expect(await chosen(again.call)).toEqual([true, '/usr/bin/second']);
    // It is not allowed any more.
    second.configure({ onComplete: '/usr/bin/first' }, {});
    expect(await chosen(again.call)).toEqual([true, '/usr/bin/first']);
  });

  it('runs nothing where nobody has named a program', async () => {
    const { call, failing } = await client(await runDaemon());
    for (const given of [
      { 'script-torrent-done-enabled': true },
      { 'script-torrent-done-filename': '/bin/rm' },
    ])
      expect(await failing('session-set', given)).toMatch(/may/);
    expect(await call('session-get', { fields: ['script-torrent-done-enabled'] })).toEqual({
      'script-torrent-done-enabled': false,
    });
  });

  it('tells how much room there is', async () => {
    const daemon = await runDaemon();
    const { call } = await client(daemon);
    const path = join(daemon.folder, 'downloads');
    const space = await call('free-space', { path });
    expect(space).toEqual({ path, 'size-bytes': expect.any(Number), total_size: expect.any(Number) });
    expect(space['total_size']).toBeGreaterThan(space['size-bytes'] as number);
  });

  it('says that its port is not open where that cannot be, and nothing of what it does not know', async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    const ipFilter = { blocks: () => true, count: 7 };
    const { call } = await client(await runDaemon({ session: { listen }, ipFilter }));
    expect(await call('port-test', {})).toEqual({ 'port-is-open': false });
    expect(await call('session-get', { fields: ['blocklist-enabled', 'blocklist-size'] })).toEqual({
      'blocklist-enabled': true,
      'blocklist-size': 7,
    });
  });

  it('is ended by who may end it, and by nobody else', async () => {
    expect(await (await client(await runDaemon())).failing('session-close', {})).toMatch(
      /not for its clients/,
    );
    const asked: string[] = [];
    const { call } = await client(await runDaemon({ onCloseAsked: () => asked.push('close') }));
    await call('session-close', {});
    expect(asked).toEqual(['close']);
  });

  it.each([
    ['port-test', /^HTTP error from backend service: .*whether its port is open/],
    ['blocklist-update', /reads it anew on SIGHUP/],
    ['group-set', 'No group name given'],
    ['torrent-nothing', 'method name not recognized'],
  ])('says of %s that there is no such thing', async (method, words) => {
    expect(await (await client(await runDaemon())).failing(method, {})).toMatch(words);
  });
});

describe('JSON-RPC 2.0', () => {
  it('has the names and the words of 4.1', async () => {
    const { send } = await client(await seed());
    const ask = (method: string, params: object = {}) => send({ jsonrpc: '2.0', method, params, id: 'x' });
    expect(await ask('torrent_add', { metainfo: METAINFO, paused: true })).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      result: { torrent_added: { hash_string: ID, id: 1, name: 'album' } },
    });
    expect(await ask('torrent_get', { fields: ['hash_string', 'wanted', 'file_count'] })).toMatchObject({
      result: { torrents: [{ hash_string: ID, wanted: [true, true, true], file_count: 3 }] },
    });
    expect(await ask('session_get', { fields: ['encryption', 'rpc_version_semver', 'units'] })).toMatchObject(
      {
        result: { encryption: 'allowed', rpc_version_semver: '6.0.1', units: { size_bytes: 1000 } },
      },
    );
    expect(await ask('session_stats')).toMatchObject({ result: { cumulative_stats: { files_added: 1 } } });
    expect(await ask('group_get')).toMatchObject({ result: { group: [] } });
    expect(await ask('nothing')).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: { code: -32601, message: 'Method not found' },
    });
    expect(await ask('torrent_set_location', { location: 'x' })).toMatchObject({
      error: {
        code: 3,
        message: 'path is not absolute',
        data: { error_string: 'new location path is not absolute' },
      },
    });
  });

  it('answers several at once, no notification, and what is no call at all', async () => {
    const { send } = await client(await runDaemon());
    const call = { jsonrpc: '2.0', method: 'group_get' };
    expect(await send(call)).toBeUndefined();
    expect(await send([{ ...call, id: 1 }, call, { ...call, id: null }, 5])).toMatchObject([
      { id: 1, result: { group: [] } },
      { id: null, result: { group: [] } },
      { id: null, error: { code: -32600 } },
    ]);
    for (const request of [[], 5, 'x', null, { jsonrpc: '1.0' }, { ...call, id: {} }])
      expect(await send(request)).toMatchObject({
        id: null,
        error: { code: -32600, message: 'Invalid Request' },
      });
  });

  it('is told from what was before it, whose tag comes back', async () => {
    const { send } = await client(await runDaemon());
    expect(await send({ method: 'group-get', tag: 7 })).toEqual({
      arguments: { group: [] },
      result: 'success',
      tag: 7,
    });
    expect(await send({})).toEqual({ arguments: {}, result: 'no method name' });
  });
});

/** A daemon in whose download folder the album lies. */
async function seed(): Promise<TestDaemon> {
  const folder = testFolder();
  fill(join(folder, 'downloads'));
  return runDaemon({}, folder);
}

function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
}

type Call = (method: string, given: object) => Promise<Record<string, unknown>>;

async function client({ url }: TestDaemon) {
  const address = `${url}/transmission/rpc`;
  const word = (await fetch(address, { method: 'POST' })).headers.get('x-transmission-session-id')!;
  const send = async (request: unknown): Promise<unknown> => {
    const headers = { 'x-transmission-session-id': word };
    const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(request) });
    return response.status === 204 ? undefined : response.json();
  };
  const old = async (method: string, given: object) =>
    (await send({ method, arguments: given })) as { result: string; arguments: Record<string, unknown> };
  return {
    send,
    /** What is answered to a call that succeeds. */
    call: (async (method, given) => {
      const { result, arguments: answered } = await old(method, given);
      expect(result, method).toBe('success');
      return answered;
    }) satisfies Call,
    /** Why one does not. */
    failing: async (method: string, given: object) => (await old(method, given)).result,
  };
}

/** Polled: what is waited for is the disk's doing. */
async function untilStatus(call: Call, status: number): Promise<void> {
  for (;;) {
    const { torrents } = await call('torrent-get', { fields: ['status', 'recheckProgress'] });
    if ((torrents as { status: number }[])[0]!.status === status) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function typeOf(value: unknown): string {
  if (!Array.isArray(value)) return typeof value;
  return value.length === 0 ? 'array' : `array of ${typeof value[0]}`;
}

/** Of the specification, as it was before 4.1. */
const FIELDS: Readonly<Record<string, string>> = {
  activityDate: 'number',
  addedDate: 'number',
  availability: 'array of number',
  bandwidthPriority: 'number',
  comment: 'string',
  corruptEver: 'number',
  creator: 'string',
  dateCreated: 'number',
  desiredAvailable: 'number',
  doneDate: 'number',
  downloadDir: 'string',
  downloadedEver: 'number',
  downloadLimit: 'number',
  downloadLimited: 'boolean',
  editDate: 'number',
  error: 'number',
  errorString: 'string',
  eta: 'number',
  etaIdle: 'number',
  'file-count': 'number',
  files: 'array of object',
  fileStats: 'array of object',
  group: 'string',
  hashString: 'string',
  haveUnchecked: 'number',
  haveValid: 'number',
  honorsSessionLimits: 'boolean',
  id: 'number',
  isFinished: 'boolean',
  isPrivate: 'boolean',
  isStalled: 'boolean',
  labels: 'array',
  leftUntilDone: 'number',
  magnetLink: 'string',
  manualAnnounceTime: 'number',
  maxConnectedPeers: 'number',
  metadataPercentComplete: 'number',
  name: 'string',
  'peer-limit': 'number',
  peers: 'array',
  peersConnected: 'number',
  peersFrom: 'object',
  peersGettingFromUs: 'number',
  peersSendingToUs: 'number',
  percentComplete: 'number',
  percentDone: 'number',
  pieces: 'string',
  pieceCount: 'number',
  pieceSize: 'number',
  priorities: 'array of number',
  'primary-mime-type': 'string',
  queuePosition: 'number',
  rateDownload: 'number',
  rateUpload: 'number',
  recheckProgress: 'number',
  secondsDownloading: 'number',
  secondsSeeding: 'number',
  seedIdleLimit: 'number',
  seedIdleMode: 'number',
  seedRatioLimit: 'number',
  seedRatioMode: 'number',
  sizeWhenDone: 'number',
  startDate: 'number',
  status: 'number',
  trackers: 'array',
  trackerList: 'string',
  trackerStats: 'array',
  totalSize: 'number',
  torrentFile: 'string',
  uploadedEver: 'number',
  uploadLimit: 'number',
  uploadLimited: 'boolean',
  uploadRatio: 'number',
  wanted: 'array of number',
  webseeds: 'array',
  webseedsSendingToUs: 'number',
};

const SESSION_NAMES =
  `alt-speed-down alt-speed-enabled alt-speed-time-begin alt-speed-time-day alt-speed-time-enabled
  alt-speed-time-end alt-speed-up blocklist-enabled blocklist-size blocklist-url cache-size-mb config-dir default-trackers
  dht-enabled download-dir download-dir-free-space download-queue-enabled download-queue-size encryption
  idle-seeding-limit-enabled idle-seeding-limit incomplete-dir-enabled incomplete-dir lpd-enabled peer-limit-global
  peer-limit-per-torrent peer-port-random-on-start peer-port pex-enabled port-forwarding-enabled queue-stalled-enabled
  queue-stalled-minutes rename-partial-files rpc-version-minimum rpc-version-semver rpc-version
  script-torrent-added-enabled script-torrent-added-filename script-torrent-done-enabled script-torrent-done-filename
  script-torrent-done-seeding-enabled script-torrent-done-seeding-filename seed-queue-enabled seed-queue-size
  seedRatioLimit seedRatioLimited speed-limit-down-enabled speed-limit-down speed-limit-up-enabled speed-limit-up
  start-added-torrents trash-original-torrent-files units utp-enabled version session-id`.split(/\s+/);
