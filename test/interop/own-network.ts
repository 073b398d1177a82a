// A network of a test's own (a network namespace of Linux, with util-linux and iproute2): nothing of it is reached from outside,
// and nothing outside from it. All addresses are one machine's; programs are run in it by `within`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ForeignProgram, foreignProgram } from './peers.ts';

const unshare = foreignProgram('unshare');
const nsenter = foreignProgram('nsenter');
const ip = foreignProgram('ip');

/** What it takes. */
export const NETWORK_PROGRAMS: readonly ForeignProgram[] = [unshare, nsenter, ip];

export interface OwnNetwork {
  /** The program and its arguments, so that it runs there. */
  within(program: ForeignProgram, args: readonly string[]): [ForeignProgram, string[]];
}

/** One with these addresses of IPv4, until the test is over. */
export async function ownNetwork(addresses: readonly string[]): Promise<OwnNetwork> {
  const setUp = ['link set lo up', ...addresses.map(address => `addr add ${address}/8 dev lo`)];
  const script = `${setUp.map(line => `${ip.path} ${line}`).join(' && ')} && echo ready && exec cat`;
  const holder = spawn(unshare.path!, ['--map-root-user', '--net', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  onTestFinished(async () => {
    holder.stdin.end();
    await exited;
  });
  const said = await Promise.race([once(holder.stdout, 'data'), exited]);
  if (String(said[0]).trim() !== 'ready') throw new Error('This system gives a test no network of its own.');
  const enter = ['-t', `${holder.pid}`, '-U', '-n', '--preserve-credentials'];
  return {
    within: (program, args) => [
      { name: program.name, path: nsenter.path },
      [...enter, program.path!, ...args],
    ],
  };
}
