// Announces over HTTP: our tracker beside opentracker and bittorrent-tracker (npm) where they are, the load on the other core.
//   node bench/tracker-http.mjs [--seconds 3] [--rounds 3] [--npm FOLDER/node_modules --node NODE]
// 64 connections, numwant 50, 1,000 torrents of 100 peers. opentracker closes each connection. An answer with fewer peers than
// were asked for, once the swarms are full, ends the run. CPU is the server's alone.
import './help.mjs';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { cpuSeconds, freePorts, onPath, startTracker, stop } from './tracker-process.mjs';

const TORRENTS = 1000;
const PEERS = 100;
const WANT = 50;
const hashes = Array.from({ length: TORRENTS }, (_, i) => createHash('sha1').update(`torrent ${i}`).digest());

if (isMainThread) await main();
else parentPort.postMessage(await load(workerData));

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      npm: { type: 'string' },
      node: { type: 'string', default: process.execPath },
    },
  });
  const [own, foreign, npm] = await freePorts(3);
  const folder = mkdtempSync(`${tmpdir()}/swarmline-bench-`);
  chmodSync(folder, 0o755);
  writeFileSync(`${folder}/listed`, hashes.map(hash => `${hash.toString('hex')}\n`).join(''));
  const program = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
  const limits = ['--rate', '0', '--peers-per-address', '0', '--connections-per-address', '1000'];
  const servers = [
    {
      name: 'swarmline',
      port: own,
      keepsAlive: true,
      command: process.execPath,
      args: [program, 'tracker', '--host', '127.0.0.1', '--port', own, '--no-udp', ...limits],
    },
  ];
  const opentracker = onPath('opentracker');
  if (opentracker !== undefined) {
    const user = process.getuid?.() === 0 ? ['-u', 'nobody', '-w', 'listed'] : ['-w', `${folder}/listed`];
    const args = ['-i', '127.0.0.1', '-p', foreign, '-P', foreign, '-d', folder, ...user];
    servers.push({ name: 'opentracker', port: foreign, keepsAlive: false, command: opentracker, args });
  }
  if (values.npm !== undefined) {
    const script = `import('${values.npm}/bittorrent-tracker/server.js').then(({ default: Server }) => { const s = new Server({ udp: false, ws: false, stats: false }); s.on('warning', () => {}); s.on('error', () => {}); s.listen(${npm}, '127.0.0.1'); })`;
    servers.push({
      name: 'bittorrent-tracker',
      port: npm,
      keepsAlive: true,
      command: values.node,
      args: ['-e', script],
    });
  }
  const running = [];
  try {
    for (const server of servers)
      running.push({
        ...server,
        child: await startTracker(server.command, server.args.map(String), server.port),
      });
    for (const server of running) await inThread({ ...server, child: undefined, seconds: 0 });
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const { name, child, port, keepsAlive } of running) {
        const before = cpuSeconds(child.pid);
        const { answers, elapsed, p99 } = await inThread({
          port,
          keepsAlive,
          seconds: Number(values.seconds),
        });
        const cpu = cpuSeconds(child.pid) - before;
        console.log(
          `${name.padEnd(20)} ${Math.round(answers / elapsed)} announces/s   p99 ${p99.toFixed(1)} ms   ` +
            `${((cpu / answers) * 1e6).toFixed(1)} us of CPU each   (${Math.round(answers / cpu)} for each second of CPU)`,
        );
      }
    }
  } finally {
    for (const { child } of running) await stop(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The load in a thread that is kept off the server's core where the system can. */
function inThread(data) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Without `seconds` every peer announces once: then swarms are full. */
async function load({ port, keepsAlive, seconds }) {
  const escaped = hashes.map(hash =>
    [...hash].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  const request = (torrent, peer) =>
    `GET /announce?info_hash=${escaped[torrent]}&peer_id=-LG0001-${`${peer}`.padStart(12, '0')}&port=${1025 + peer}` +
    `&uploaded=0&downloaded=0&left=${peer % 4 === 0 ? 0 : 1000}&compact=1&numwant=${WANT} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  let filled = 0;
  const end = performance.now() + seconds * 1000;
  const next = () => {
    if (seconds === 0) {
      if (filled === TORRENTS * PEERS) return undefined;
      const n = filled++;
      return request(n % TORRENTS, Math.floor(n / TORRENTS));
    }
    if (performance.now() > end) return undefined;
    return request(Math.floor(Math.random() * TORRENTS), 1 + Math.floor(Math.random() * (PEERS - 1)));
  };
  const times = [];
  let answers = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: 64 }, () => client()));
  times.sort((a, b) => a - b);
  return {
    answers,
    elapsed: (performance.now() - start) / 1000,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  };

  function client() {
    return new Promise((resolve, reject) => {
      const open = () => {
        const text = next();
        if (text === undefined) return resolve();
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        let sentAt = performance.now();
        let held;
        socket.on('error', () => socket.destroy());
        socket.on('data', bytes => {
          held = held === undefined ? bytes : Buffer.concat([held, bytes]);
          const head = held.indexOf('\r\n\r\n');
          if (head < 0) return;
          const length = Number(/content-length: *(\d+)/i.exec(held.latin1Slice(0, head))?.[1]);
          if (held.length < head + 4 + length) return;
          answers++;
          if (seconds > 0) times.push(performance.now() - sentAt);
          const peers = Number(
            /5:peers(\d+):/.exec(held.latin1Slice(head + 4, Math.min(held.length, head + 200)))?.[1],
          );
          if (seconds > 0 && peers < WANT * 6)
            reject(
              new Error(
                `An answer has ${peers / 6} peers: ${held.latin1Slice(0, Math.min(held.length, 400))}`,
              ),
            );
          held = undefined;
          const again = keepsAlive ? next() : undefined;
          if (!keepsAlive) socket.end();
          else if (again === undefined) socket.end();
          else {
            sentAt = performance.now();
            socket.write(again);
          }
        });
        socket.on('close', open);
        socket.write(text);
      };
      open();
    });
  }
}
