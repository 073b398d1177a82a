// The daemon's page over HTTP, without a browser: its files, its policy, the way to log in; and torrents that are made by name of
// a path.

import { once } from 'node:events';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDaemon, type TestDaemon } from './daemon-program.ts';
import { noise } from './torrents.ts';

describe('the page of a daemon', () => {
  it('is served with its files, under a policy that lets in nothing from elsewhere', async () => {
    const { url } = await runDaemon();
    const page = await fetch(`${url}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const html = await page.text();
    // Nothing that the policy would refuse, and nothing from elsewhere.
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|https?:/);
    const links = [...html.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThanOrEqual(4);
    for (const path of links) {
      const file = await fetch(url + path);
      expect(file.status, path).toBe(200);
      expect(file.headers.get('content-encoding')).toBe('gzip');
      expect(file.headers.get('cache-control')).toBe(
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      expect((await file.text()).length).toBeGreaterThan(100);
    }
  });

  it('sends its scripts in less than 60 KB', async () => {
    const { url } = await runDaemon();
    const html = await (await fetch(`${url}/`)).text();
    let length = 0;
    const seen = new Set<string>();
    const wanted = [/assets\/index-[^"]+\.js/.exec(html)![0]];
    for (const path of wanted) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = await fetch(`${url}/${path}`);
      length += Number(file.headers.get('content-length'));
      for (const [name] of (await file.text()).matchAll(/[\w.-]+\.js(?=["'`])/g))
        wanted.push(`assets/${name}`);
    }
    expect(seen.size).toBe(2);
    expect(length).toBeLessThan(60_000);
  });

  it.each([
    ['GET', '/assets/nothing.js', 404],
    ['GET', '/assets/..%2findex.html', 404],
    ['GET', '/package.json', 404],
    ['POST', '/', 405],
    ['GET', '/login', 405],
  ])('has nothing else: %s %s', async (method, path, status) => {
    const { url } = await runDaemon();
    expect((await fetch(url + path, { method })).status).toBe(status);
  });

  it('gives a cookie for the token, and lets in who has it', async () => {
    const { url } = await runDaemon({ token: 'a secret' });
    expect((await fetch(`${url}/`)).status).toBe(200);
    expect((await logIn(url, 'wrong')).status).toBe(401);
    const answer = await logIn(url, 'a secret');
    expect(answer.status).toBe(204);
    const cookie = answer.headers.get('set-cookie')!;
    expect(cookie).toBe('swarmline-token=a%20secret; Path=/; HttpOnly; SameSite=Strict');
    expect((await askSession(url, { cookie: cookie.split(';')[0]! })).status).toBe(200);
    const out = await fetch(`${url}/logout`, { method: 'POST', headers: JSON_TYPE });
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('takes a token from no form of another page', async () => {
    const { url } = await runDaemon({ token: 'a secret' });
    const foreign = { ...JSON_TYPE, origin: 'http://evil.example' };
    expect((await logIn(url, 'a secret', foreign)).status).toBe(403);
    expect((await logIn(url, 'a secret', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await fetch(`${url}/login`, { method: 'POST', headers: JSON_TYPE, body: '{}' })).status).toBe(
      400,
    );
  });

  it('is not covered by the browser’s own question for a password', async () => {
    const { url } = await runDaemon({ token: 'a secret' });
    // As every script's, a request of Node's fetch says that it is one.
    const byScript = await askSession(url, {});
    expect(byScript.headers.get('www-authenticate')).not.toContain('Basic');
    const asked = request(`${url}/api/v1/session.get`, { method: 'POST', headers: JSON_TYPE });
    asked.end('{}');
    const [bySomebody] = (await once(asked, 'response')) as [IncomingMessage];
    bySomebody.resume();
    expect(bySomebody.headers['www-authenticate']).toContain('Basic');
  });
});

describe('a torrent that is made by name of a path', () => {
  it('is hashed, added and seeds, with what was said of it', async () => {
    const daemon = await runDaemon();
    fill(daemon, 'album');
    const { id } = await daemon.ask('create.start', {
      path: 'album',
      version: 'hybrid',
      pieceLength: 32_768,
      trackers: [['http://127.0.0.1:1/announce']],
      private: true,
      labels: ['made'],
    });
    const made = await over(daemon, id);
    expect(made).toMatchObject({ state: 'done', done: 300_000, total: 300_000, error: null });
    const seeding = async () => (await daemon.ask('torrents.get', { id: made.torrent! })).state;
    await expect.poll(seeding, { timeout: 20_000 }).toBe('seeding');
    const details = await daemon.ask('torrents.get', { id: made.torrent! });
    expect(details).toMatchObject({ name: 'album', version: 'hybrid', pieceLength: 32_768, isPrivate: true });
    expect(details).toMatchObject({ labels: ['made'], progress: 1, tracker: '127.0.0.1' });
    // The same again is the same torrent.
    const again = await daemon.ask('create.start', {
      path: 'album',
      pieceLength: 32_768,
      private: true,
      trackers: [['http://127.0.0.1:1/announce']],
    });
    expect(await over(daemon, again.id)).toMatchObject({ state: 'done', torrent: made.torrent });
  });

  it('is refused outside of the allowed folders, through links too, and of a whole allowed folder', async () => {
    const daemon = await runDaemon();
    const downloads = join(daemon.folder, 'downloads');
    symlinkSync('/', join(downloads, 'out'));
    for (const path of ['/etc', '..', join(downloads, 'out', 'etc'), downloads])
      await expect(daemon.ask('create.start', { path })).rejects.toMatchObject({
        code: 'FOLDER_NOT_ALLOWED',
      });
  });

  it('says why it failed', async () => {
    const daemon = await runDaemon();
    const { id } = await daemon.ask('create.start', { path: 'nothing' });
    const failed = await over(daemon, id);
    expect(failed).toMatchObject({ state: 'failed', torrent: null });
    expect(failed.error).toMatch(/nothing/);
    await expect(daemon.ask('create.get', { id: '77' })).rejects.toMatchObject({ code: 'CREATION_UNKNOWN' });
  });

  it('can be stopped, and is no torrent then', async () => {
    const daemon = await runDaemon();
    const large = join(daemon.folder, 'downloads', 'large');
    writeFileSync(large, '');
    // Empty room: nothing of it lies on the disk, and it takes a while to hash.
    truncateSync(large, 4 * 1024 ** 3);
    const { id } = await daemon.ask('create.start', { path: 'large' });
    expect(await daemon.ask('create.cancel', { id })).toMatchObject({ state: 'cancelled', torrent: null });
    expect(daemon.daemon.library.size).toBe(0);
  });
});

function fill({ folder }: TestDaemon, name: string): void {
  const place = join(folder, 'downloads', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'a'), noise(200_000, 1));
  writeFileSync(join(place, 'b'), noise(100_000, 2));
}

/** Polled until it is over: what is waited for is the hashing's own doing. */
async function over(daemon: TestDaemon, id: string) {
  for (;;) {
    const creation = await daemon.ask('create.get', { id });
    if (creation.state !== 'walking' && creation.state !== 'hashing') return creation;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function logIn(url: string, token: string, headers: Record<string, string> = JSON_TYPE): Promise<Response> {
  return fetch(`${url}/login`, { method: 'POST', headers, body: JSON.stringify({ token }) });
}

function askSession(url: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${url}/api/v1/session.get`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: '{}',
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
