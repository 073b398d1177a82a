// One program that the field has started: what it prints line by line, what it said last, and its end. It ends with this
// process, whatever ends that (Linux sends it a SIGKILL), and Ctrl-C at the terminal does not reach it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  readonly command: readonly string[];
  /** The file that its standard error goes to. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** It does not end with this process: it has its own way to see that. @default false */
  readonly outlives?: boolean;
}

export class FieldProcess {
  readonly name: string;
  /** Resolved when it has ended and all that it said has been heard, or when it could not be started. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log: string;
  #hasEnded = false;

  constructor({ name, command, log, env = {}, onLine, outlives = false }: ProcessOptions) {
    this.name = name;
    this.#log = log;
    const file = openSync(log, 'a');
    const [program, ...args] = outlives ? command : ['setpriv', '--pdeathsig', 'KILL', ...command];
    this.#child = spawn(program!, args, {
      stdio: ['pipe', 'pipe', file],
      env: { ...process.env, ...env },
      detached: true,
    });
    closeSync(file);
    this.exited = once(this.#child, 'close').then(
      () => {
        this.#hasEnded = true;
      },
      () => {
        this.#hasEnded = true;
      },
    );
    // Whoever does not listen any more says so by ending, which is seen.
    this.#child.stdin!.on('error', () => {});
    const lines = createInterface({ input: this.#child.stdout! });
    if (onLine !== undefined) lines.on('line', onLine);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether that comes before its end, and within a minute. */
  async isInTime(ready: Promise<void>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), READY_MS);
    });
    const isReady = await Promise.race([ready.then(() => true), this.exited.then(() => false), late]);
    clearTimeout(timer);
    return isReady;
  }

  get lastWords(): string {
    try {
      return readFileSync(this.#log, 'utf8').trim().split('\n').slice(-3).join(' ');
    } catch {
      return '';
    }
  }

  say(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** No more will be said. */
  hangUp(): void {
    this.#child.stdin!.end();
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(name);
  }

  /** Waits for its end, and after `graceMs` does not wait. */
  async ended(graceMs: number): Promise<void> {
    const late = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(late);
  }
}

const READY_MS = 60_000;
