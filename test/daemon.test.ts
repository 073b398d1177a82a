// The daemon by its own API, on loopback: what is asked is done, remembered, and refused to whom it is not for.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import type { TorrentRow } from '../src/rpc/methods.ts';
import { runDaemon, type TestDaemon, testFolder } from './daemon-program.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf(
  [
    { path: ['a'], data: noise(300_000, 1) },
    { path: ['b'], data: noise(200_000, 2) },
  ],
  { version: 'hybrid' },
);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const TORRENT = Buffer.from(ALBUM.metainfo.bytes).toString('base64');
const OTHER = 'aa'.repeat(20);
const LONG = { timeout: 15_000 };

describe('a daemon', () => {
  it('fetches what it was given from another daemon, and says so', async () => {
    const seed = await runDaemon();
    fill(join(seed.folder, 'downloads'));
    await seed.ask('torrents.add', { torrent: TORRENT });
    await until(seed, row => row.state === 'seeding');
    const leech = await runDaemon();
    const { torrent } = await leech.ask('torrents.add', { torrent: TORRENT, labels: ['music'] });
    expect(torrent).toMatchObject({ id: ID, name: 'album', labels: ['music'], length: 500_000, queue: 0 });
    const entry = leech.daemon.library.find(ID)!;
    entry.torrent.peersFound([{ host: '127.0.0.1', port: seed.daemon.session.address!.port }], 'user');
    const row = await until(leech, ({ progress }) => progress === 1);
    expect(row).toMatchObject({ state: 'seeding', left: 0, downloaded: 500_000 });
    const { files, total } = await leech.ask('torrents.files', { id: ID });
    expect(total).toBe(2);
    expect(files[1]).toEqual({
      index: 1,
      path: 'album/b',
      length: 200_000,
      have: 200_000,
      priority: 'normal',
    });
    expect((await leech.ask('torrents.pieces', { id: ID, cells: 4 })).have).toEqual([1, 1, 1, 1]);
    expect(await seed.ask('torrents.get', { id: ID })).toMatchObject({ uploaded: 500_000, ratio: 1 });
    const { lines } = await leech.ask('torrents.log', { id: ID });
    expect(lines.map(({ text }) => text)).toContain('Everything has come, and is verified.');
    expect((await seed.ask('torrents.get', { id: ID })).reason).toMatch(/^(Seeding|Giving)/);
  });

  it('is as it was in its next run: torrents, labels, limits', async () => {
    const first = await runDaemon();
    await first.ask('torrents.add', { torrent: TORRENT, labels: ['b', 'a', 'b '], isPaused: true });
    await first.ask('session.set', { limits: { uploadBytesPerSecond: 1000, maxActive: null } });
    await first.ask('session.set', {
      alternative: { uploadBytesPerSecond: null, schedule: { beginMinute: 0, endMinute: 1, days: [] } },
    });
    const before = await first.ask('torrents.list', {});
    await first.close();
    const second = await runDaemon({}, first.folder);
    expect((await second.ask('torrents.list', {})).rows).toEqual(before.rows);
    expect(before.rows[0]).toMatchObject({ state: 'paused', labels: ['a', 'b'] });
    const session = await second.ask('session.get', {});
    expect(session.limits).toMatchObject({ uploadBytesPerSecond: 1000, maxActive: null });
    expect(session.alternative).toMatchObject({ uploadBytesPerSecond: null, schedule: { days: [] } });
    expect(session.labels).toEqual({ a: 1, b: 1 });
  });

  it('keeps the labels of a magnet that came by its v2 hash and has turned out to be a hybrid', async () => {
    const seed = await runDaemon();
    fill(join(seed.folder, 'downloads'));
    await seed.ask('torrents.add', { torrent: TORRENT });
    await until(seed, row => row.state === 'seeding');
    const first = await runDaemon();
    const v2 = toHex(ALBUM.metainfo.infoHashV2!);
    const { torrent } = await first.ask('torrents.add', { magnet: v2, labels: ['music'] });
    expect(torrent.id).toBe(v2.slice(0, 40));
    const peer = { host: '127.0.0.1', port: seed.daemon.session.address!.port };
    first.daemon.library.find(v2)!.torrent.peersFound([peer], 'user');
    await expect
      .poll(async () => (await first.ask('torrents.get', { id: v2 })).progress, { timeout: 20_000 })
      .toBe(1);
    await first.close();
    const second = await runDaemon({}, first.folder);
    expect((await second.ask('torrents.list', {})).rows).toMatchObject([{ id: ID, labels: ['music'] }]);
    expect((await second.ask('session.get', {})).labels).toEqual({ music: 1 });
  });

  it('removes a torrent, and its data where it is told to', async () => {
    const daemon = await runDaemon();
    fill(join(daemon.folder, 'downloads'));
    await daemon.ask('torrents.add', { torrent: TORRENT, labels: ['a'] });
    await until(daemon, ({ state }) => state === 'seeding');
    expect(await daemon.ask('torrents.remove', { ids: [ID], deleteData: true })).toEqual({ removed: 1 });
    expect(await daemon.ask('torrents.list', {})).toMatchObject({ total: 0, rows: [] });
    expect((await daemon.ask('session.get', {})).labels).toEqual({});
    await expect(daemon.ask('torrents.get', { id: ID })).rejects.toMatchObject({
      status: 404,
      code: 'TORRENT_UNKNOWN',
    });
  });

  it('removes many at once: they say goodbye to their tracker together', async () => {
    const started = new Set<string>();
    const goodbyes: (() => void)[] = [];
    let missing = 3;
    const tracker = createServer(({ url }, response) => {
      const answer = () => response.end('d8:intervali1800e5:peers0:e');
      if (url?.includes('event=stopped') !== true) {
        started.add(/info_hash=([^&]*)/.exec(url ?? '')![1]!);
        answer();
        return;
      }
      goodbyes.push(answer);
      if (--missing <= 0) for (const goodbye of goodbyes.splice(0)) goodbye();
    });
    await new Promise<void>(resolve => tracker.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void tracker.close());
    const { port } = tracker.address() as AddressInfo;
    const daemon = await runDaemon({ session: { trackers: { stopTimeoutMs: 600_000 } } });
    const ids = ['1', '2', '3'].map(digit => digit.repeat(40));
    for (const id of ids)
      await daemon.ask('torrents.add', { magnet: id, trackers: [`http://127.0.0.1:${port}/announce`] });
    await expect.poll(() => started.size).toBe(3);
    expect(await daemon.ask('torrents.remove', { ids })).toEqual({ removed: 3 });
  });

  it('says of a torrent that is there already that it is, by either hash', async () => {
    const daemon = await runDaemon();
    await daemon.ask('torrents.add', { torrent: TORRENT });
    const v2 = toHex(ALBUM.metainfo.infoHashV2!);
    for (const source of [{ torrent: TORRENT }, { magnet: ID }, { magnet: v2 }])
      expect(await daemon.ask('torrents.add', source)).toMatchObject({ wasThere: true, torrent: { id: ID } });
    expect(await daemon.ask('torrents.get', { id: v2 })).toMatchObject({ id: ID, infoHashV2: v2 });
  });

  it('touches no torrent where another has its port', async () => {
    const { port } = (await runDaemon()).address;
    const folder = testFolder();
    const batch = join(folder, 'state', 'torrents', '1-x.resume-batch');
    mkdirSync(batch, { recursive: true });
    const warnings: unknown[] = [];
    const options = {
      rpc: { host: '127.0.0.1', port },
      onWarning: (warning: unknown) => warnings.push(warning),
    };
    await expect(runDaemon(options, folder)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    // What it would have said of a record that cannot be read.
    expect(warnings).toEqual([]);
  });

  it('counts trackers by their names, whatever those are', async () => {
    const daemon = await runDaemon();
    const trackers = ['http://constructor/announce', 'http://__proto__/announce', 'udp://a.example:1'];
    await daemon.ask('torrents.add', { magnet: OTHER, trackers, isPaused: true });
    const counted = (await daemon.ask('session.get', {})).trackers;
    expect(Object.entries(counted).sort()).toEqual([
      ['__proto__', 1],
      ['a.example', 1],
      ['constructor', 1],
    ]);
  });

  it('lists a page of those that fit, in order', async () => {
    const daemon = await runDaemon();
    for (let i = 0; i < 12; i++) {
      const magnet = `magnet:?xt=urn:btih:${i.toString(16).repeat(40)}&dn=torrent-${String(i).padStart(2, '0')}&tr=http%3A%2F%2Ft${i % 2}.example%2Fannounce`;
      await daemon.ask('torrents.add', { magnet, isPaused: i > 8, labels: i % 3 === 0 ? ['third'] : [] });
    }
    const names = async (params: Parameters<typeof daemon.ask<'torrents.list'>>[1]) => {
      const { rows } = await daemon.ask('torrents.list', params);
      return rows.map(row => row.name.slice(-2));
    };
    expect(await names({ sort: 'name', descending: true, limit: 2 })).toEqual(['11', '10']);
    expect(await names({ states: ['paused'] })).toEqual(['09', '10', '11']);
    expect(await names({ label: 'third', offset: 1, limit: 2 })).toEqual(['03', '06']);
    expect(await names({ tracker: 't1.example', text: 'RENT-1' })).toEqual(['11']);
    await daemon.ask('torrents.queue', { ids: ['0'.repeat(40), '1'.repeat(40)], to: 'bottom' });
    expect((await names({})).slice(-2)).toEqual(['00', '01']);
  });

  it('tells what is new as it happens, and to who was away what was missed', async () => {
    const daemon = await runDaemon();
    const first = await changes(daemon);
    expect((await first.next()).isReset).toBe(false);
    await daemon.ask('torrents.add', { magnet: OTHER, isPaused: true });
    const added = await first.next();
    expect(added.changed).toMatchObject([{ id: OTHER }]);
    first.close();
    await daemon.ask('torrents.set', { ids: [OTHER], labels: ['new'] });
    const again = await changes(daemon, added.sequence);
    let heard = await again.next();
    while (heard.changed.length === 0) heard = await again.next();
    expect(heard.changed).toMatchObject([{ id: OTHER, labels: ['new'] }]);
    const unknown = [9999, heard.sequence + 9999];
    for (const after of unknown) expect((await (await changes(daemon, after)).next()).isReset).toBe(true);
    again.close();
  });
});

describe('what was received and given', () => {
  it('is kept for who comes later, and is nothing of a torrent that moved nothing', async () => {
    const daemon = await runDaemon();
    await daemon.ask('torrents.add', { magnet: OTHER, isPaused: true });
    await expect
      .poll(async () => (await daemon.ask('session.rates', {})).down.length, LONG)
      .toBeGreaterThan(0);
    const session = await daemon.ask('session.rates', {});
    expect(session).toMatchObject({ everyMs: 2000, until: expect.any(Number) });
    expect([...session.down, ...session.up].every(rate => rate === 0)).toBe(true);
    expect(await daemon.ask('session.rates', { span: 'day' })).toMatchObject({ everyMs: 60_000, down: [] });
    expect(await daemon.ask('torrents.rates', { id: OTHER })).toMatchObject({ down: [], up: [] });
  });
});

describe('who lists and then follows', () => {
  it('hears what has changed in between, and is not told to begin anew, though nobody listened before', async () => {
    const daemon = await runDaemon();
    for (const digit of ['a', 'b', 'c'])
      await daemon.ask('torrents.add', { magnet: digit.repeat(40), isPaused: true });
    const { sequence } = await daemon.ask('torrents.list', {});
    await daemon.ask('torrents.set', { ids: ['b'.repeat(40)], labels: ['new'] });
    await daemon.ask('torrents.remove', { ids: ['c'.repeat(40)] });
    const stream = await changes(daemon, sequence);
    const heard = [await stream.next()];
    while (heard.at(-1)!.changed.length === 0) heard.push(await stream.next());
    stream.close();
    expect(heard.map(({ isReset }) => isReset)).not.toContain(true);
    expect(heard.at(-1)).toMatchObject({
      changed: [{ id: 'b'.repeat(40), labels: ['new'] }],
      removed: ['c'.repeat(40)],
    });
  });
});

describe('a request that is refused', () => {
  it('changes none of the torrents that it names', async () => {
    const daemon = await runDaemon();
    const ids = ['a', 'b'].map(digit => digit.repeat(40));
    for (const magnet of ids) await daemon.ask('torrents.add', { magnet, isPaused: true });
    const before = await daemon.ask('torrents.list', {});
    for (const wrong of [
      { addTrackers: ['udp://tracker.example:6969', 'no address'] },
      { addWebSeeds: ['gopher://files.example/'] },
      { limits: { uploadSlots: 1.5 } },
    ]) {
      await expect(
        daemon.ask('torrents.set', { ids, labels: ['changed'], isForced: true, ...wrong }),
      ).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
    const after = await daemon.ask('torrents.list', {});
    expect(after.rows).toEqual(before.rows);
    expect((await daemon.ask('torrents.trackers', { id: ids[0]! })).trackers).toEqual([]);
    await expect(
      daemon.ask('torrents.add', { magnet: OTHER, trackers: ['no address'] }),
    ).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('is one for another name than its own: DNS rebinding', async () => {
    const daemon = await runDaemon();
    expect(await status(daemon, { host: 'evil.example' })).toBe(403);
    expect(await status(daemon, { host: `localhost:${daemon.address.port}` })).toBe(200);
  });

  it('is one of another page', async () => {
    const daemon = await runDaemon();
    expect(await status(daemon, { origin: 'http://evil.example' })).toBe(403);
    expect(await status(daemon, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status(daemon, { 'content-type': 'text/plain' })).toBe(400);
    expect(await status(daemon, { origin: daemon.url })).toBe(200);
  });

  it('is one without the token, where there is one', async () => {
    const daemon = await runDaemon({ token: 'a secret' });
    expect(await status(daemon, {})).toBe(401);
    expect(await status(daemon, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await status(daemon, { authorization: 'Bearer a%20secret' })).toBe(401);
    const basic = Buffer.from('anybody:a secret').toString('base64');
    expect(await status(daemon, { authorization: `Basic ${basic}` })).toBe(200);
    expect(await status(daemon, { cookie: 'x=1; swarmline-token=a%20secret' })).toBe(200);
  });

  it('is every one beyond this machine, where there is no token', async () => {
    await expect(runDaemon({ rpc: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
      code: 'TOKEN_NEEDED',
    });
  });

  it('is every one where the token is empty: a file with nothing in it', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0'])
      await expect(runDaemon({ token: '', rpc: { host, port: 0 } })).rejects.toMatchObject({
        code: 'TOKEN_NEEDED',
      });
  });

  it('is one that names a place outside of the allowed folders, through links too', async () => {
    const folder = testFolder();
    const downloads = join(folder, 'downloads');
    mkdirSync(downloads);
    symlinkSync('/', join(downloads, 'out'));
    const daemon = await runDaemon({ allowedFolders: [join(folder, 'more')] }, folder);
    for (const downloadDir of ['/etc', '../..', join(downloads, 'out', 'etc'), `${downloads}-other`, 'a\0b'])
      await expect(daemon.ask('torrents.add', { magnet: OTHER, downloadDir })).rejects.toMatchObject({
        code: 'FOLDER_NOT_ALLOWED',
      });
    for (const [i, downloadDir] of ['sub/folder', join(folder, 'more', 'deep')].entries())
      await daemon.ask('torrents.add', { magnet: `${i}`.repeat(40), downloadDir });
    await expect(daemon.ask('torrents.move', { id: '0'.repeat(40), to: '/etc' })).rejects.toMatchObject({
      code: 'FOLDER_NOT_ALLOWED',
    });
  });

  it.each([
    ['torrents.nothing', {}, 404, 'METHOD_UNKNOWN'],
    ['torrents.get', { id: 'x' }, 400, 'REQUEST_INVALID'],
    ['torrents.get', { id: ID, more: 1 }, 400, 'REQUEST_INVALID'],
    ['torrents.add', {}, 400, 'REQUEST_INVALID'],
    ['torrents.add', { torrent: '!!!' }, 400, 'REQUEST_INVALID'],
    ['torrents.add', { torrent: 'AAAA' }, 422, 'BENCODE_INVALID'],
    ['torrents.add', { magnet: 'magnet:?dn=x' }, 422, 'MAGNET_INVALID'],
    ['session.set', { limits: { uploadBytesPerSecond: -1 } }, 400, 'REQUEST_INVALID'],
    ['__proto__', {}, 404, 'METHOD_UNKNOWN'],
  ])('is one that cannot be understood: %s %j', async (name, params, expected, code) => {
    const daemon = await runDaemon();
    await expect(daemon.ask(name as 'torrents.get', params as never)).rejects.toMatchObject({
      status: expected,
      code,
    });
  });

  it('is one that is longer than it may be', async () => {
    const daemon = await runDaemon();
    expect(await status(daemon, { 'content-length': `${2 ** 30}` })).toBe(413);
  });
});

function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
}

/** Polled until it is so: what is waited for is another program's doing. */
async function until(daemon: TestDaemon, isSo: (row: TorrentRow) => boolean): Promise<TorrentRow> {
  for (;;) {
    const row = (await daemon.ask('torrents.list', { ids: [ID] })).rows[0]!;
    if (isSo(row)) return row;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** The status of a call with these fields in place of the usual ones. */
function status({ url }: TestDaemon, fields: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/api/v1/session.get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...fields },
    });
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

interface Heard {
  readonly sequence: number;
  readonly isReset: boolean;
  readonly changed: readonly { readonly id: string }[];
}

async function changes(daemon: TestDaemon, after?: number) {
  const controller = new AbortController();
  const query = after === undefined ? '' : `?after=${after}`;
  const response = await fetch(`${daemon.url}/api/v1/changes${query}`, { signal: controller.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    close: () => controller.abort(),
    next: async (): Promise<Heard> => {
      for (;;) {
        const found = /data: (.*)\n\n/.exec(text);
        if (found !== null) {
          text = text.slice(found.index + found[0].length);
          return JSON.parse(found[1]!) as Heard;
        }
        text += (await reader.read()).value;
      }
    },
  };
}
