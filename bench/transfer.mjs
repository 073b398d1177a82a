// Transfers on this machine, beside libtorrent, aria2 and others: MB/s, CPU seconds, memory, first byte; --help has options.
//
// Everything stays in a network namespace of its own (on loopback where there is none) and in one folder that goes at the
// end, whatever ends it. Ended are only processes that were started here. A run whose data is wrong is rejected.
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { knownClients } from './transfer/clients.mjs';
import { MeetingPlace } from './transfer/meeting-place.mjs';
import { bytesPerSecond, enterOwnNetwork, isInside, makeNetwork } from './transfer/network.mjs';
import { oneRun } from './transfer/one-run.mjs';
import { lowerBoundSeconds, readOptions, rowsOf, USAGE } from './transfer/options.mjs';
import { endAll } from './transfer/peer-process.mjs';
import { aims, disturbance, hostsAims, runLine, table } from './transfer/report.mjs';

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (process.platform !== 'linux') throw new Error('This benchmark reads /proc: it runs on Linux alone.');
  const known = knownClients(options.command);
  const clients = chooseClients(options, known);
  const status = await enterOwnNetwork();
  if (status !== undefined) return status;
  for (const [signal, code] of Object.entries(ENDINGS)) process.on(signal, () => leave(128 + code));
  try {
    return await run(options, clients, known);
  } finally {
    await cleanUp();
  }
}

async function run(options, clients, known) {
  const rows = rowsOf(options, clients, known);
  const most = Math.max(...rows.map(({ leechers }) => leechers));
  mustFit(options.work, rows);
  work = mkdtempSync(join(options.work, 'swarmline-transfer-'));
  const network = await makeNetwork(most + 1, options.caps);
  if (network.isShared)
    drop(rows, ({ client }) => known[client].needsOwnNetwork, 'needs a network namespace');
  const meetingPlace = new MeetingPlace();
  await meetingPlace.listen(network.tracker);
  for (const row of rows) Object.assign(row, await dataFor(row, options, meetingPlace.url));

  say(machine());
  // Fresh memory is slow where a virtual machine hands it out: one run that does not count has it touched.
  if (options.caps === undefined) await runRow(rows[0], 'warm-up');
  for (let round = 1; round <= options.rounds; round++)
    for (const row of rows) if (!row.isGivenUp) await runRow(row, `round ${round}`);
  say(`load average after it: ${loadAverage()}`);
  meetingPlace.close();

  const hasHosts = options.caps !== undefined;
  console.log(`\n${title(options, rows)}\n\n${table(rows, { hasHosts })}`);
  // The aims are of TCP.
  const judged = options.transport !== 'tcp' ? undefined : hasHosts ? hostsAims(rows) : aims(rows);
  if (judged !== undefined) console.log(`\n${judged}`);
  const noise = disturbance(rows, cpus().length);
  if (noise !== undefined) console.log(`\n${noise}`);
  const isSound = rows.every(row => !row.isWrong && (row.client !== 'swarmline' || row.faults.length === 0));
  return isSound ? 0 : 1;

  async function runRow(row, when) {
    const { leechers, encryption, transport, ethernet, timeoutSeconds, payload, torrent } = row;
    const client = known[row.client];
    const figures = await oneRun({
      ...{ client, leechers, encryption, transport, ethernet, timeoutSeconds, payload, torrent },
      ...{ network, meetingPlace, work },
    });
    const { fault } = figures;
    // What ends because all ends is no fault of its own.
    if (isLeaving) await new Promise(() => {});
    say(`${when}, ${row.title}: ${fault === undefined ? runLine(figures) : `rejected: ${fault}`}`);
    if (fault !== undefined) {
      row.faults.push(fault);
      row.isWrong ||= figures.isWrong;
      // Once more would take as long again.
      row.isGivenUp = figures.isLate;
    } else if (when !== 'warm-up') row.runs.push(figures);
  }
}

/** Names of the clients to run; what is not there is said, and an error where it was asked for by name. */
function chooseClients({ clients: wanted, version, transport }, known) {
  const isNamed = wanted !== undefined && wanted[0] !== 'all';
  const names = isNamed ? wanted : wanted === undefined ? DEFAULT_CLIENTS : ALL_CLIENTS;
  return names.filter(name => {
    if (known[name] === undefined)
      throw new Error(`There is no client "${name}": choose from ${Object.keys(known).join(', ')}.`);
    const missing =
      known[name].missing() ??
      (known[name].reads.includes(version) ? undefined : `it reads no ${version} torrent`) ??
      (transport === 'tcp' || known[name].speaksUtp ? undefined : 'it cannot be told to use uTP alone');
    if (missing === undefined) return true;
    if (isNamed) throw new Error(`${name} cannot take part: ${missing}.`);
    if (!isInside) say(`${name} is left out: ${missing}.`);
    return false;
  });
}

/** The data of a row, in a folder that all rows of its size share, and its torrent. */
async function dataFor({ version, bytes, leechers }, options, announce) {
  const { createTorrent } = await import('../dist/index.js');
  const folder = join(work, `seed-${bytes}`);
  const payload = join(folder, 'payload.bin');
  if (mkdirSync(folder, { recursive: true }) !== undefined) writeNoise(payload, bytes);
  const torrent = join(work, `${version}-${bytes}.torrent`);
  const pieceLength = options.pieceLength ?? (bytes >= 256 * 1024 ** 2 ? 1024 ** 2 : undefined);
  const made = await createTorrent(payload, {
    ...{ version, trackers: [[announce]] },
    ...(pieceLength === undefined ? {} : { pieceLength }),
  });
  writeFileSync(torrent, made.bytes);
  if (options.caps === undefined) return { payload, torrent, timeoutSeconds: options.timeoutSeconds ?? 300 };
  const [up, down] = [options.caps.up, options.caps.down].map(bytesPerSecond);
  const bound = lowerBoundSeconds(bytes, leechers, up, down);
  return { payload, torrent, bound, timeoutSeconds: options.timeoutSeconds ?? Math.ceil(10 * bound + 10) };
}

function writeNoise(path, bytes) {
  const chunk = Buffer.allocUnsafe(Math.min(bytes, 16 * 1024 ** 2));
  const file = openSync(path, 'w');
  for (let left = bytes; left > 0; left -= chunk.length)
    writeSync(file, randomFillSync(chunk), 0, Math.min(left, chunk.length));
  closeSync(file);
}

/** Fails where the seed's data and the leechers' copies have no room. */
function mustFit(folder, rows) {
  const seeds = new Set(rows.map(({ bytes }) => bytes));
  const copies = Math.max(...rows.map(({ bytes, leechers }) => bytes * leechers));
  const needed = [...seeds].reduce((sum, bytes) => sum + bytes, copies) + 64 * 1024 ** 2;
  const { bavail, bsize } = statfsSync(folder);
  const isMemory = folder.startsWith('/dev/shm');
  const available = 1024 * Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))[1]);
  // On a RAM disk files take memory, and the programs want some too.
  const room = Math.min(bavail * bsize, isMemory ? available - 1024 ** 3 : Number.POSITIVE_INFINITY);
  if (room < needed)
    throw new Error(
      `${folder} has no room for ${(needed / 1e9).toFixed(1)} GB: give a smaller --size, or another folder with --work.`,
    );
}

function drop(rows, isDropped, why) {
  for (const row of rows.filter(isDropped)) {
    row.faults.push(why);
    row.isGivenUp = true;
  }
}

function title({ caps, rounds }, [{ bytes, version, leechers, bound }]) {
  const size = `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  if (caps === undefined)
    return `${size} by loopback; where a row says nothing else 1 → 1, v1, in the clear; medians of ${rounds}.`;
  const lines = `lines of ${caps.up} up and ${caps.down === '0' ? 'no cap' : caps.down} down`;
  return `${size}, ${version}, 1 seed and ${leechers} leechers, ${lines}, lower bound ${bound.toFixed(2)} s; medians of ${rounds}.`;
}

function machine() {
  const day = new Date().toISOString().slice(0, 10);
  return `${cpus().length} × ${cpus()[0].model}, Linux ${release()}, Node ${process.version}, ${day}; load average before it: ${loadAverage()}`;
}

function loadAverage() {
  return readFileSync('/proc/loadavg', 'latin1').trim();
}

async function leave(status) {
  if (isLeaving) return;
  isLeaving = true;
  await cleanUp();
  process.exit(status);
}

async function cleanUp() {
  await endAll();
  if (work !== undefined) rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

const DEFAULT_CLIENTS = ['swarmline', 'libtorrent-tuned', 'libtorrent', 'aria2'];
const ALL_CLIENTS = [...DEFAULT_CLIENTS, 'transmission', 'webtorrent'];
const ENDINGS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
/** The folder of all that is written here, once there is one. */
let work;
let isLeaving = false;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`transfer: ${error.message}\n`);
  process.exitCode = 2;
}
process.exit();
