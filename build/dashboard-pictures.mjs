// The pictures of pages in docs/images: daemons on this machine exchange made-up data, `share` shares some with three `get`, and
// Chromium looks. Anyone can run it again: npm run build && node build/dashboard-pictures.mjs [--chromium /usr/bin/chromium] [--to FOLDER]

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { createTorrent } from '../dist/create.js';
import { startDaemon } from '../dist/node-daemon/start.js';

const PROGRAM = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
const FILES = ['README.txt', 'part-1/frames.bin', 'part-2/frames.bin', 'sound.flac'];
const LIBRARY = [
  ['Field recordings 2026', 90, ['sound']],
  ['Aerial survey, north', 6, ['maps', 'work']],
  ['Ferien 2024', 4, ['photos']],
  ['Letters of a library', 3, []],
  ['Measured noise', 5, ['work']],
  ['Old games, collected', 7, []],
  ['Piano rolls', 2, ['sound']],
  ['Weather since 1880', 4, ['maps']],
];

const { values } = parseArgs({
  options: {
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    to: { type: 'string', default: fileURLToPath(new URL('../docs/images', import.meta.url)) },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'swarmline-pictures-'));
const closers = [() => rmSync(folder, { recursive: true, force: true })];
try {
  await main();
} finally {
  for (const close of closers.reverse()) await close();
}

async function main() {
  const shown = await daemon('shown', 'downloads');
  await shown.ask('session.set', {
    limits: { downloadBytesPerSecond: 1_500_000, uploadBytesPerSecond: 700_000 },
  });
  const torrents = [];
  for (const [name, megabytes, labels] of LIBRARY) torrents.push(await make(name, megabytes, labels));
  const seeds = [await daemon('seed-1', 'seeds'), await daemon('seed-2', 'seeds')];
  const others = [await daemon('other-1'), await daemon('other-2'), await daemon('other-3')];
  // What the others have of it already differs.
  for (const each of [...seeds, ...others])
    await each.ask('session.set', { limits: { uploadBytesPerSecond: 400_000 } });
  const [live, ...rest] = torrents;
  for (const seed of seeds) await add(seed, live);
  await settled(seeds, live);
  for (const [i, other] of others.entries()) {
    await add(other, live);
    await other.ask('session.set', { limits: { downloadBytesPerSecond: 500_000 + 300_000 * i } });
    introduce(other, live, seeds);
  }
  for (const [i, torrent] of rest.entries()) await add(shown, torrent, { isPaused: i % 3 === 2 });
  await sleep(12_000);
  await add(shown, live);
  introduce(shown, live, [...seeds, ...others]);
  await sleep(1000);

  const browser = await chromium.launch({
    executablePath: values.chromium,
    args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu'],
    timeout: 120_000,
  });
  closers.push(() => browser.close());
  const wide = await open(browser, shown, { viewport: { width: 1280, height: 800 } });
  const dark = await open(browser, shown, { viewport: { width: 1600, height: 900 }, colorScheme: 'dark' });
  const phone = await open(browser, shown, { viewport: { width: 390, height: 780 }, isMobile: true });
  for (const page of [wide, dark, phone]) await page.getByText(live.name, { exact: true }).first().click();
  await dark.getByRole('tab', { name: 'Peers' }).click();
  await sleep(20_000);
  mkdirSync(values.to, { recursive: true });
  await wide.screenshot({ path: join(values.to, 'dashboard.png') });
  await dark.screenshot({ path: join(values.to, 'dashboard-dark.png') });
  await phone.screenshot({ path: join(values.to, 'dashboard-phone-torrent.png') });
  await phone.getByRole('button', { name: 'Close details' }).click();
  await sleep(500);
  await phone.screenshot({ path: join(values.to, 'dashboard-phone.png') });
  await shareAndLook(browser);
}

/** What is made for the daemons is shared: the sender gives 700 KB/s, and the receivers each other the rest. */
async function shareAndLook(browser) {
  const name = LIBRARY[0][0];
  const loopback = ['--json', '--bind', '127.0.0.1'];
  const sharing = swarmline('seeds', ['share', name, ...loopback, '--limit-up', '700K']);
  let shared;
  for await (const line of createInterface({ input: sharing.stdout })) {
    shared = JSON.parse(line);
    if (shared.event === 'shared') break;
  }
  sharing.stdout.resume();
  for (const [i, place] of ['ann', 'ben', 'cem'].entries()) {
    mkdirSync(join(folder, place));
    swarmline(place, ['get', shared.torrent, ...loopback, '--limit-up', `${500 + 200 * i}K`]).stdout.resume();
    await sleep(2000);
  }
  const wide = await open(browser, { url: shared.page }, { viewport: { width: 1280, height: 800 } });
  const phone = await open(
    browser,
    { url: shared.page },
    { viewport: { width: 390, height: 780 }, isMobile: true, colorScheme: 'dark' },
  );
  await sleep(20_000);
  await wide.screenshot({ path: join(values.to, 'share-page.png') });
  await phone.screenshot({ path: join(values.to, 'share-page-phone.png') });
}

function swarmline(place, args) {
  const program = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: join(folder, place),
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state-of-commands') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise(resolve => program.once('exit', resolve));
  closers.push(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  return program;
}

async function open(browser, { url }, options) {
  const page = await (await browser.newContext({ ...options, reducedMotion: 'reduce' })).newPage();
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return page;
}

async function daemon(name, downloads = name) {
  const running = await startDaemon({
    stateFolder: join(folder, `state-${name}`),
    downloadDir: join(folder, downloads),
    rpc: { host: '127.0.0.1', port: 0 },
    session: { listen: { host: '127.0.0.1', port: 0 } },
    version: '0.1.0',
    onWarning: error => process.stderr.write(`${name}: ${error}\n`),
  });
  closers.push(() => running.close());
  const url = `http://127.0.0.1:${running.address.port}`;
  const ask = async (method, params) => {
    const response = await fetch(`${url}/api/v1/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    return await response.json();
  };
  return { url, ask, running };
}

/** Where all of it is: with the seeds, and with the one that is shown unless it is the first, which it is to fetch. */
async function make(name, megabytes, labels) {
  const places = name === LIBRARY[0][0] ? ['seeds'] : ['downloads'];
  let bytes;
  for (const place of places) {
    for (const [i, file] of FILES.entries()) {
      const path = join(folder, place, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, noise(Math.round((megabytes * 1e6) / (i + 2)), name.length + i));
    }
    ({ bytes } = await createTorrent(join(folder, place, name), {
      trackers: [[`http://127.0.0.1:9/${name.length}/announce`]],
    }));
  }
  return { name, labels, torrent: Buffer.from(bytes).toString('base64') };
}

async function add(daemon, { torrent, labels }, options = {}) {
  await daemon.ask('torrents.add', { torrent, labels, ...options });
}

async function settled(daemons, { name }) {
  for (const { ask } of daemons)
    while ((await ask('torrents.list', { text: name })).rows[0]?.state !== 'seeding') await sleep(100);
}

function introduce({ running }, { name }, others) {
  const entry = [...running.daemon.library.torrents()].find(({ torrent }) => torrent.name === name);
  const peers = others.map(other => ({ host: '127.0.0.1', port: other.running.daemon.session.address.port }));
  entry.torrent.peersFound(peers, 'user');
}

function noise(length, seed) {
  const data = new Uint8Array(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return data;
}

function sleep(durationMs) {
  return new Promise(resolve => setTimeout(resolve, durationMs));
}
