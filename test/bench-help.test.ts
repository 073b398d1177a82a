// Every benchmark tells what it is and what it takes, and runs nothing, where it is asked for help.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../bench/', import.meta.url));
/** Threads and processes of others, and what they are made of. */
const PARTS = ['run.mjs', 'help.mjs', 'side-by-side.mjs', 'tracker-server.mjs', 'tracker-process.mjs'];
const files = readdirSync(folder).filter(file => file.endsWith('.mjs') && !PARTS.includes(file));

it.each(files)(
  '%s has --help',
  file => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}${file}`, '--help'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([status, stderr]).toEqual([0, '']);
    const [first] = readFileSync(`${folder}${file}`, 'utf8').split('\n');
    // Of transfers there is a text of its own.
    expect(stdout).toContain(file === 'transfer.mjs' ? '--clients' : first!.replace(/^\/\/ /, ''));
    for (const [, name] of readFileSync(`${folder}${file}`, 'utf8').matchAll(/'?([\w-]+)'?: \{ type: '/g))
      expect(stdout).toContain(`--${name}`);
  },
  60_000,
);
