// Redis servers as tests use them: on loopback, on a port that was free, nothing on disk, ended with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ForeignProgram, foreignProgram, freePort, temporaryFolder } from './peers.ts';

export const redisServer: ForeignProgram = foreignProgram('redis-server');

export interface RunningRedis {
  readonly port: number;
  readonly url: string;
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
    child = spawn(redisServer.path!, [...plain, ...nothingKept, ...args], { stdio: 'ignore' });
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
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void child!.kill('SIGSTOP'),
    thaw: () => void child!.kill('SIGCONT'),
  };
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
