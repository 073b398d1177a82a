// What the benchmarks of trackers share: a tracker as a process on one core, and what it cost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** User and system time of a process so far. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Starts it pinned to the first core, and waits until its port answers. */
export async function startTracker(command, args, port) {
  const child = spawn('taskset', ['-c', '0', command, ...args], { stdio: 'ignore' });
  for (let i = 0; i < 100; i++) {
    if (await answers(port)) return child;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`${command} does not listen on port ${port}`);
}

export async function stop(child) {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** A program of that name on the PATH, or undefined. */
export function onPath(name) {
  return (process.env.PATH ?? '')
    .split(':')
    .map(folder => `${folder}/${name}`)
    .find(existsSync);
}

export const freePorts = async count => {
  const { createServer } = await import('node:net');
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => once(server, 'listening')));
  const ports = servers.map(server => server.address().port);
  await Promise.all(servers.map(server => new Promise(done => server.close(done))));
  return ports;
};

function answers(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
