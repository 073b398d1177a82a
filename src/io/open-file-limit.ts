// How many files and sockets the system lets this program have open. Node asks for all it can get when it starts, so that
// what is told here is the most there is.

import { readFileSync } from 'node:fs';

/** A usual figure where the system does not tell. */
export function openFileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? USUAL : Number(soft);
  } catch {
    return USUAL;
  }
}

// macOS gives 10,240; what Windows gives C programs is 8192.
const USUAL = 8192;
