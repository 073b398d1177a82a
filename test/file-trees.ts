// Files and folders on disk, for tests that walk, hash or check them; gone with the test.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Contents of a file, or where a symlink leads. */
export type TreeEntry = string | Uint8Array | { readonly link: string };

/** Makes what is asked for below a new folder, whose path is the answer. A path ends in "/" where it is an empty folder. */
export function fileTree(entries: Readonly<Record<string, TreeEntry>>): string {
  const root = mkdtempSync(join(tmpdir(), 'swarmline-tree-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  for (const [path, entry] of Object.entries(entries)) {
    const place = join(root, path);
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (path.endsWith('/')) continue;
    if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(place, entry);
    else symlinkSync(entry.link, place);
  }
  return root;
}

/** A named pipe: neither a file nor a folder, and whoever opens it may wait for ever. */
export function namedPipe(path: string): void {
  const made = spawnSync('mkfifo', [path], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`mkfifo: ${made.stderr}`);
}
