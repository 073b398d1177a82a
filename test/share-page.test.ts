// The page of `swarmline share`, over HTTP and without a browser: what it tells, and that nothing can be changed through it.

import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { METHODS, READING_METHODS } from '../src/rpc/methods.ts';
import { ask } from './daemon-program.ts';
import { fileTree } from './file-trees.ts';
import { noise } from './torrents.ts';

const PROGRAM = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));

describe('the page of share', () => {
  it('tells how others get it, and how far they are', async () => {
    const { url, shared } = await sharing();
    const html = await (await fetch(`${url}/`)).text();
    expect(html).toContain('data-view="share"');
    const { share, torrents, listening } = await ask(url, 'session.get', {});
    expect(share).toMatchObject({
      magnet: shared.magnet,
      torrentUrl: shared.torrent,
      command: shared.command,
      receivers: 0,
      complete: 0,
      moved: 0,
      sent: 0,
      left: null,
      once: 3,
    });
    expect(share!.qr.length).toBeGreaterThan(20);
    expect(new Set(share!.qr.map(row => row.length))).toEqual(new Set([share!.qr.length]));
    expect(torrents).toBe(1);
    expect(listening).toMatch(/^127\.0\.0\.1:/);
    // What is known of the disk is taken note of in a moment of its own.
    const { id } = share!;
    await expect
      .poll(() => ask(url, 'torrents.get', { id }), { timeout: 10_000 })
      .toMatchObject({ name: 'album', progress: 1 });
  });

  it('changes nothing, whatever is asked', async () => {
    const { url } = await sharing();
    const { share } = await ask(url, 'session.get', {});
    const { id } = share!;
    for (const name of Object.keys(METHODS) as (keyof typeof METHODS)[]) {
      if (READING_METHODS.has(name)) continue;
      const params = { id, ids: [id], magnet: 'a'.repeat(40), to: '/tmp', path: '/etc' };
      const answer = ask(url, name as 'torrents.remove', params as never);
      await expect(answer, name).rejects.toMatchObject({ status: 403, code: 'READ_ONLY' });
    }
    for (const path of ['/stream/', '/dav/', '/metrics', '/transmission/rpc', `/stream/${id}/0`])
      expect((await fetch(url + path)).status, path).toBe(404);
    expect((await ask(url, 'torrents.get', { id })).state).toBe('seeding');
  });

  it('answers this machine alone, and no page of others', async () => {
    const { url } = await sharing();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(await status(url, { host: 'evil.example' })).toBe(403);
    expect(await status(url, { origin: 'http://evil.example' })).toBe(403);
    expect(await status(url, { 'content-type': 'text/plain' })).toBe(400);
    expect(await status(url, {})).toBe(200);
  });

  it('is not there where nobody wants it, and is gone when sharing ends', async () => {
    const without = await sharing('--no-page');
    expect(without.shared.page).toBeNull();
    const { url, process: program, ended } = await sharing();
    program.kill('SIGINT');
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});

interface SharedEvent {
  readonly event: string;
  readonly torrent: string;
  readonly magnet: string;
  readonly command: string;
  readonly page: string | null;
}

async function sharing(...args: readonly string[]) {
  const root = fileTree({ 'album/a': noise(100_000, 1), 'album/b': noise(5, 2) });
  const program: ChildProcess = spawn(
    process.execPath,
    [
      PROGRAM,
      'share',
      'album',
      '--once',
      '3',
      '--json',
      '--bind',
      '127.0.0.1',
      '--tracker-port',
      '0',
      ...args,
    ],
    { cwd: root, env: { ...process.env, XDG_STATE_HOME: join(root, 'state') } },
  );
  const ended = new Promise<number | null>(resolve => program.once('exit', resolve));
  onTestFinished(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  const shared = await new Promise<SharedEvent>((resolve, reject) => {
    createInterface({ input: program.stdout! }).on('line', line => {
      const event = JSON.parse(line) as SharedEvent;
      if (event.event === 'shared') resolve(event);
    });
    void ended.then(code => reject(new Error(`share ended with ${code}`)));
  });
  return { shared, url: (shared.page ?? '').replace(/\/$/, ''), process: program, ended };
}

function status(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/api/v1/session.get`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      response => {
        response.resume();
        resolve(response.statusCode!);
      },
    );
    asked.once('error', reject);
    asked.end('{}');
  });
}
