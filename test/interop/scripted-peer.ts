// Another client in a process of its own, run by a small script of this folder that takes one JSON wish on stdin and says
// JSON lines: {"port": …} when it listens, {"state": "complete"} when all is there and checked.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ForeignProgram } from './peers.ts';

export interface PeerWish {
  readonly torrent?: string;
  readonly magnet?: string;
  readonly folder: string;
  /** Settings of its own, by its own names. */
  readonly settings?: Readonly<Record<string, number | boolean | string>>;
  /** To be dialled at once. */
  readonly peers?: readonly (readonly [host: string, port: number])[];
}

export interface PeerSays {
  readonly port?: number;
  readonly state?: string;
  readonly error?: string;
}

export interface ScriptedPeer {
  /** Waits until it has said that; fails where it ends before, or takes too long. */
  said(what: 'port' | 'complete'): Promise<PeerSays>;
}

/** Starts it; it ends with the test at the latest. */
export function startScriptedPeer(program: ForeignProgram, script: string, wish: PeerWish): ScriptedPeer {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(program.path!, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(wish)}\n`);
  const exited = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    said: async what => {
      const signal = AbortSignal.timeout(25_000);
      for (;;) {
        const found = output
          .split('\n')
          .slice(0, -1)
          .map(line => JSON.parse(line) as PeerSays)
          .find(({ port, state }) => (what === 'port' ? port !== undefined : state === what));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`${program.name} ended:\n${output}`);
        await once(child.stdout, 'data', { signal }).catch(cause => {
          throw new Error(`${program.name} did not say "${what}":\n${output}`, { cause });
        });
      }
    },
  };
}
