// A daemon that is killed amid two hundred torrents: in its next run all are there, as they were, nothing is hashed that need
// not be, and what was complete is intact.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import type { TorrentRow } from '../src/rpc/methods.ts';
import { ask, testFolder } from './daemon-program.ts';
import { noise, torrentOf } from './torrents.ts';

const PROGRAM = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
const COUNT = 200;
/** Of these the data is there; the others are magnets that nobody knows. */
const WITH_DATA = 100;
// Times that every way of setting them can set.
const TIME = 1_700_000_000;

it('two hundred torrents are as they were after kill -9, and none is hashed again', async () => {
  const folder = testFolder();
  const first = await start(folder);
  const torrents = Array.from({ length: WITH_DATA }, (_, i) =>
    torrentOf([{ path: ['data'], data: noise(20_000 + i, i) }], { version: 'v1', name: `torrent ${i}` }),
  );
  for (const torrent of torrents) {
    const place = join(folder, 'downloads', torrent.metainfo.files[0]!.path.join('/'));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, torrent.files[0]!.data);
    utimesSync(place, TIME, TIME);
  }
  for (let i = 0; i < COUNT; i++) {
    const source =
      i < WITH_DATA
        ? { torrent: Buffer.from(torrents[i]!.metainfo.bytes).toString('base64') }
        : { magnet: `magnet:?xt=urn:btih:${i.toString(16).padStart(40, 'a')}&dn=magnet-${i}` };
    await ask(first.url, 'torrents.add', {
      ...source,
      labels: i % 2 === 0 ? ['even'] : [],
      isPaused: i % 10 === 0,
    });
  }
  await expect
    .poll(async () => (await list(first.url, { states: ['seeding'] })).length, { timeout: 60_000 })
    .toBe(WITH_DATA - WITH_DATA / 10);
  await ask(first.url, 'torrents.queue', { ids: [toHex(torrents[7]!.metainfo.infoHashV1!)], to: 'top' });
  await ask(first.url, 'torrents.set', {
    ids: [toHex(torrents[8]!.metainfo.infoHashV1!)],
    labels: ['last words'],
  });
  const before = await list(first.url, {});
  // What was found on the disk is in the record after some seconds, or with whatever is set: that lasts when it is answered.
  await ask(first.url, 'torrents.set', { ids: before.map(({ id }) => id), isForced: false });
  first.process.kill('SIGKILL');
  await first.ended;

  // Whoever hashed this again would find that it is wrong.
  const untouched = join(folder, 'downloads', torrents[11]!.metainfo.files[0]!.path.join('/'));
  writeFileSync(untouched, noise(20_011, 999));
  utimesSync(untouched, TIME, TIME);

  const second = await start(folder);
  await expect
    .poll(async () => (await list(second.url, { states: ['seeding'] })).length, { timeout: 60_000 })
    .toBe(WITH_DATA - WITH_DATA / 10);
  const after = await list(second.url, {});
  expect(after.map(shownOf)).toEqual(before.map(shownOf));
  for (const [i, torrent] of torrents.entries()) {
    if (i === 11) continue;
    const place = join(folder, 'downloads', torrent.metainfo.files[0]!.path.join('/'));
    expect(readFileSync(place).equals(torrent.files[0]!.data)).toBe(true);
  }
}, 180_000);

function shownOf({ id, name, state, labels, queue, addedAt, length, left, downloadDir }: TorrentRow) {
  return { id, name, state, labels, queue, addedAt, length, left, downloadDir };
}

async function list(url: string, params: { states?: ('seeding' | 'paused')[] }): Promise<TorrentRow[]> {
  return (await ask(url, 'torrents.list', { ...params, limit: 1000 })).rows;
}

async function start(folder: string) {
  const args = ['daemon', '-d', join(folder, 'downloads'), '--state-folder', join(folder, 'state')];
  const daemon: ChildProcess = spawn(process.execPath, [PROGRAM, ...args, '--rpc-port', '0', '--port', '0'], {
    env: { ...process.env, XDG_CONFIG_HOME: join(folder, 'config') },
  });
  const ended = new Promise<void>(resolve => daemon.once('exit', () => resolve()));
  onTestFinished(async () => {
    daemon.kill('SIGKILL');
    await ended;
  });
  let err = '';
  daemon.stderr!.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: daemon.stdout! }).once('line', resolve);
    void ended.then(() => reject(new Error(`The daemon ended: ${err}`)));
  });
  return { url: url.replace(/\/$/, ''), process: daemon, ended };
}
