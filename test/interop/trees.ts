// Folders to be sent: made with everything that can go wrong on the way, and compared by bytes, modes and links.

import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { noise } from '../torrents.ts';

/** A folder as strangers have it: nested, an empty file, names of the world, a program, links. Its path. Plain: without
 * the links, and without the "?" that Transmission writes as "_". */
export function makeTree(
  folder: string,
  options: { readonly length?: number; readonly seed?: number; readonly isPlain?: boolean } = {},
) {
  const { length = 2_000_000, seed = 1, isPlain = false } = options;
  const root = join(folder, "Ferien '24 #1");
  const files: Readonly<Record<string, number>> = {
    'Bilder/Köln & Umland #1.jpg': 300_001,
    'Bilder/ビデオ.mp4': length,
    'Bilder/tiefer/noch tiefer/😀.txt': 16_384,
    'empty.txt': 0,
    [isPlain ? '100% (a+b).txt' : '100% (a+b)?.txt']: 17,
    'tools/run.sh': 70_000,
  };
  for (const [i, [path, size]] of Object.entries(files).entries()) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, noise(size, seed * 100 + i), { mode: path.startsWith('tools/') ? 0o755 : 0o644 });
  }
  if (isPlain) return root;
  symlinkSync('Bilder/ビデオ.mp4', join(root, 'latest'));
  symlinkSync('../empty.txt', join(root, 'tools', 'nothing'));
  return root;
}

/** What a folder holds, for comparing: kind, executable bits, and bytes or where a link leads. */
export function treeOf(root: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const place = join(root, path);
    const status = lstatSync(place);
    if (status.isSymbolicLink()) found[path] = { link: readlinkSync(place) };
    else if (status.isDirectory()) found[path] = 'folder';
    else {
      const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
      found[path] = { isExecutable: (status.mode & 0o111) !== 0, length: status.size, sha256 };
    }
  }
  return found;
}

/** The same of a program that knows no BEP 47: files alone, without links, executable bits and padding. */
export function plainTreeOf(root: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [path, entry] of Object.entries(treeOf(root))) {
    if (typeof entry === 'object' && entry !== null && 'sha256' in entry && !path.startsWith('.pad'))
      if ((entry as unknown as { length: number }).length > 0) found[path] = entry.sha256;
  }
  return found;
}
