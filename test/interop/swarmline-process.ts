// Our own program as strangers run it: the built `swarmline` in a process of its own, and what it says on either way out.
// Tests wait for what is said, never for a time.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export class SwarmlineProcess {
  /** What it has said so far: results on `out`, the rest on `err`. */
  out = '';
  err = '';
  /** Its exit status, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #args: readonly string[];
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  /** Starts `swarmline ARGS`, or another program of ours; it ends with the test at the latest. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, program = PROGRAM) {
    this.#args = args;
    this.#child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.#changed();
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
      this.#changed();
    });
    // `close` comes after the last of the output, `exit` may come before it.
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#changed();
      return (code ?? signal) as number | string;
    });
    onTestFinished(async () => {
      this.#child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Waits until it has said that; fails where it ends before, or takes too long. */
  said(pattern: RegExp, where: 'out' | 'err' = 'out', timeoutMs = 20_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      const fail = (why: string) => {
        settle();
        reject(new Error(`${why} before it said ${pattern}. ${this.transcript()}`));
      };
      const timer = setTimeout(() => fail(`It took ${timeoutMs} ms`), timeoutMs);
      const look = () => {
        const match = pattern.exec(this[where]);
        if (match !== null) {
          settle();
          resolve(match);
        } else if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          // What it said last may still be on its way here.
          void this.exited.then(() => {
            const late = pattern.exec(this[where]);
            if (late === null) fail('It ended');
            else {
              settle();
              resolve(late);
            }
          });
      };
      this.#listeners.add(look);
      look();
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ctrl-C; the answer is the exit status. Fails where it takes longer than three seconds. */
  async interrupted(): Promise<number | string> {
    const start = performance.now();
    this.signal('SIGINT');
    const status = await this.ended();
    const elapsedMs = performance.now() - start;
    if (elapsedMs > 3_000)
      throw new Error(`It took ${elapsedMs.toFixed(0)} ms to stop. ${this.transcript()}`);
    return status;
  }

  /** Its exit status, waited for. */
  async ended(timeoutMs = 20_000): Promise<number | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`It has not ended in ${timeoutMs} ms. ${this.transcript()}`)),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** For messages. */
  transcript(): string {
    return `swarmline ${this.#args.join(' ')}\n--- out\n${this.out}--- err\n${this.err}`;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface Share {
  readonly process: SwarmlineProcess;
  readonly magnet: string;
  /** Where its torrent file is; empty where it runs no tracker. */
  readonly address: string;
}

/** `swarmline share` on loopback, on any ports; answers when it has said how to receive. */
export async function share(args: readonly string[]): Promise<Share> {
  const shared = new SwarmlineProcess(['share', '--host', '127.0.0.1', '--port', '0', ...args]);
  const [, address, magnet] = await shared.said(
    /To receive .*\n(?: *Torrent +(http:\S+)\n)? *Magnet +(magnet:\S+)\n/,
  );
  return { process: shared, magnet: magnet!, address: address ?? '' };
}

/** `swarmline get`, on any port unless one is asked for. */
export function get(
  what: string,
  output: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): SwarmlineProcess {
  const port = args.includes('--port') ? [] : ['--port', '0'];
  return new SwarmlineProcess(['get', what, '-o', output, ...port, ...args], env);
}

const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
