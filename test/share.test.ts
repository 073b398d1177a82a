// `swarmline share` as a program: who receives it, when it ends, and what is made again the next time.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileTree } from './file-trees.ts';
import { noise } from './torrents.ts';

const PROGRAM = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));

interface SharedEvent {
  readonly event: string;
  readonly torrent: string;
  readonly magnet: string;
  readonly receivers: number;
}

describe('share', () => {
  it('ends when so many have everything, however fast they come and go', async () => {
    const root = fileTree({ 'album/a': noise(300_000, 1), 'album/b': noise(5, 2) });
    const sharing = share(root, ['album', '--once', '2']);
    const { torrent } = await sharing.heard('shared');
    for (const name of ['one', 'two']) {
      const get = start(root, ['get', torrent, '-o', name, '--no-seed', '--no-resume']);
      expect(await get.ended).toBe(0);
      expect(readFileSync(join(root, name, 'album', 'a')).equals(noise(300_000, 1))).toBe(true);
    }
    expect(await sharing.ended).toBe(0);
    expect(
      sharing.events.filter(({ event }) => event === 'received').map(({ receivers }) => receivers),
    ).toEqual([1, 2]);
  });

  it('gives its torrent to who asks for the address without a path', async () => {
    const root = fileTree({ 'album/a': noise(100, 1) });
    const sharing = share(root, ['album', '--once', '1']);
    const { torrent } = await sharing.heard('shared');
    const answer = await fetch(new URL('/', torrent));
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''album.torrent");
    const { origin } = new URL(torrent);
    const get = start(root, ['get', origin, '-o', 'one', '--no-seed', '--no-resume']);
    expect(await get.ended).toBe(0);
    expect(readFileSync(join(root, 'one', 'album', 'a')).equals(noise(100, 1))).toBe(true);
    expect(await sharing.ended).toBe(0);
  });

  it('is received by nobody who cannot write it, and they are told why', async () => {
    const root = fileTree({ 'album/a': noise(100_000, 1), 'one/album/a/in the way': noise(1, 1) });
    const sharing = share(root, ['album']);
    const { torrent } = await sharing.heard('shared');
    const get = start(root, ['get', torrent, '-o', 'one']);
    expect(await get.ended).toBe(1);
    expect(get.err()).toMatch(/swarmline: "album\/a" .*folder.*\.\n$/);
    sharing.process.kill();
    await sharing.ended;
  });

  it('answers over UDP on the port of HTTP', async () => {
    const root = fileTree({ 'album/a': noise(100, 1) });
    const sharing = share(root, ['album']);
    const { magnet, torrent } = await sharing.heard('shared');
    const { port } = new URL(torrent);
    expect(new URLSearchParams(magnet.slice(8)).getAll('tr')).toEqual([
      `http://127.0.0.1:${port}/announce`,
      `udp://127.0.0.1:${port}/announce`,
    ]);
    // BEP 15: connect.
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const answered = new Promise<Buffer>(resolve => socket.once('message', resolve));
    socket.send(Buffer.from('0000041727101980' + '00000000' + '12345678', 'hex'), Number(port), '127.0.0.1');
    expect((await answered).subarray(0, 8).toString('hex')).toBe('0000000012345678');
    sharing.process.kill();
    await sharing.ended;
  });

  it('makes the torrent again only when a file has changed', async () => {
    const root = fileTree({ 'album/a': noise(100_000, 1) });
    const kept = () => readdirSync(join(root, 'state', 'swarmline', 'shared'));
    const hashes = new Set<string>();
    for (const touch of [false, false, true]) {
      if (touch) utimesSync(join(root, 'album', 'a'), 1_700_000_000, 1_700_000_000);
      const sharing = share(root, ['album']);
      hashes.add(/btih:(\w+)/.exec((await sharing.heard('shared')).magnet)![1]!);
      sharing.process.kill();
      await sharing.ended;
      expect(kept()).toHaveLength(touch ? 2 : 1);
    }
    // The same bytes, whatever their time.
    expect(hashes.size).toBe(1);
  });
});

function share(folder: string, args: readonly string[]) {
  const started = start(folder, ['share', ...args, '--json', '--bind', '127.0.0.1', '--tracker-port', '0']);
  const events: SharedEvent[] = [];
  const waiting = new Map<string, (event: SharedEvent) => void>();
  createInterface({ input: started.process.stdout! }).on('line', line => {
    const event = JSON.parse(line) as SharedEvent;
    events.push(event);
    waiting.get(event.event)?.(event);
  });
  const heard = (name: string) =>
    new Promise<SharedEvent>((resolve, reject) => {
      const told = events.find(({ event }) => event === name);
      if (told !== undefined) resolve(told);
      waiting.set(name, resolve);
      void started.ended.then(status => reject(new Error(`share ended with ${status}: ${started.err()}`)));
    });
  return { ...started, events, heard };
}

function start(folder: string, args: readonly string[]) {
  const process_: ChildProcess = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
  });
  let err = '';
  process_.stderr!.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const ended = new Promise<number | null>(resolve => process_.once('exit', resolve));
  onTestFinished(async () => {
    process_.kill('SIGKILL');
    await ended;
  });
  return { process: process_, ended, err: () => err };
}
