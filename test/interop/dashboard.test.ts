// The dashboard in a browser, on a daemon of this process: what is done on the page is done, what happens is seen, and everybody
// can reach it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import { runDaemon, type TestDaemon, testFolder } from '../daemon-program.ts';
import { noise, torrentOf } from '../torrents.ts';
import { CHROMIUM, newPage } from './browser.ts';
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
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

function browserTest(sentence: string, run: () => Promise<void>): void {
  interopTest(sentence, [CHROMIUM], run, 240_000);
}

describe('the dashboard', () => {
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

describe('the dashboard has no serious finding of axe', () => {
  for (const [name, options] of [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['a phone', PHONE],
  ] as const) {
    browserTest(`in ${name}: list, each tab, each dialog, log-in`, async () => {
      const daemon = await seedingDaemon();
      await daemon.ask('torrents.add', {
        magnet: `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=one`,
        labels: ['iso'],
      });
      const page = await newPage(daemon.url, { ...options, reducedMotion: 'reduce' });
      const findings: string[] = [];
      const look = async (where: string) =>
        findings.push(...(await seriousFindings(page)).map(text => `${where}: ${text}`));
      await page.locator('.row-line').getByText('album', { exact: true }).waitFor();
      await look('list');
      await page.getByText('album', { exact: true }).first().click();
      for (const tab of ['Overview', 'Peers', 'Files', 'Trackers', 'Log']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tabpanel').locator('> *').first().waitFor();
        await look(tab);
      }
      await page.getByRole('button', { name: 'Close details' }).click();
      for (const key of ['a', '?', 'l', 'Delete']) {
        await page.keyboard.press(key);
        await page.getByRole('dialog').waitFor();
        await look(`dialog of ${key}`);
        await page.keyboard.press('Escape');
      }
      for (const button of ['Create', 'Limits and settings']) {
        await page.getByRole('button', { name: button, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await look(button);
        await page.keyboard.press('Escape');
      }
      expect(findings).toEqual([]);
    });
  }
});

/** Something is dragged over the page and let go: `put` is the script that puts it into `data`. */
async function drop(page: Page, put: string): Promise<void> {
  await page.evaluate(`{
    const data = new DataTransfer();
    ${put};
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }`);
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Serious and critical ones, each as a sentence. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: Violation[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes: [first] }) =>
        `${id}: ${first!.html.slice(0, 200)} ${first!.failureSummary.slice(0, 300)}`,
    );
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
  return page.locator('.row-line .name').allTextContents();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
