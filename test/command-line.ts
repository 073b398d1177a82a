// A command line run inside the test: what it printed on either way out, and its exit status. And folders to run it in.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { main } from '../src/cli/main.ts';
import type { Environment } from '../src/cli/output/paint.ts';
import { Output, type OutputStream } from '../src/cli/terminal.ts';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly outBytes: Uint8Array;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Columns of the terminal that it is run on; none where it is piped. */
  readonly columns?: number;
  readonly env?: Environment;
}

/** `swarmline …`, in this process. */
export async function swarmline(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const out = new MemoryStream(options.columns);
  const err = new MemoryStream(options.columns);
  const env = options.env ?? {};
  const status = await main(argv, {
    out: new Output(out, env),
    err: new Output(err, env),
    stdin: pieces(options.stdin),
    stdinIsTerminal: options.stdin === undefined,
    exitStatus: 0,
  });
  return { status, out: out.text(), err: err.text(), outBytes: out.bytes() };
}

/** `swarmline …`, as users run it: the built program in a process of its own. */
export function realSwarmline(
  argv: readonly string[],
  stdin: string | Uint8Array = '',
  env: Readonly<Record<string, string>> = {},
): Ran {
  const program = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
  const ran = spawnSync(process.execPath, [program, ...argv], {
    input: stdin,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  return { status: ran.status ?? -1, out: `${ran.stdout}`, err: `${ran.stderr}`, outBytes: ran.stdout };
}

/** A stream that keeps what is written. */
export class MemoryStream implements OutputStream {
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly #parts: Buffer[] = [];

  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    if (columns !== undefined) this.columns = columns;
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): void {
    this.#parts.push(Buffer.from(data));
    done();
  }

  on(): void {}

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}

/** A folder that is gone after the test, with files in it; the answer makes paths below it. */
export function folderWith(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return name => join(folder, name);
}

async function* pieces(stdin: string | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(stdin ?? '');
  const middle = bytes.length >> 1;
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}
