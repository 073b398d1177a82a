// Other people's programs, as interop tests use them. One that is missing is said loudly and its test is marked as not
// run; where SWARMLINE_REQUIRE_PEERS=1 (as on our own build machines) it is a failure. Every interop test goes through here.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished, test } from 'vitest';

export interface ForeignProgram {
  readonly name: string;
  /** Undefined where it is not installed. */
  readonly path: string | undefined;
}

/** A program of that name on the PATH. */
export function foreignProgram(name: string): ForeignProgram {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return { name, path: folders.map(folder => join(folder, name)).find(isExecutable) };
}

/** A test that needs programs: runs where they all are; else it fails or says loudly that it did not run. */
export function interopTest(
  sentence: string,
  programs: readonly ForeignProgram[],
  run: () => Promise<void>,
  timeoutMs = 60_000,
): void {
  const missing = programs.filter(({ path }) => path === undefined).map(({ name }) => name);
  if (missing.length === 0) {
    // Once more where it fails: the other program's own waits, not ours, are what such a test cannot rule.
    test(sentence, { timeout: timeoutMs, retry: 1 }, run);
    return;
  }
  const reason = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
  if (process.env['SWARMLINE_REQUIRE_PEERS'] === '1') {
    test(sentence, () => {
      throw new Error(`${reason}, and SWARMLINE_REQUIRE_PEERS=1 asks for it.`);
    });
    return;
  }
  process.stderr.write(`\n*** NOT RUN: ${sentence}: ${reason}.\n`);
  test.skip(`${sentence} (NOT RUN: ${reason})`, run);
}

export interface RunningProgram {
  /** What it has printed so far, both streams: for messages. */
  readonly output: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program; it ends with the test at the latest. */
export function start(
  program: ForeignProgram,
  args: readonly string[],
  env: Record<string, string> = {},
): RunningProgram {
  const child: ChildProcess = spawn(program.path!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return { output: () => `${program.name} said:\n${output}`, exited, signal: signal => child.kill(signal) };
}

/** An empty folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-interop-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A port that was free a moment ago: for programs that cannot choose one and say which. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
