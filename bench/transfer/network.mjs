// Where the peers meet, cut off from the machine's own network:
//   own       a new network namespace; peer I has 10.77.0.(I + 1) on its loopback device
//   hosts     in that namespace a bridge, and for each peer a namespace more with a capped line to it: 10.99.0.(I + 1)
//   loopback  where the system allows no namespace: 127.77.0.(I + 1), and ports that were free a moment ago
// Namespaces have no names: they go with the last process in them, whatever ends it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { spawnTracked } from './peer-process.mjs';

/** Whether this process has been started by `enterOwnNetwork`. */
export const isInside = process.env.SWARMLINE_BENCH_NETWORK === 'own';

/** Runs this program again in a network of its own and answers its exit status; undefined where it is in one, or gets none. */
export async function enterOwnNetwork() {
  if (isInside) {
    leaveWithStandardInput();
    return undefined;
  }
  const isRoot = process.getuid?.() === 0;
  const unshare = ['--net', ...(isRoot ? [] : ['--user', '--map-root-user'])];
  if (spawnSync('unshare', [...unshare, 'ip', 'link', 'set', 'lo', 'up']).status !== 0) return undefined;
  const child = spawn('unshare', [...unshare, process.execPath, ...process.argv.slice(1)], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, SWARMLINE_BENCH_NETWORK: 'own' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [status] = await once(child, 'exit');
  return status ?? 1;
}

/** `count` peers, the seed among them; `caps`: { up, down } of each line, as tc spells rates, or undefined. */
export async function makeNetwork(count, caps) {
  if (caps !== undefined) return hosts(count, caps);
  return isInside ? own(count) : loopback();
}

function own(count) {
  ip('link', 'set', 'lo', 'up');
  const address = index => `10.77.0.${index + 1}`;
  for (let i = 0; i < count; i++) ip('addr', 'replace', `${address(i)}/24`, 'dev', 'lo');
  return {
    address,
    tracker: '127.0.0.1',
    prefix: () => [],
    // Nobody else is here, and these are below what the system hands out by itself.
    ports: async index => ({ port: 7000 + index, rpcPort: 9000 + index }),
  };
}

function loopback() {
  const address = index => `127.77.0.${index + 1}`;
  return {
    address,
    isShared: true,
    tracker: '127.0.0.1',
    prefix: () => [],
    ports: async index => ({ port: await freePort(address(index)), rpcPort: await freePort(address(index)) }),
  };
}

async function hosts(count, { up, down }) {
  if (!isInside)
    throw new Error('--hosts needs network namespaces: root, and the programs unshare, ip and tc.');
  const gateway = '10.99.255.254';
  const address = index => `10.99.0.${index + 1}`;
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'bridge', 'type', 'bridge');
  ip('addr', 'add', `${gateway}/16`, 'dev', 'bridge');
  ip('link', 'set', 'bridge', 'up');
  const holders = [];
  for (let i = 0; i < count; i++) {
    const holder = await namespaceHolder();
    holders.push(holder);
    const inside = ['nsenter', '-t', String(holder.pid), '-n'];
    const line = `port${i}`;
    ip(...['link', 'add', line, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid)]);
    ip('link', 'set', line, 'master', 'bridge', 'up');
    execute(...inside, 'ip', 'link', 'set', 'lo', 'up');
    execute(...inside, 'ip', 'addr', 'add', `${address(i)}/16`, 'dev', 'eth0');
    execute(...inside, 'ip', 'link', 'set', 'eth0', 'up');
    if (up !== '0') execute(...inside, ...cap('eth0', up));
    if (down !== '0') execute(...cap(line, down));
  }
  return {
    address,
    tracker: gateway,
    prefix: index => ['nsenter', '-t', String(holders[index].pid), '-n'],
    ports: async index => ({ port: 7000 + index, rpcPort: 9000 + index }),
    /** Bytes that each host has sent, headers of Ethernet, IP and TCP among them. */
    sentBytes: () => holders.map(sentBytes),
  };
}

/** A process that does nothing but live in a new network; it ends with our end of its standard input. */
async function namespaceHolder() {
  const { child, exited } = spawnTracked('unshare', ['--net', 'sh', '-c', 'echo in; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const isIn = await Promise.race([once(child.stdout, 'data').then(() => true), exited.then(() => false)]);
  if (!isIn) throw new Error('unshare made no network namespace.');
  return child;
}

function sentBytes({ pid }) {
  const row = readFileSync(`/proc/${pid}/net/dev`, 'latin1')
    .split('\n')
    .find(line => /^\s*eth0:/.test(line));
  return Number(row.split(':')[1].trim().split(/\s+/)[8]);
}

function cap(device, rate) {
  const bucket = ['tbf', 'rate', rate, 'burst', '131072', 'latency', '100ms'];
  return ['tc', 'qdisc', 'replace', 'dev', device, 'root', ...bucket];
}

/** Bytes a second of what tc calls a rate; 0 is no cap. */
export function bytesPerSecond(rate) {
  if (rate === '0') return Number.POSITIVE_INFINITY;
  const [, number, prefix, unit] = /^([\d.]+)([kmg]?)(bit|bps)$/.exec(rate) ?? [];
  if (number === undefined) throw new Error(`"${rate}" is no rate: write 32mbit, 4mbps (megabytes) or 0.`);
  return (Number(number) * { '': 1, k: 1e3, m: 1e6, g: 1e9 }[prefix]) / (unit === 'bit' ? 8 : 1);
}

function leaveWithStandardInput() {
  process.stdin.resume();
  process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));
}

function ip(...args) {
  execute('ip', ...args);
}

function execute(program, ...args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

async function freePort(address) {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
