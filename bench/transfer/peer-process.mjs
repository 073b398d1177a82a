// Another program's process in the role of a peer: started, watched and ended by its id. What it costs comes from /proc.
//
// CPU seconds are user + system of all its threads and of children that it has waited for (fields 14 to 17 of
// /proc/PID/stat, which the kernel makes from the scheduler's exact count). Node has no `wait4`, and the usage of an
// ended child would have its start in it: what is told is the difference between two moments. What the kernel does for a
// peer in threads of its own is in nobody's figure but in `machineCpuSeconds`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What runs, and the promise of its end. */
const running = new Map();
let isOver = false;

/** A child process that ends with the benchmark at the latest. Answers it and the promise of its end, or of why it is none. */
export function spawnTracked(program, args, options) {
  if (isOver) throw new Error('The benchmark is being ended.');
  const child = spawn(program, args, options);
  const exited = once(child, 'exit').then(
    () => '',
    error => error.message,
  );
  running.set(child, exited);
  exited.then(() => running.delete(child));
  return { child, exited };
}

/** Ends whatever is left of what was started here; nothing is started any more. */
export async function endAll() {
  isOver = true;
  for (const child of running.keys()) child.kill('SIGKILL');
  await Promise.all(running.values());
}

export class PeerProcess {
  /** Moments of `performance.now()`, once they are known. */
  firstAt;
  doneAt;
  /** Bytes that it says it has, where it says so. */
  have = 0;
  isReady = false;
  child;

  /**
   * `wish`: `role` ('seed' or 'leech'), `address`, `port`, `rpcPort`, `dir` (where the data is or goes), `home` (a folder
   * of its own), `torrent` (path), `encryption` ('off' or 'require'), `prefix` (command that it is run through).
   */
  constructor(name, wish) {
    this.name = `${name} (${wish.role})`;
    this.wish = wish;
  }

  spawn(command, stdio, env = {}) {
    const [program, ...args] = [...this.wish.prefix, ...command].map(String);
    const log = openSync(join(this.wish.home, 'log'), 'a');
    const { child, exited } = spawnTracked(program, args, {
      stdio: stdio.map(way => (way === 'log' ? log : way)),
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.child = child;
    this.exited = exited;
    // Whoever does not listen any more says so by ending, which is seen.
    this.child.stdin?.on('error', () => {});
  }

  /** What it said last on standard error: for messages. */
  get lastWords() {
    return readFileSync(join(this.wish.home, 'log'), 'utf8').trim().split('\n').slice(-3).join(' ');
  }

  get hasLeft() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Fails if it has ended, or never began. */
  mustRun() {
    if (this.child.pid === undefined) throw new Error(`${this.name} could not be started.`);
    if (this.hasLeft) throw new Error(`${this.name} has ended by itself. ${this.lastWords}`.trim());
  }

  /** Waits until `probe` says yes; a probe that fails has not said so. */
  async until(what, probe, seconds = 60) {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      this.mustRun();
      if (await Promise.resolve(probe()).catch(() => false)) return;
      if (performance.now() > end) throw new Error(`${this.name}: ${what} was not so after ${seconds} s.`);
      await after(20);
    }
  }

  noteFirst(now = performance.now()) {
    this.firstAt ??= now;
  }

  noteDone(now = performance.now()) {
    this.noteFirst(now);
    this.doneAt ??= now;
  }

  /** Asks it how far it is; a peer that tells by itself need not be asked. */
  async look() {}

  cpuSeconds() {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  }

  /** Bytes: the most that was resident so far, and what of it now is in no file. */
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'latin1');
    const bytes = name => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { peak: bytes('VmHWM'), anonymous: bytes('RssAnon') };
  }

  /** Whether a TCP connection with one of those ports at an end stands, where this process lives. */
  isConnected(ports) {
    const ends = ports.map(port => `:${port.toString(16).toUpperCase().padStart(4, '0')} `);
    return ['tcp', 'tcp6'].some(table =>
      readFileSync(`/proc/${this.child.pid}/net/${table}`, 'latin1')
        .split('\n')
        .some(row => ESTABLISHED.test(row) && ends.some(end => row.includes(end))),
    );
  }

  /** Ends it: asks, and after ten seconds does not ask. */
  async stop() {
    if (this.child === undefined) return;
    this.askToLeave();
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.exited;
    clearTimeout(late);
  }

  askToLeave() {
    if (this.child.stdin) this.child.stdin.end();
    else this.child.kill('SIGTERM');
  }
}

/** Seconds that all processors were busy, or taken away by the machine below, since the start. */
export function machineCpuSeconds() {
  const ticks = readFileSync('/proc/stat', 'latin1').split('\n')[0].split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle, waiting] = ticks;
  return (ticks.reduce((sum, value) => sum + value, 0) - idle - waiting) / TICKS_PER_SECOND;
}

export function after(ms) {
  return new Promise(resolve => setTimeout(resolve, ms));
}

// USER_HZ: a part of the kernel's interface, the same on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;
// Fourth column of /proc/net/tcp: local and remote address before it.
const ESTABLISHED = /^\s*\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} 01 /;
