// What who watches over a daemon sees: metrics, health, and the log.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, runDaemon, type TestDaemon, testFolder } from './daemon-program.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf([{ path: ['a'], data: noise(300_000, 1) }]);
const TORRENT = Buffer.from(ALBUM.metainfo.bytes).toString('base64');
const TOKEN = 'a-token-of-the-daemon';
const LONG = { timeout: 15_000 };

describe('/metrics', () => {
  it('counts what was exchanged, and goes on where a torrent is removed', async () => {
    const seed = await runDaemon();
    fill(join(seed.folder, 'downloads'));
    const { torrent } = await seed.ask('torrents.add', { torrent: TORRENT });
    await expect.poll(() => value(seed, 'torrents{state="seeding"}'), LONG).toBe(1);
    const leech = await runDaemon();
    await leech.ask('torrents.add', { torrent: TORRENT });
    const { address } = seed.daemon.session;
    leech.daemon.library
      .find(torrent.id)!
      .torrent.peersFound([{ host: '127.0.0.1', port: address!.port }], 'user');
    await expect.poll(() => value(leech, 'torrents_completed_total'), LONG).toBe(1);
    await seed.ask('torrents.remove', { ids: [torrent.id] });
    const read = async (daemon: TestDaemon, ...names: string[]) =>
      Promise.all(names.map(name => value(daemon, name)));
    expect(await read(leech, 'received_bytes_total', 'failed_pieces_total', 'missing_bytes')).toEqual([
      300_000, 0, 0,
    ]);
    expect(
      await read(seed, 'sent_bytes_total', 'torrents_removed_total', 'torrents{state="seeding"}'),
    ).toEqual([300_000, 1, 0]);
    expect(await value(seed, 'http_answers_total{status="200"}')).toBeGreaterThan(2);
    const text = await (await fetch(`${seed.url}/metrics`)).text();
    // Each family says what it is, once.
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
    for (const [, name] of text.matchAll(/^([a-z_]+)[{ ]/gm)) expect(families).toContain(name);
  });

  it('needs the token, unless it is said to be open', async () => {
    const daemon = await runDaemon({ token: TOKEN });
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(daemon.url + path, { headers })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', { authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(await status('/health')).toBe(200);
    daemon.configure({ token: TOKEN, openMetrics: true }, {});
    expect(await status('/metrics')).toBe(200);
    expect(await status('/api/v1/session.get')).toBe(401);
  });
});

describe('/health', () => {
  it('says which folder cannot be written to', async () => {
    const daemon = await runDaemon();
    rmSync(join(daemon.folder, 'downloads'), { recursive: true });
    const answer = await fetch(`${daemon.url}/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: { download_folder: 'not writable' } });
  });

  it('says that all is well, and nothing more', async () => {
    const daemon = await runDaemon({ token: TOKEN });
    const answer = await fetch(`${daemon.url}/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ok',
      checks: { state_folder: 'ok', download_folder: 'ok' },
    });
    expect((await fetch(`${daemon.url}/health`, { method: 'POST' })).status).toBe(405);
  });
});

describe('the log', { timeout: 30_000 }, () => {
  it('has a line for what has changed, none for a request, and no secret', async () => {
    const folder = testFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'token'), TOKEN);
    const daemon = new SwarmlineProcess([
      ...['daemon', '--port', '0', '--bind', '127.0.0.1', '--rpc-port', '0', '--log', 'json'],
      ...['--state-folder', join(folder, 'state'), '--download-dir', join(folder, 'downloads')],
      ...['--token-file', join(folder, 'token'), '--log-level', 'debug'],
    ]);
    const [url] = await daemon.said(/http:\/\/127\.0\.0\.1:\d+/);
    for (let i = 0; i < 5; i++) await ask(url, 'session.get', {}, TOKEN);
    await expect(ask(url, 'session.get', {}, 'wrong-token')).rejects.toMatchObject({ status: 401 });
    const magnet = 'ab'.repeat(20);
    await ask(url, 'torrents.add', { magnet, isPaused: true }, TOKEN);
    await ask(url, 'torrents.remove', { ids: [magnet] }, TOKEN);
    expect(await daemon.interrupted()).toBe(0);
    const lines = daemon.err
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { level: string; event: string; message: string; time: string });
    const events = lines.map(({ event }) => event);
    expect(events.filter(event => event !== 'torrent')).toEqual([
      'listening',
      'added',
      'removed',
      'stopping',
      'stopped',
    ]);
    for (const line of lines)
      expect(Object.keys(line)).toEqual(expect.arrayContaining(['time', 'level', 'message']));
    expect(daemon.transcript()).not.toContain(TOKEN);
  });
});

async function value({ url }: TestDaemon, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find(each => each.startsWith(`swarmline_daemon_${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

function fill(folder: string): void {
  mkdirSync(join(folder, 'album'), { recursive: true });
  for (const { path, data } of ALBUM.files) writeFileSync(join(folder, 'album', ...path), data);
}
