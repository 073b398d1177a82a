// The dashboard in a browser, on a daemon of this process: what is done on the page is done, and what happens is seen. Each
// wait has an end of its own, far within that of its test.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { runDaemon, testFolder } from '../daemon-program.ts';
import { noise, torrentOf } from '../torrents.ts';
import { newPage } from './browser.ts';
import { browserTest, eventually, FILE, fill, ID, seedingDaemon } from './dashboard-album.ts';

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
    // All in one look: a row that is used again for another torrent between two would have the name of one and the place of both.
    const rows = (await standing.evaluateAll(lines =>
      lines.map(line => [line.querySelector('.name')!.textContent, line.getAttribute('aria-rowindex')]),
    )) as [string, string][];
    expect(rows.length).toBeGreaterThan(5);
    for (const [name, place] of rows) expect(name).toBe(`torrent-${Number(place) - 2}`);
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

/** Something is dragged over the page and let go: `put` is the script that puts it into `data`. */
async function drop(page: Page, put: string): Promise<void> {
  await page.evaluate(`{
    const data = new DataTransfer();
    ${put};
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }`);
}

function namesOn(page: Page): Promise<string[]> {
  return page.locator('.row-line:not([hidden]) .name').allTextContents();
}
