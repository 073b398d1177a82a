// Where the programs are that the field starts: compiled, whether this is run compiled, from one of the files that the command
// line is joined into, or as a test.

import { fileURLToPath } from 'node:url';

/** The path of a program of this folder. */
export function compiledProgram(name: string): string {
  return fileURLToPath(new URL(`lab/field/${name}.js`, distFolder()));
}

/** `swarmline`. */
export function swarmlineProgram(): string {
  return fileURLToPath(new URL('../bin/swarmline.js', distFolder()));
}

function distFolder(): URL {
  // Written out: this is what the bundler knows.
  const url = import.meta.url;
  if (url.endsWith('.ts')) return new URL('../../../dist/', url);
  return new URL(/\/program\/[^/]+$/.test(url) ? '../' : '../../', url);
}
