// Worker threads and the command line run compiled JavaScript, on every Node that is supported: the tests build it first. What
// commands remember they remember in a folder of the tests' own.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const STATE_FOLDER = join(tmpdir(), `swarmline-test-state-${process.pid}`);

export function setup(): void {
  for (const step of [
    ['node_modules/typescript/bin/tsc', '-b'],
    ['build/program.mjs'],
    ['build/dashboard.mjs'],
  ])
    execFileSync(process.execPath, step, { stdio: 'inherit' });
}

export function teardown(): void {
  rmSync(STATE_FOLDER, { recursive: true, force: true });
}
