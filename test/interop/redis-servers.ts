// Redis servers as tests use them: on loopback, on a port that was free, nothing on disk, ended with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ForeignProgram, foreignProgram, freePort, temporaryFolder } from './peers.ts';

export const redisServer: ForeignProgram = foreignProgram('redis-server');

export interface RunningRedis {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** At once, as by a loss of power; started again on the same port it is empty. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops answering, with its connections open. */
  freeze(): void;
  thaw(): void;
}

export async function startRedis(...args: string[]): Promise<RunningRedis> {
  const port = await freePort();
  const folder = temporaryFolder();
  let child: ChildProcess | undefined;
  const start = async () => {
    const plain = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
    const nothingKept = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
    // A file of settings comes first.
    const [file, ...others] = args[0]?.endsWith('.conf') ? args : ['', ...args];
    const isSentinel = others.includes('--sentinel');
    const settings = [...plain, ...(isSentinel ? [] : nothingKept), ...others];
    child = spawn(redisServer.path!, file === '' ? settings : [file!, ...settings], { stdio: 'ignore' });
    await answering(port);
  };
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  await start();
  return {
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void child!.kill('SIGSTOP'),
    thaw: () => void child!.kill('SIGCONT'),
  };
}

/** A cluster of that many masters, without replicas. */
export async function startRedisCluster(masters: number): Promise<readonly RunningRedis[]> {
  const nodes: RunningRedis[] = [];
  for (let i = 0; i < masters; i++) {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    // A part that is away is no fault of the others.
    nodes.push(await startRedis(...args, '--cluster-require-full-coverage', 'no'));
  }
  for (const [i, { port }] of nodes.entries()) {
    const [first, end] = [i, i + 1].map(n => Math.floor((n * 16_384) / masters));
    await askRedis(port, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(end! - 1));
    if (i > 0) await askRedis(port, 'CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]!.port));
  }
  for (const { port } of nodes) {
    for (;;) {
      const info = await askRedis(port, 'CLUSTER', 'INFO');
      if (info.includes('cluster_state:ok') && info.includes('cluster_slots_assigned:16384')) break;
      await new Promise(resolve => setImmediate(resolve));
    }
  }
  return nodes;
}

/** A Sentinel that watches a master by the name `swarm`, and decides alone. */
export async function startSentinel(master: number): Promise<RunningRedis> {
  const folder = temporaryFolder();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `monitor swarm 127.0.0.1 ${master} 1`,
    'down-after-milliseconds swarm 500',
    'failover-timeout swarm 2000',
  ];
  writeFileSync(file, lines.map(line => `sentinel ${line}\n`).join(''));
  return startRedis(file, '--sentinel');
}

/** Its answer to one command in its own protocol, as text. */
export async function askRedis(port: number, ...words: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    const parts = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
    let reply = '';
    while (!isWhole(reply)) {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      reply += bytes.toString('latin1');
    }
    return reply;
  } finally {
    socket.destroy();
  }
}

async function answering(port: number): Promise<void> {
  for (;;) {
    try {
      await askRedis(port, 'PING');
      return;
    } catch {
      await new Promise(resolve => setImmediate(resolve));
    }
  }
}

function isWhole(reply: string): boolean {
  const bulk = /^\$(\d+)\r\n/.exec(reply);
  return bulk === null ? reply.endsWith('\r\n') : reply.length >= bulk[0].length + Number(bulk[1]) + 2;
}
