// Folders of a daemon: those that are watched, the one for what is not complete; and the program that is run at completion.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { seededRandom } from '../src/core/bytes/prng.ts';
import type { TorrentDetails } from '../src/rpc/methods.ts';
import { ask, runDaemon, type TestDaemon, testFolder } from './daemon-program.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf([
  { path: ['a'], data: noise(3_000_000, 1) },
  ...Array.from({ length: 60 }, (_, i) => ({ path: [`${i % 5}`, `${i}`], data: noise(1000 + i, i) })),
]);
const ID = toHex(ALBUM.metainfo.infoHashV1!);
const TORRENT = Buffer.from(ALBUM.metainfo.bytes).toString('base64');
const OTHER = 'cd'.repeat(20);
const LONG = { timeout: 15_000 };
const KILLS = 6;
const SEED = 20_261_126;

describe('a watched folder', () => {
  it('has its torrents and magnet links added, each once, and says so by their names', async () => {
    const folder = testFolder();
    const watched = join(folder, 'watched');
    mkdirSync(watched);
    writeFileSync(join(watched, 'before.torrent'), ALBUM.metainfo.bytes);
    const daemon = await runDaemon({ watch: [{ folder: watched, label: 'home' }] }, folder);
    await added(daemon, ID);
    writeFileSync(join(watched, 'after.magnet'), `magnet:?xt=urn:btih:${OTHER}&dn=film\n`);
    writeFileSync(join(watched, 'notes.txt'), 'no torrent');
    await added(daemon, OTHER);
    await expect
      .poll(() => readdirSync(watched).sort(), LONG)
      .toEqual(['after.magnet.added', 'before.torrent.added', 'notes.txt']);
    const { rows } = await daemon.ask('torrents.list', {});
    expect(rows.map(({ labels }) => labels)).toEqual([['home'], ['home']]);
    // It is there already: nothing is to be said of it.
    writeFileSync(join(watched, 'again.torrent'), ALBUM.metainfo.bytes);
    await expect.poll(() => existsSync(join(watched, 'again.torrent.added')), LONG).toBe(true);
  });

  it('waits for a file that is still being written, and removes it where it is told to', async () => {
    const folder = testFolder();
    const watched = join(folder, 'watched');
    const daemon = await runDaemon(
      { watch: [{ folder: watched, label: undefined }], watchAdded: 'remove' },
      folder,
    );
    // The folder is made where it is not there.
    await expect.poll(() => existsSync(watched), LONG).toBe(true);
    const path = join(watched, 'slow.torrent');
    const { bytes } = ALBUM.metainfo;
    // Longer than a file has to be at rest, in parts that come sooner than that.
    for (let part = 1; part <= 6; part++) {
      writeFileSync(path, bytes.subarray(0, Math.ceil((bytes.length * part) / 6)));
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    await added(daemon, ID);
    await expect.poll(() => readdirSync(watched), LONG).toEqual([]);
  });

  it('says once what is wrong with a file, and takes it when it is mended', async () => {
    const folder = testFolder();
    const watched = join(folder, 'watched');
    mkdirSync(watched);
    writeFileSync(join(watched, 'bad.torrent'), 'd3:foo');
    writeFileSync(join(watched, 'bad.magnet'), 'magnet:?dn=nothing');
    const warnings: string[] = [];
    const daemon = await runDaemon(
      {
        watch: [{ folder: watched, label: undefined }],
        onWarning: error => warnings.push((error as Error).message),
      },
      folder,
    );
    await expect.poll(() => warnings.length, LONG).toBe(2);
    expect(warnings.join('\n')).toMatch(/bad\.torrent" is not added: /);
    writeFileSync(join(watched, 'bad.torrent.new'), ALBUM.metainfo.bytes);
    renameSync(join(watched, 'bad.torrent.new'), join(watched, 'bad.torrent'));
    await added(daemon, ID);
    expect(warnings).toHaveLength(2);
    expect(readdirSync(watched)).toContain('bad.magnet');
  });
});

describe.skipIf(process.platform === 'win32')('a program on completion', () => {
  it('is run without a shell, with what it is to know, once the files are where they stay', async () => {
    const folder = testFolder();
    const program = script(
      folder,
      'env | grep ^SWARMLINE_ > "$0.out.new"; ls "$SWARMLINE_FOLDER" >> "$0.out.new"; mv "$0.out.new" "$0.out"',
    );
    const leech = await runDaemon({ onComplete: program, incompleteDir: join(folder, 'incomplete') }, folder);
    await download(leech, { labels: ['a b', '$(id)'] });
    await expect.poll(() => existsSync(`${program}.out`), LONG).toBe(true);
    const said = readFileSync(`${program}.out`, 'utf8');
    for (const line of [
      `SWARMLINE_ID=${ID}`,
      'SWARMLINE_NAME=album',
      `SWARMLINE_FOLDER=${join(folder, 'downloads')}`,
      'SWARMLINE_LABELS=$(id),a b',
    ])
      expect(said).toContain(`${line}\n`);
    expect(said).toMatch(/\nalbum\n$/);
    await logged(leech, `"${program}" was run.`);
  });

  it('is the one that a client of Transmission has chosen, and finds what Transmission tells', async () => {
    const folder = testFolder();
    const program = script(folder, 'env | grep ^TR_ > "$0.out.new"; mv "$0.out.new" "$0.out"');
    const leech = await runDaemon({ onComplete: '/none/program', allowedPrograms: [program] }, folder);
    const url = `${leech.url}/transmission/rpc`;
    const id = (await fetch(url)).headers.get('x-transmission-session-id')!;
    const set = await fetch(url, {
      method: 'POST',
      headers: { 'x-transmission-session-id': id },
      body: JSON.stringify({ method: 'session-set', arguments: { 'script-torrent-done-filename': program } }),
    });
    expect(await set.json()).toMatchObject({ result: 'success' });
    await download(leech);
    await expect.poll(() => existsSync(`${program}.out`), LONG).toBe(true);
    const said = readFileSync(`${program}.out`, 'utf8');
    for (const line of [
      'TR_TORRENT_NAME=album',
      `TR_TORRENT_HASH=${ID}`,
      `TR_TORRENT_DIR=${join(folder, 'downloads')}`,
    ])
      expect(said).toContain(`${line}\n`);
  });

  it('that fails is in the torrent’s log, and nothing waits for it', async () => {
    const folder = testFolder();
    const leech = await runDaemon({ onComplete: script(folder, 'echo no room >&2; exit 3') }, folder);
    await download(leech);
    await logged(leech, 'ended with status 3. It said: no room');
  });

  it('that is not there is in the torrent’s log', async () => {
    const leech = await runDaemon({ onComplete: '/none/program' });
    await download(leech);
    await logged(leech, '"/none/program" cannot be run: no such file or folder.');
  });
});

describe('a folder for what is not complete', () => {
  it('has a torrent until all of it is there', async () => {
    const folder = testFolder();
    const incomplete = join(folder, 'incomplete');
    const leech = await runDaemon({ incompleteDir: incomplete }, folder);
    const { torrent } = await leech.ask('torrents.add', {
      torrent: TORRENT,
      downloadDir: 'music',
      isPaused: true,
    });
    expect(torrent.downloadDir).toBe(incomplete);
    expect(await details(leech)).toMatchObject({ movesTo: join(folder, 'downloads', 'music') });
    await leech.ask('torrents.start', { ids: [ID] });
    await download(leech);
    await expect
      .poll(() => details(leech), LONG)
      .toMatchObject({
        state: 'seeding',
        downloadDir: join(folder, 'downloads', 'music'),
        movesTo: null,
      });
    expectFiles(join(folder, 'downloads', 'music'));
    expect(readdirSync(incomplete)).toEqual([]);
  });

  it('is passed by where the data is there already, and by who moves it', async () => {
    const folder = testFolder();
    fill(join(folder, 'downloads'));
    const daemon = await runDaemon({ incompleteDir: join(folder, 'incomplete') }, folder);
    await daemon.ask('torrents.add', { torrent: TORRENT });
    await expect
      .poll(() => details(daemon), LONG)
      .toMatchObject({
        state: 'seeding',
        downloadDir: join(folder, 'downloads'),
      });
    await daemon.ask('torrents.add', { magnet: OTHER, isPaused: true });
    await daemon.ask('torrents.move', { id: OTHER, to: 'elsewhere' });
    expect(await daemon.ask('torrents.get', { id: OTHER })).toMatchObject({
      downloadDir: join(folder, 'downloads', 'elsewhere'),
      movesTo: null,
    });
  });

  it(`loses nothing, killed ${KILLS} times at completion (seed ${SEED})`, { timeout: 60_000 }, async () => {
    const folder = testFolder();
    const random = seededRandom(SEED);
    const first = await started(folder);
    await ask(first.url, 'torrents.add', { torrent: TORRENT, downloadDir: 'music', isPaused: true });
    first.process.signal('SIGKILL');
    await first.process.exited;
    fill(join(folder, 'incomplete'));
    let process = first.process;
    for (let kill = 0; kill < KILLS; kill++) {
      const next = await started(folder);
      process = next.process;
      if (kill === 0) await ask(next.url, 'torrents.recheck', { ids: [ID] });
      await ask(next.url, 'torrents.start', { ids: [ID] });
      await new Promise(resolve => setTimeout(resolve, random.below(60)));
      process.signal('SIGKILL');
      await process.exited;
    }
    const last = await started(folder);
    await ask(last.url, 'torrents.start', { ids: [ID] });
    await expect
      .poll(() => ask(last.url, 'torrents.get', { id: ID }), LONG)
      .toMatchObject({
        state: 'seeding',
        downloadDir: join(folder, 'downloads', 'music'),
        movesTo: null,
      });
    expectFiles(join(folder, 'downloads', 'music'));
    expect(readdirSync(join(folder, 'incomplete'))).toEqual([]);
    expect(await last.process.interrupted()).toBe(0);
  });
});

async function started(folder: string) {
  const process = new SwarmlineProcess([
    ...['daemon', '--port', '0', '--bind', '127.0.0.1', '--rpc-port', '0'],
    ...['--state-folder', join(folder, 'state'), '--download-dir', join(folder, 'downloads')],
    ...['--incomplete-dir', join(folder, 'incomplete')],
  ]);
  const [url] = await process.said(/http:\/\/127\.0\.0\.1:\d+/);
  return { process, url };
}

/** From another daemon, on loopback. */
async function download(leech: TestDaemon, more: { labels?: string[] } = {}): Promise<void> {
  const seed = await runDaemon();
  fill(join(seed.folder, 'downloads'));
  await seed.ask('torrents.add', { torrent: TORRENT });
  await expect.poll(() => details(seed), LONG).toMatchObject({ state: 'seeding' });
  await leech.ask('torrents.add', { torrent: TORRENT, ...more });
  const { torrent } = leech.daemon.library.find(ID)!;
  torrent.peersFound([{ host: '127.0.0.1', port: seed.daemon.session.address!.port }], 'user');
  await expect.poll(() => details(leech), LONG).toMatchObject({ progress: 1 });
}

function details(daemon: TestDaemon): Promise<TorrentDetails> {
  return daemon.ask('torrents.get', { id: ID });
}

async function added(daemon: TestDaemon, id: string): Promise<void> {
  await expect.poll(async () => (await daemon.ask('torrents.list', { ids: [id] })).total, LONG).toBe(1);
}

async function logged(daemon: TestDaemon, text: string): Promise<void> {
  const lines = async () =>
    (await daemon.ask('torrents.log', { id: ID })).lines.map(line => line.text).join('\n');
  await expect.poll(lines, LONG).toContain(text);
}

function script(folder: string, text: string): string {
  const path = join(folder, 'on complete.sh');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
}

function expectFiles(folder: string): void {
  for (const { path, data } of ALBUM.files)
    expect(Buffer.compare(readFileSync(join(folder, 'album', ...path)), data), path.join('/')).toBe(0);
}
