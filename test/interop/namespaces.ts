// Machines of a test's own: network namespaces with lines between them, cut off from this machine's network. They have no
// names and go with the last process in them, whatever ends it. Needs root, `unshare`, `nsenter`, `ip`.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ForeignProgram, foreignProgram, type RunningProgram, start } from './peers.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));

/** Missing where the system lets us make none. */
export const namespaces: ForeignProgram = {
  name: 'network namespaces (root, unshare, nsenter, ip)',
  path:
    process.getuid?.() === 0 &&
    foreignProgram('nsenter').path !== undefined &&
    spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0
      ? 'unshare'
      : undefined,
};

export class Machine {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async make(): Promise<Machine> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo in && exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      const gone = once(holder, 'exit');
      if (holder.exitCode !== null) return;
      holder.kill('SIGKILL');
      await gone;
    });
    await once(holder.stdout!, 'data');
    return new Machine(holder);
  }

  get pid(): number {
    return this.#holder.pid!;
  }

  /** Runs a line of the shell in it, and answers what it says. */
  run(line: string): string {
    const { status, stdout, stderr } = spawnSync('nsenter', [...this.#inside, 'sh', '-c', line], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${line}: ${stderr.trim()}`);
    return stdout;
  }

  /** Starts a program in it; it ends with the test at the latest. */
  start(program: string, args: readonly string[], env: Record<string, string> = {}): RunningProgram {
    return start({ name: program, path: 'nsenter' }, [...this.#inside, program, ...args], env);
  }

  /** Our own program. What tests turn off elsewhere (vitest.config.ts) is on here: nobody else is in this network. */
  swarmline(args: readonly string[], env: Record<string, string> = {}): RunningProgram {
    return this.start(process.execPath, [PROGRAM, ...args], {
      SWARMLINE_PORT_FORWARD: '',
      SWARMLINE_LSD: '',
      ...env,
    });
  }

  /** A line to another machine: what it is called here, what there, and the address at each end. */
  connect(
    there: Machine,
    [device, address]: [string, string],
    [otherDevice, otherAddress]: [string, string],
  ): void {
    const pair = ['type', 'veth', 'peer', 'name', otherDevice, 'netns', String(there.pid)];
    this.run(`ip link add ${device} ${pair.join(' ')}`);
    this.run(`ip address add ${address} dev ${device} && ip link set ${device} up`);
    there.run(`ip address add ${otherAddress} dev ${otherDevice} && ip link set ${otherDevice} up`);
  }

  get #inside(): readonly string[] {
    return ['--target', String(this.pid), '--net'];
  }
}
