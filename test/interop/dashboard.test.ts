// The dashboard in a browser, on a daemon of this process and on `share`: what is done on the page is done, what happens is seen,
// and everybody can reach it. Each wait has an end of its own, far within that of its test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, onTestFinished } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import { runDaemon, type TestDaemon, testFolder } from '../daemon-program.ts';
import { noise, torrentOf } from '../torrents.ts';
import { axeFindings } from './axe.ts';
import { CHROMIUM, newPage, within } from './browser.ts';
import { interopTest } from './peers.ts';

const ALBUM = torrentOf(
  [
    { path: ['a'], data: noise(900_000, 1) },
    { path: ['b'], data: noise(600_000, 2) },
  ],
  { version: 'hybrid' },
);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const FILE = {
  name: 'album.torrent',
  mimeType: 'application/x-bittorrent',
  buffer: Buffer.from(ALBUM.metainfo.bytes),
};
const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const THEMES: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['a phone', PHONE],
];

function browserTest(sentence: string, run: () => Promise<void>): void {
  interopTest(sentence, [CHROMIUM], run, 300_000);
}

describe('the dashboard', () => {
  browserTest('says how peers reach the daemon, and of what is off why', async () => {
    const ipFilter = { blocks: () => false, count: 1204 };
    const daemon = await runDaemon({ session: { listen: { host: '127.0.0.1', port: 0 } }, ipFilter });
    const page = await newPage(daemon.url);
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
    await page.keyboard.press('r');
    const reach = page.getByRole('region', { name: 'Reach' });
    await reach.getByText('It takes peers of this machine alone.').waitFor();
    const words = (await reach.innerText()).replaceAll(/\s+/g, ' ');
    expect(words).toMatch(/Listens 127\.0\.0\.1:\d+ by TCP, 127\.0\.0\.1:\d+ by UDP Seen as — Router off/);
    expect(words).toMatch(
      /DHT off uTP on This network off Peer exchange on IP filter 1,204 ranges, 0 connections refused$/,
    );
  });

  browserTest('adds a torrent, sees a rate, sees it complete, and changes a priority', async () => {
    const seed = await seedingDaemon();
    const leech = await runDaemon();
    // So that there is a rate to see.
    await leech.ask('session.set', { limits: { downloadBytesPerSecond: 300_000 } });
    const page = await newPage(leech.url);
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
    await page.keyboard.press('a');
    await page.getByLabel('Torrent files').setInputFiles(FILE);
    await page.getByText('album.torrent').waitFor();
    await page.getByLabel('Labels', { exact: true }).fill('music, new');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('heading', { name: 'album' }).waitFor();
    const entry = leech.daemon.library.find(ID)!;
    expect(entry.labels).toEqual(['music', 'new']);
    entry.torrent.peersFound([{ host: '127.0.0.1', port: seed.daemon.session.address!.port }], 'user');
    const row = page.locator('.row-line').first();
    await row.locator('.cell-down', { hasText: '/s' }).waitFor();
    await row.getByText('Seeding').waitFor();
    await row.getByText('100 %').waitFor();
    await page
      .getByText(/pieces/)
      .first()
      .waitFor();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByLabel('How much album/b is wanted').selectOption('high');
    await eventually(() => entry.torrent.filePriorities?.[1]).toBe('high');
    await page.reload({ waitUntil: 'domcontentloaded' });
    // What was shown is shown again.
    await page.getByRole('heading', { name: 'album' }).waitFor();
    await page.keyboard.press('Delete');
    // The list's own button has the same name.
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
    expect(leech.daemon.library.size).toBe(0);
  });

  browserTest('opens a file where it lies, and has a list for players', async () => {
    const daemon = await runDaemon();
    const film = torrentOf(
      [
        { path: ['film.mp4'], data: noise(40_000, 3) },
        { path: ['read me'], data: Buffer.from('hello') },
      ],
      { name: 'films' },
    );
    mkdirSync(join(daemon.folder, 'downloads', 'films'), { recursive: true });
    writeFileSync(join(daemon.folder, 'downloads', 'films', 'film.mp4'), noise(40_000, 3));
    writeFileSync(join(daemon.folder, 'downloads', 'films', 'read me'), 'hello');
    await daemon.ask('torrents.add', { torrent: Buffer.from(film.metainfo.bytes).toString('base64') });
    const page = await newPage(daemon.url);
    await page.getByText('films', { exact: true }).click();
    await page.getByRole('tab', { name: 'Files' }).click();
    const playlist = (await page.getByRole('link', { name: 'Playlist' }).getAttribute('href'))!;
    const list = await (await fetch(new URL(playlist, daemon.url))).text();
    const link = (await page.getByRole('link', { name: 'films/film.mp4' }).getAttribute('href'))!;
    expect(list.trimEnd().split('\n').at(-1)).toBe(new URL(link, `${daemon.url}/`).href);
    const other = (await page.getByRole('link', { name: 'films/read me' }).getAttribute('href'))!;
    expect(await (await fetch(new URL(other, daemon.url))).text()).toBe('hello');
  });

  browserTest('survives a restart of the daemon, and catches up with it', async () => {
    const folder = testFolder();
    const first = await runDaemon({}, folder);
    await first.ask('torrents.add', {
      magnet: `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=one`,
      isPaused: true,
    });
    const page = await newPage(first.url);
    await page.getByText('one', { exact: true }).waitFor();
    const { port } = first.address;
    await first.close();
    await page.getByText('The daemon does not answer').waitFor();
    const second = await runDaemon({ rpc: { host: '127.0.0.1', port } }, folder);
    await second.ask('torrents.add', {
      magnet: `magnet:?xt=urn:btih:${'b'.repeat(40)}&dn=two`,
      isPaused: true,
    });
    await page.getByText('two', { exact: true }).waitFor();
    await page.getByText('The daemon does not answer').waitFor({ state: 'detached' });
    await second.ask('torrents.remove', { ids: ['a'.repeat(40)] });
    await page.getByText('one', { exact: true }).waitFor({ state: 'detached' });
  });

  browserTest('is used by keys alone', async () => {
    const daemon = await runDaemon();
    for (const name of ['c', 'a', 'b'])
      await daemon.ask('torrents.add', {
        magnet: `magnet:?xt=urn:btih:${name.repeat(40)}&dn=torrent-${name}`,
        isPaused: true,
      });
    const page = await newPage(daemon.url);
    await page.getByText('torrent-a').waitFor();
    await page.getByRole('button', { name: 'Name' }).click();
    await eventually(() => namesOn(page)).toEqual(['torrent-a', 'torrent-b', 'torrent-c']);
    await page.getByRole('grid').focus();
    await page.keyboard.press('j');
    await page.keyboard.press(' ');
    await page.keyboard.press('j');
    await page.keyboard.press(' ');
    await page.getByText('2 torrents selected').waitFor();
    await page.keyboard.press('s');
    const states = () =>
      ['a', 'b', 'c'].map(name => daemon.daemon.library.find(name.repeat(40))!.torrent.state);
    await eventually(states).toEqual(['paused', 'metadata', 'metadata']);
    await page.keyboard.press('/');
    await page.keyboard.type('rent-a');
    await eventually(() => namesOn(page)).toEqual(['torrent-a']);
    await page.keyboard.press('Escape');
    await eventually(() => namesOn(page)).toHaveLength(3);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
  });

  browserTest('shows names while its rows fly past, and all of each as soon as they stand', async () => {
    const daemon = await runDaemon();
    for (let i = 0; i < 400; i++)
      await daemon.ask('torrents.add', {
        magnet: `magnet:?xt=urn:btih:${`${i}`.padStart(40, '0')}&dn=torrent-${i}`,
        isPaused: true,
      });
    const page = await newPage(daemon.url);
    await page.getByText('torrent-0', { exact: true }).waitFor();
    // As a bar is dragged: a view and more in each of some frames. The rows of each frame are noted as they were drawn.
    const frames = (await page.evaluate(`new Promise(resolve => {
      const list = document.querySelector('.list');
      const frames = [];
      const frame = () => {
        const lines = [...list.querySelectorAll('.row-line:not([hidden])')];
        frames.push(lines.map(line => ({
          name: line.querySelector('.name').textContent,
          isWaiting: line.classList.contains('is-waiting'),
          isStateSeen: getComputedStyle(line.querySelector('.cell-state')).visibility === 'visible',
        })));
        if (frames.length === 8) return resolve(frames);
        list.scrollTop += 40 * 32;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    })`)) as { name: string; isWaiting: boolean; isStateSeen: boolean }[][];
    for (const rows of frames.slice(2)) {
      expect(rows.filter(({ isStateSeen }) => isStateSeen)).toEqual([]);
      const names = rows.filter(({ isWaiting }) => !isWaiting).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
    const standing = page.locator('.row-line:not([hidden])');
    await eventually(() =>
      standing.evaluateAll(lines => lines.filter(line => line.matches('.is-passing, .is-waiting')).length),
    ).toBe(0);
    for (const line of await standing.all())
      expect(await line.locator('.name').textContent()).toBe(
        `torrent-${Number((await line.getAttribute('aria-rowindex'))!) - 2}`,
      );
    const box = (await page.getByRole('grid').boundingBox())!;
    await page.mouse.click(box.x + 200, box.y + 300);
    const opened = await page.locator('.row-line.is-open .name').textContent();
    await page.getByRole('heading', { name: opened!, exact: true }).waitFor();
  });

  browserTest('takes what is dropped on it', async () => {
    const daemon = await runDaemon();
    const page = await newPage(daemon.url);
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
    await drop(
      page,
      `data.items.add(new File([new Uint8Array(${JSON.stringify([...FILE.buffer])})], 'album.torrent'))`,
    );
    await page.getByText('album.torrent').waitFor();
    await drop(page, `data.setData('text/plain', 'magnet:?xt=urn:btih:${'d'.repeat(40)}&dn=dropped')`);
    await page.getByLabel('Add it paused').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await eventually(async () => (await namesOn(page)).sort()).toEqual(['album', 'dropped']);
  });

  browserTest('says why something was not added, and keeps it', async () => {
    const daemon = await runDaemon();
    const page = await newPage(daemon.url);
    await page.keyboard.press('a');
    await page.getByLabel('Magnet links, info hashes, addresses').fill('magnet:?dn=nothing');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Magnet links, info hashes, addresses').inputValue()).toBe(
      'magnet:?dn=nothing',
    );
  });

  browserTest('makes a torrent of a folder, which seeds', async () => {
    const daemon = await runDaemon();
    fill(join(daemon.folder, 'downloads'));
    const page = await newPage(daemon.url);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByLabel('File or folder').fill('album');
    await page.getByLabel('Trackers', { exact: true }).fill('http://127.0.0.1:1/announce');
    await page.getByRole('button', { name: 'Create and seed' }).click();
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('heading', { name: 'album' }).waitFor();
    await page.locator('.row-line').getByText('Seeding').waitFor();
  });

  browserTest('asks for the token once, and keeps it from scripts', async () => {
    const daemon = await runDaemon({ token: 'a secret' });
    const page = await newPage(daemon.url);
    await page.getByLabel('Token of this daemon').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('That is not the token of this daemon.').waitFor();
    await page.getByLabel('Token of this daemon').fill('a secret');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.reload({ waitUntil: 'domcontentloaded' });
    await page.getByRole('heading', { name: 'No torrents yet' }).waitFor();
  });
});

describe('the page of share', () => {
  browserTest(
    'shows how others get it, who has how much, and has nothing to press that would change it',
    async () => {
      const { page: url, torrent, folder } = await sharing();
      const page = await newPage(url);
      await page.getByRole('heading', { name: 'album' }).waitFor();
      await page.getByText(`swarmline get '${torrent}'`).waitFor();
      await page.getByRole('img', { name: /^QR code/ }).waitFor();
      await page.getByText('Nobody has come for it yet.').waitFor();
      await swarmline(folder, ['get', torrent, '-o', 'received', '--no-seed', '--no-resume']);
      await page.getByText('The one who came has everything.').waitFor();
      await page.getByText(/^You sent 1\.4 MiB, the swarm moved 1\.4 MiB$/).waitFor();
      await page.getByRole('tab', { name: 'Files' }).click();
      await page.getByText('album/b').waitFor();
      expect(await page.locator('select, input, form').count()).toBe(0);
    },
  );

  for (const [name, options] of THEMES) {
    browserTest(`has no serious finding of axe in ${name}`, async () => {
      const { page: url } = await sharing();
      const page = await newPage(url, { ...options, reducedMotion: 'reduce' });
      await page.getByRole('heading', { name: 'album' }).waitFor();
      await page.locator('.piece-map canvas').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
    });
  }
});

describe('the dashboard has no serious finding of axe', () => {
  for (const [name, options] of THEMES) {
    browserTest(`in ${name}: list and each tab`, async () => {
      const { page, look, findings } = await looked(options);
      await look('list');
      await page.getByText('album', { exact: true }).first().click();
      for (const tab of ['Overview', 'Peers', 'Files', 'Trackers', 'Log']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tabpanel').locator('> *').first().waitFor();
        await look(tab);
      }
      expect(findings).toEqual([]);
    });

    browserTest(`in ${name}: each dialog`, async () => {
      const { page, look, findings } = await looked(options);
      for (const key of ['a', 'r', '?', 'l', 'Delete']) {
        await page.keyboard.press(key);
        await page.getByRole('dialog').waitFor();
        await look(`dialog of ${key}`);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      for (const button of ['Create', 'Limits and settings']) {
        await page.getByRole('button', { name: button, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await look(button);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      expect(findings).toEqual([]);
    });
  }
});

/** A page with two torrents, of which what axe finds is noted. */
async function looked(options: BrowserContextOptions) {
  const daemon = await seedingDaemon();
  await daemon.ask('torrents.add', {
    magnet: `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=one`,
    labels: ['iso'],
  });
  const page = await newPage(daemon.url, { ...options, reducedMotion: 'reduce' });
  const findings: string[] = [];
  const look = async (where: string) => {
    findings.push(...(await seriousFindings(page)).map(text => `${where}: ${text}`));
  };
  await page.locator('.row-line').getByText('album', { exact: true }).waitFor();
  return { page, look, findings };
}

/** `share` of the album as a program. */
async function sharing() {
  const folder = testFolder();
  fill(folder);
  const program = startSwarmline(folder, [
    'share',
    'album',
    '--json',
    '--bind',
    '127.0.0.1',
    '--tracker-port',
    '0',
  ]);
  const shared = (async () => {
    for await (const line of createInterface({ input: program.stdout! })) {
      const event = JSON.parse(line) as { event: string; page: string; torrent: string };
      if (event.event === 'shared') return event;
    }
    throw new Error('share has ended before it shared.');
  })();
  return { ...(await within('What share shares', shared)), folder };
}

/** Runs a command to its end. */
async function swarmline(folder: string, args: readonly string[]): Promise<void> {
  const program = startSwarmline(folder, args);
  program.stdout!.resume();
  const [code] = await within(`The end of ${args[0]}`, once(program, 'exit'));
  expect(code).toBe(0);
}

function startSwarmline(folder: string, args: readonly string[]): ChildProcess {
  const program = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    program.kill('SIGKILL');
    await once(program, 'exit');
  });
  return program;
}

/** Something is dragged over the page and let go: `put` is the script that puts it into `data`. */
async function drop(page: Page, put: string): Promise<void> {
  await page.evaluate(`{
    const data = new DataTransfer();
    ${put};
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }`);
}

function seriousFindings(page: Page): Promise<string[]> {
  return axeFindings(page, ['serious', 'critical']);
}

async function seedingDaemon(): Promise<TestDaemon> {
  const daemon = await runDaemon();
  fill(join(daemon.folder, 'downloads'));
  await daemon.ask('torrents.add', { torrent: FILE.buffer.toString('base64') });
  await eventually(async () => (await daemon.ask('torrents.list', {})).rows[0]?.state).toBe('seeding');
  return daemon;
}

function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
}

/** What is waited for is the browser's or the daemon's own doing. */
function eventually<Value>(look: () => Value | Promise<Value>) {
  return expect.poll(look, { timeout: 60_000, interval: 50 });
}

function namesOn(page: Page): Promise<string[]> {
  return page.locator('.row-line:not([hidden]) .name').allTextContents();
}
