// Announces over WebSocket: our tracker beside bittorrent-tracker (npm), the load (bench/tracker-ws-load.c) on the other core.
//   node bench/tracker-ws.mjs --npm FOLDER/node_modules [--node NODE] [--seconds 3] [--rounds 3] [--sockets 100] [--torrents 20]
//                             [--offers 0,5] [--ahead 1,8] [--prof FOLDER]
// Each socket is one peer, which announces again as soon as it is answered, with one announce under way (`ahead`) or several;
// without offers, and with five of a usual length. "echo" is what a plain server on node:net takes to read as many bytes and to
// answer each message with as many, in a write of its own. A wrong answer, or an offer that is not passed on, ends the run. Linux, gcc.
import './help.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuSeconds, freePorts, startTracker, stop } from './tracker-process.mjs';

const { values } = parseArgs({
  options: {
    npm: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    sockets: { type: 'string', default: '100' },
    torrents: { type: 'string', default: '20' },
    offers: { type: 'string', default: '0,5' },
    ahead: { type: 'string', default: '1' },
    prof: { type: 'string' },
  },
});
const folder = mkdtempSync(`${tmpdir()}/swarmline-bench-`);
const program = `${folder}/load`;
execFileSync('cc', ['-O2', '-o', program, fileURLToPath(new URL('./tracker-ws-load.c', import.meta.url))]);

const each = Math.floor(Number(values.sockets) / Number(values.torrents));
const [own, foreign, ...echoes] = await freePorts(2 + values.offers.split(',').length);
const library = fileURLToPath(new URL('../dist/tracker.js', import.meta.url));
const ours = `process.on('SIGTERM', () => process.exit()); import('${library}').then(({ startTracker }) => startTracker({ host: '127.0.0.1', port: ${own}, udp: false, requestsPerSecond: 0, wsMessagesPerSecond: 1e9, wsMessageBurst: 1e9, maxSocketsPerAddress: 1e5, maxConnectionsPerAddress: 1e5 }))`;
const profile = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`];
const servers = [{ name: 'swarmline', port: own, command: process.execPath, args: [...profile, '-e', ours] }];
if (values.npm !== undefined) {
  const script = `import('${values.npm}/bittorrent-tracker/server.js').then(({ default: Server }) => { const s = new Server({ udp: false, ws: true, stats: false }); s.on('warning', () => {}); s.on('error', () => {}); s.listen(${foreign}, '127.0.0.1'); })`;
  servers.push({ name: 'bittorrent-tracker', port: foreign, command: values.node, args: ['-e', script] });
}
for (const [i, offers] of values.offers.split(',').entries()) {
  const script = `(${echo})(${echoes[i]}, ${Math.min(Number(offers), each - 1)})`;
  servers.push({ name: 'echo', offers, port: echoes[i], command: process.execPath, args: ['-e', script] });
}
const running = [];
try {
  for (const server of servers)
    running.push({ ...server, child: await startTracker(server.command, server.args, server.port) });
  for (const offers of values.offers.split(',')) {
    for (const ahead of values.ahead.split(',')) {
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const server of running) {
          if (server.offers === undefined || server.offers === offers)
            await measure(server, offers, ahead, round === 0);
        }
      }
    }
  }
} finally {
  for (const { child } of running) await stop(child);
  rmSync(folder, { recursive: true });
}

async function measure({ name, port, child }, offers, ahead, isFirst) {
  const { seconds, sockets, torrents } = values;
  const options = { port, offers, ahead, seconds, sockets, torrents };
  const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
  if (name === 'echo') args.push('--echo');
  // Compiling takes the same core for a while, and is not what an announce costs.
  args.push('--warm', isFirst ? '30000' : '2000');
  const load = spawn('taskset', ['-c', '1', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let before = 0;
  let after = 0;
  let said = '';
  load.stdout.on('data', bytes => {
    said += bytes;
    if (before === 0) before = cpuSeconds(child.pid);
    else after = cpuSeconds(child.pid);
  });
  const [status] = await once(load, 'close');
  if (status !== 0) throw new Error(`the load of ${name} ended with ${status}`);
  const result = JSON.parse(said.slice(said.indexOf('{')));
  const { answers, passed, wrong, p50Us, p99Us } = result;
  const cpu = after - before;
  const due = Math.min(Number(offers), each - 1);
  console.log(
    `${name.padEnd(20)} ${offers} offers, ${ahead} ahead: ${Math.round(answers / result.seconds)} announces/s, ${(passed / answers).toFixed(2)} offers passed on each   ` +
      `${((cpu / answers) * 1e6).toFixed(1)} us of CPU each (${Math.round(answers / cpu)} for each second of CPU)   p50 ${p50Us} us, p99 ${p99Us} us   ` +
      `core ${Math.round((cpu / result.seconds) * 100)} %, the load's ${Math.round((result.cpu / result.seconds) * 100)} %`,
  );
  if (wrong > 0) throw new Error(`${name}: ${wrong} messages were wrong`);
  if (Math.abs(passed / answers - due) > 0.05)
    throw new Error(`${name}: ${due} offers of each announce were to be passed on`);
}

/** Runs in a process of its own: each frame that comes is answered by what is as long as an answer and `passed` offers. */
function echo(port, passed) {
  const frame = length => {
    const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255];
    return Buffer.concat([Buffer.from(head), Buffer.alloc(length, 'x')]);
  };
  const answer = Buffer.concat([frame(130), ...Array.from({ length: passed }, () => frame(700))]);
  const server = require('node:net').createServer({ noDelay: true }, socket => {
    let rest = -1;
    socket.on('error', () => {});
    socket.on('data', bytes => {
      if (rest < 0) {
        rest = 0;
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        return;
      }
      let at = rest;
      while (at < bytes.length) {
        const length = bytes[at + 1] & 127;
        at += length === 126 ? 8 + bytes.readUInt16BE(at + 2) : 6 + length;
        socket.write(answer);
      }
      rest = at - bytes.length;
    });
  });
  server.listen(port, '127.0.0.1');
}
