// A disk of a few megabytes, for tests that fill it: a file system in memory, which only root may mount. Where that cannot
// be done it is said, and the tests are marked as not run; with SWARMLINE_REQUIRE_PEERS=1 they fail.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';

/** A test that needs to mount: runs where that can be done; else it fails or says loudly that it did not run. */
export function mountTest(sentence: string, run: () => Promise<void>): void {
  const reason = whyNotMountable();
  if (reason === undefined || process.env['SWARMLINE_REQUIRE_PEERS'] === '1') {
    test(sentence, { timeout: 60_000 }, run);
    return;
  }
  process.stderr.write(`\n*** NOT RUN: ${sentence}: ${reason}.\n`);
  test.skip(`${sentence} (NOT RUN: ${reason})`, run);
}

/** The folder of a disk with so much room; it goes with the test. */
export function smallDisk(bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** From now on it can be written, or cannot. */
export function remount(folder: string, access: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${access}`, folder]);
}

function whyNotMountable(): string | undefined {
  if (process.platform !== 'linux')
    return 'it mounts a file system in memory, which it knows how to do on Linux alone';
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return undefined;
  } catch {
    return 'it mounts a file system in memory, which needs root';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
