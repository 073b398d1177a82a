// Compiles native/*.c to the one binary that is shipped: `npm run build:native`, for whoever changes those files (gcc ≥ 11 on
// Linux, x86-64). Nobody else needs a compiler. What it was made of is written into it, and a test compares.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../native', import.meta.url));

/** SHA-256 of the sources, by name and content. */
export function sourcesDigest() {
  const digest = createHash('sha256');
  for (const name of readdirSync(folder).filter(isSource).sort())
    digest.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return digest.digest('hex');
}

function isSource(name) {
  return name.endsWith('.c') || name.endsWith('.h');
}

function compile() {
  const output = join(folder, 'linux-x64/swarmline.node');
  mkdirSync(dirname(output), { recursive: true });
  const headers = join(dirname(dirname(process.execPath)), 'include/node');
  const sources = readdirSync(folder).filter(name => name.endsWith('.c'));
  execFileSync('gcc', [
    ...[
      '-std=gnu11',
      '-O3',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-fPIC',
      '-fvisibility=hidden',
      '-fno-stack-protector',
    ],
    // Bound to no C library, so that it loads with glibc and musl alike.
    ...['-shared', '-nostdlib', '-s', '-Wl,--build-id=none'],
    ...[`-DSOURCES="${sourcesDigest()}"`, `-I${headers}`, '-o', output],
    ...sources.map(name => join(folder, name)),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compile();
