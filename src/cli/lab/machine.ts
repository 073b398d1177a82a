// What a result is got on.

import os from 'node:os';
import type { RunFacts } from '../../lab/result-file.ts';
import { programVersion } from '../program-name.ts';

/** `command`: what was typed, without the program's path. */
export function runFacts(command: string): RunFacts {
  const cpus = os.cpus();
  return {
    machine: {
      cpu: cpus[0]?.model.trim() ?? os.arch(),
      cores: cpus.length,
      memoryBytes: os.totalmem(),
      os: `${os.type()} ${os.release()}`,
      node: process.version,
    },
    version: programVersion(),
    madeAt: new Date().toISOString(),
    command,
  };
}
