// A flood of 1,000 requests/s from one address with random peer ids beside 1,000 honest clients: their times, and the tracker's CPU.
//   node bench/tracker-attack.mjs [--seconds 10] [--flood 1000] [--clients 1000]
// The tracker is a process of its own; clients are addresses in a trusted proxy's header. Each honest client asks once a second.
import './help.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuSeconds } from './tracker-process.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    flood: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '1000' },
  },
});
const [seconds, flood, clients] = [Number(values.seconds), Number(values.flood), Number(values.clients)];
const program = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));

for (const rate of [0, flood]) await measure(rate);

async function measure(rate) {
  const tracker = spawn(process.execPath, [
    ...[program, 'tracker', '--host', '127.0.0.1', '--port', '0', '--trusted-proxy', '127.0.0.1'],
  ]);
  const [line] = await once(tracker.stdout, 'data');
  const port = Number(/:(\d+)\//.exec(`${line}`)[1]);
  const honest = await Promise.all(Array.from({ length: 50 }, () => open(port)));
  const attackers = await Promise.all(Array.from({ length: 4 }, () => open(port)));
  const times = [];
  let refused = 0;
  let sent = 0;
  const before = cpuSeconds(tracker.pid);
  const start = performance.now();
  for (let due = 0; performance.now() - start < seconds * 1000; ) {
    const elapsed = performance.now() - start;
    for (; sent < (elapsed * rate) / 1000; sent++) {
      const query = `peer_id=${`${sent}`.padStart(20, 'x')}&port=${1025 + (sent % 60_000)}&left=1`;
      attackers[sent % 4].ask(
        '203.0.113.66',
        query,
        answer => (refused += answer.includes('failure') ? 1 : 0),
      );
    }
    for (; due < (elapsed * clients) / 1000; due++) {
      const client = due % clients;
      const begun = performance.now();
      const host = `10.${client >> 8}.${client & 255}.1`;
      honest[due % 50].ask(host, `peer_id=${host.padEnd(20, '-')}&port=6881&left=1`, answer => {
        if (answer.includes('failure')) throw new Error(`An honest client was refused: ${answer}`);
        times.push(performance.now() - begun);
      });
    }
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  const cpu = cpuSeconds(tracker.pid) - before;
  times.sort((a, b) => a - b);
  const at = share => times[Math.floor(times.length * share)].toFixed(2);
  console.log(
    `flood ${rate}/s: ${times.length} honest answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${times.at(-1).toFixed(1)} ms; ` +
      `${refused} of ${sent} of the flood refused; tracker ${((100 * cpu) / seconds).toFixed(1)} % of a core`,
  );
  tracker.kill();
  for (const connection of [...honest, ...attackers]) connection.close();
  await once(tracker, 'exit');
}

/** A connection with requests in flight. */
function open(port) {
  const waiting = [];
  let text = '';
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () =>
      resolve({
        close: () => socket.destroy(),
        ask: (client, query, done) => {
          waiting.push(done);
          const target = `/announce?info_hash=${'t'.repeat(20)}&${query}`;
          socket.write(`GET ${target} HTTP/1.1\r\nhost: t\r\nx-forwarded-for: ${client}\r\n\r\n`);
        },
      }),
    );
    socket.setNoDelay(true).on('error', () => {});
    socket.on('data', bytes => {
      text += bytes.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        const length = Number(/content-length: (\d+)/.exec(text)?.[1]);
        if (end < 0 || text.length < end + 4 + length) return;
        waiting.shift()(text.slice(end + 4, end + 4 + length));
        text = text.slice(end + 4 + length);
      }
    });
  });
}
