// Trackers over UDP beside each other: ours, opentracker and bittorrent-tracker, each alone on one core, the load on the other.
//
//   node bench/tracker.mjs [--rounds 5] [--seconds 3] [--peers 100000,1000000] [--swarms 10000] [--only ours] [--workers 2] [--prefix 'nice -n -19'] [--real-time]
//
// Build first (npm run build); needs Linux, cc and taskset. opentracker is taken from the PATH, bittorrent-tracker from the
// folder of WebTorrent in test/interop, with the Node 22 of test/nodes.mjs. Every fourth peer is a
// seed. All trackers are filled, then asked in turn (A B C A B C …): announces with 50 wanted, as fast as they are answered,
// then at half of that rate. A run is rejected whose answers hold fewer peers than asked for and available, or errors, or
// that lost more than one in a thousand. `--real-time` (root, chrt) keeps all else off both cores for 0.8 seconds a run, with as
// long a pause after it: where others use the machine, nothing else tells how long an answer takes. `--workers N` adds ours with
// so many threads, on all cores: where the load has one of two, only what it makes of a CPU second can be compared. `--prefix` goes before every command: on a shared machine, one that gives it priority.
import './help.mjs';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { has } from './side-by-side.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    peers: { type: 'string', default: '100000,1000000' },
    swarms: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '' },
    prefix: { type: 'string', default: '' },
    'real-time': { type: 'boolean', default: false },
  },
});
const SWARMS = Number(options.swarms);
const WINDOW = 128;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'swarmline-bench-'));
const load = join(folder, 'tracker-load');
const children = [];

for (const program of ['cc', 'taskset'])
  if (!has(program)) throw new Error(`This benchmark needs ${program}.`);
execFileSync('cc', ['-O2', '-o', load, join(root, 'bench/tracker-load.c')]);
try {
  for (const peers of options.peers.split(',').map(Number)) await sideBySide(peers);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}

async function sideBySide(peers) {
  const each = peers / SWARMS;
  const trackers = await start(peers);
  const runs = new Map(trackers.map(({ name }) => [name, { fast: [], half: [] }]));
  for (const tracker of trackers) {
    tracker.empty = rss(tracker);
    const filled = ask(tracker, each, ['--fill', '--want', '0']);
    // What a full buffer has lost is filled by what comes after.
    if (filled.lost > 0) ask(tracker, each, ['--fill', '--want', '0', '--window', '16']);
  }
  // All of them warm, and their compilers done, before nothing else may run.
  for (const tracker of trackers) ask(tracker, each, []);
  if (options['real-time'])
    for (const { pid } of trackers) execFileSync('chrt', ['-a', '-r', '-p', '5', String(pid)]);
  for (let round = 0; round < Number(options.rounds); round++)
    for (const tracker of trackers) runs.get(tracker.name).fast.push(ask(tracker, each, []));
  for (let round = 0; round < Math.min(3, Number(options.rounds)); round++)
    for (const tracker of trackers) {
      const rate = middle(runs.get(tracker.name).fast.map(({ perSecond }) => perSecond)) / 2;
      runs.get(tracker.name).half.push(ask(tracker, each, ['--rate', String(rate)]));
    }
  console.log(`\n${peers.toLocaleString('en')} peers in ${SWARMS.toLocaleString('en')} swarms\n`);
  console.log(
    '| tracker | announces/s (min–max) | of opentracker | a CPU second | of opentracker | p99 ms at half load | RSS MiB, empty → full |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  const first = runs.values().next().value.fast;
  for (const tracker of trackers) {
    const { fast, half } = runs.get(tracker.name);
    const rates = fast.map(({ perSecond }) => perSecond).sort((a, b) => a - b);
    const ratio = of => middle(fast.map((run, i) => of(run) / of(first[i]))).toFixed(2);
    const p99 = (middle(half.map(({ p99Us }) => p99Us)) / 1000).toFixed(1);
    const cpu = middle(fast.map(({ perCpuSecond }) => perCpuSecond));
    const memory = `${tracker.empty.toFixed(0)} → ${rss(tracker).toFixed(0)}`;
    console.log(
      `| ${tracker.name} | ${k(middle(rates))} (${k(rates[0])}–${k(rates.at(-1))}) | ${ratio(run => run.perSecond)} | ${k(cpu)} | ${ratio(run => run.perCpuSecond)} | ${p99} | ${memory} |`,
    );
  }
  for (const child of children.splice(0)) child.kill('SIGKILL');
}

/** All of them wait on the first core; who is not asked takes no time. */
async function start(peers) {
  const trackers = [];
  const add = async (name, command, cores = '0', more = {}) => {
    if (options.only !== '' && !name.startsWith(options.only) && name !== 'opentracker') return;
    const port = await freePort();
    const [program, ...args] = [...prefix(), 'taskset', '-c', cores, ...command(port)];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...more });
    children.push(child);
    trackers.push({ name, port, pid: child.pid });
  };
  if (has('opentracker')) await add('opentracker', opentracker);
  const server = join(root, 'bench/tracker-server.mjs');
  await add('ours', port => [process.execPath, server, String(port)]);
  if (options.workers !== '') {
    const all = `0-${availableParallelism() - 1}`;
    const threads = port => [process.execPath, server, String(port), 'threads', options.workers];
    await add(`ours, ${options.workers} workers`, threads, all);
  }
  await add('ours, one by one', port => [process.execPath, server, String(port), 'one-by-one']);
  const node = join(root, 'node_modules/.nodes/22/node_modules/node/bin/node');
  const modules = join(root, 'test/interop/webtorrent/node_modules/bittorrent-tracker');
  // It takes minutes to be filled with a million.
  if (peers <= 100_000 && existsSync(node) && existsSync(modules)) {
    const file = join(folder, 'npm.mjs');
    writeFileSync(
      file,
      `import Server from ${JSON.stringify(join(modules, 'server.js'))};
       const server = new (Server.default ?? Server)({ udp: true, http: false, ws: false, stats: false });
       server.on('error', () => {}); server.on('warning', () => {});
       server.listen(Number(process.argv[2]), '127.0.0.1');`,
    );
    await add('bittorrent-tracker', port => [node, file, String(port)]);
  }
  await new Promise(resolve => setTimeout(resolve, 2_000));
  return trackers;
}

function opentracker(port) {
  // Debian's serves only what is on its list, which it looks for inside of its folder where it is root, and then as nobody.
  chmodSync(folder, 0o755);
  const hashes = execFileSync(load, ['--list', '--torrents', String(SWARMS)], { maxBuffer: 1e9 });
  writeFileSync(join(folder, 'listed'), hashes);
  const isRoot = process.getuid() === 0;
  const list = isRoot ? ['-u', 'nobody', '-w', 'listed'] : ['-w', join(folder, 'listed')];
  return ['opentracker', '-i', '127.0.0.1', '-P', String(port), '-p', String(port), '-d', folder, ...list];
}

function ask(tracker, each, args) {
  const isFill = args.includes('--fill');
  const isRealTime = options['real-time'] && !isFill;
  const [program, ...words] = [...(isRealTime ? ['chrt', '-f', '5'] : prefix()), 'taskset', '-c', '1', load];
  const length = isFill ? '300' : isRealTime ? '0.8' : options.seconds;
  if (isRealTime) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
  const before = cpuSeconds(tracker);
  const { status, stdout, stderr } = spawnSync(
    program,
    [...words, '--port', String(tracker.port), '--torrents', String(SWARMS), '--peers', String(each)].concat(
      ['--window', String(WINDOW), '--seconds', length],
      args,
    ),
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${tracker.name}: ${stderr}`);
  const run = JSON.parse(stdout);
  const isRejected =
    run.tooFew > 0 || run.errors > 0 || (!args.includes('--fill') && run.lost * 1000 > run.answered);
  if (isRejected) throw new Error(`${tracker.name}: a run is rejected: ${stdout}`);
  return { ...run, perCpuSecond: run.answered / (cpuSeconds(tracker) - before) };
}

function cpuSeconds({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function rss({ pid }) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;
}

function freePort() {
  return new Promise(resolve => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function prefix() {
  return options.prefix === '' ? [] : options.prefix.split(' ');
}

function middle(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function k(number) {
  return `${(number / 1000).toFixed(1)} k`;
}
