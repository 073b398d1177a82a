// What many idle torrents cost a session: seconds until all seed, memory, CPU: `node bench/idle.mjs [--torrents N] [--seconds N]`.
//
// N torrents of one file of 16 KiB each lie on a RAM disk. `first` adds them all and hashes them; `restored` is the next
// run, from what the session remembers of the first; `trackers` the same again with a tracker, on this machine, that each
// is announced to. Beside them libtorrent, which hashes them all, where python3-libtorrent is installed. Every run is a
// process of its own; at its end somebody comes for one of the torrents.
import './help.mjs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encode } from '../dist/core/bencode/encode.js';
import { nodeHost, parseMetainfo, Session } from '../dist/index.js';

const HERE = fileURLToPath(import.meta.url);
const PIECE = 16_384;
const { values } = parseArgs({
  options: {
    torrents: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true },
    /** For the process of one run. */
    run: { type: 'string' },
    folder: { type: 'string' },
    tracker: { type: 'string' },
  },
});
const COUNT = Number(values.torrents);
const SECONDS = Number(values.seconds);

if (values.run === undefined) await compare();
else await run(values.run);

async function compare() {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'swarmline-idle-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  makeTorrents(folder);
  const tracker = await startTracker();
  const kinds = values.only ?? ['first', 'restored', 'trackers', 'libtorrent'];
  console.log(`${COUNT} torrents of one file of 16 KiB each; ${SECONDS} s idle`);
  console.log('run         all seed after   CPU until then   RSS then   peak RSS   RSS idle   CPU idle');
  for (const kind of kinds) {
    const result = await runProcess(kind, folder, tracker.url);
    if (result === undefined) continue;
    const { readyMs, cpuMs, rss, peak, idleRss, idleCpu, ...rest } = result;
    const line = [
      kind.padEnd(11),
      `${(readyMs / 1000).toFixed(2)} s`.padStart(14),
      `${(cpuMs / 1000).toFixed(2)} s`.padStart(16),
      ...[rss, peak, idleRss].map(bytes => `${(bytes / 2 ** 20).toFixed(0)} MiB`.padStart(10)),
      `${(100 * idleCpu).toFixed(2)} %`.padStart(10),
    ];
    console.log(line.join(' '));
    for (const [name, value] of Object.entries(rest)) console.log(`            ${name}: ${value}`);
  }
  tracker.server.close();
  tracker.server.closeAllConnections();
}

function makeTorrents(folder) {
  for (const name of ['data', 'torrents', 'state']) mkdirSync(join(folder, name));
  for (let i = 0; i < COUNT; i++) {
    const data = Buffer.alloc(PIECE, Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i));
    writeFileSync(join(folder, 'data', `file${i}`), data);
    const info = {
      length: PIECE,
      name: `file${i}`,
      'piece length': PIECE,
      pieces: createHash('sha1').update(data).digest(),
    };
    writeFileSync(join(folder, 'torrents', `${i}.torrent`), encode({ info }));
  }
}

/** Says nothing but "come back in half an hour". */
async function startTracker() {
  const answer = Buffer.from(
    encode({ interval: 1800, complete: 1, incomplete: 0, peers: new Uint8Array(0) }),
  );
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': answer.length });
    response.end(answer);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}/announce` };
}

/** Undefined where the program is not there. */
async function runProcess(kind, folder, tracker) {
  const options = ['--torrents', `${COUNT}`, '--seconds', `${SECONDS}`];
  const [program, ...given] =
    kind === 'libtorrent'
      ? ['/usr/bin/python3', join(HERE, '..', 'idle-libtorrent.py'), folder, COUNT, SECONDS]
      : [
          process.execPath,
          ...process.execArgv,
          HERE,
          '--run',
          kind,
          '--folder',
          folder,
          '--tracker',
          tracker,
          ...options,
        ];
  const child = spawn(program, given.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  const status = await new Promise(resolve => child.on('close', resolve));
  if (status === 3) return undefined;
  if (status !== 0) throw new Error(`the run "${kind}" ended with status ${status}`);
  return JSON.parse(out);
}

async function run(kind) {
  const { folder, tracker } = values;
  const startedAt = performance.now();
  const host = nodeHost();
  const session = new Session(
    { listen: { host: '127.0.0.1', port: 0 }, stateFolder: join(folder, 'state') },
    host,
  );
  await session.listen();
  const seeding = kind === 'first' ? addAll(session, folder) : (await session.restore()).torrents;
  if (seeding.length !== COUNT) throw new Error(`${seeding.length} torrents were added`);
  for (const torrent of seeding) torrent.on('error', error => console.error(error.message));
  let next = 0;
  while (next < COUNT) {
    while (seeding[next]?.state === 'seeding') next++;
    await after(10);
  }
  const result = { readyMs: performance.now() - startedAt, cpuMs: cpuMs(), rss: status('VmRSS') };
  if (kind === 'trackers') Object.assign(result, await announceAll(seeding, tracker));
  const before = cpuMs();
  await after(SECONDS * 1000);
  const idle = { idleCpu: (cpuMs() - before) / (SECONDS * 1000), idleRss: status('VmRSS') };
  const served = `${(await fetchOne(seeding[COUNT >> 1], session.address, folder)).toFixed(0)} ms`;
  const closingAt = performance.now();
  await session.close();
  await host.disk.close();
  const closed = `${((performance.now() - closingAt) / 1000).toFixed(2)} s`;
  console.log(JSON.stringify({ ...result, ...idle, peak: status('VmHWM'), served, closed }));
}

function addAll(session, folder) {
  return Array.from({ length: COUNT }, (_, i) =>
    session.add({
      info: parseMetainfo(readFileSync(join(folder, 'torrents', `${i}.torrent`))),
      downloadDir: join(folder, 'data'),
    }),
  );
}

async function announceAll(torrents, tracker) {
  const startedAt = performance.now();
  let working = 0;
  for (const torrent of torrents) {
    torrent.on('tracker', ({ state }) => {
      if (state === 'working') working++;
    });
    torrent.addTracker(tracker);
  }
  while (working < torrents.length) await after(50);
  return {
    'announced after': `${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
    'RSS then': `${(status('VmRSS') / 2 ** 20).toFixed(0)} MiB`,
  };
}

/** How long it takes to get one of them, by a session that knows where it is. */
async function fetchOne(torrent, address, folder) {
  const host = nodeHost();
  const session = new Session({ listen: false }, host);
  const downloadDir = join(folder, 'fetched');
  rmSync(downloadDir, { recursive: true, force: true });
  const startedAt = performance.now();
  const fetched = session.add({ info: torrent.info, downloadDir });
  const done = new Promise((resolve, reject) => {
    fetched.on('complete', resolve);
    fetched.on('error', reject);
  });
  fetched.peersFound([address], 'user');
  await done;
  const elapsedMs = performance.now() - startedAt;
  await session.close();
  await host.disk.close();
  return elapsedMs;
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Bytes, of a line of /proc/self/status. */
function status(name) {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s*(\\d+)`, 'm'));
  return Number(line[1]) * 1024;
}

function after(ms) {
  return new Promise(resolve => setTimeout(resolve, ms));
}
