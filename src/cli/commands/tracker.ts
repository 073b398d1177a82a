// `swarmline tracker`: runs a tracker until Ctrl-C or SIGTERM, which let the answers under way finish.

import type { Command } from 'commander';
import { type RunningTracker, startTracker } from '../../tracker.ts';
import { interruptible } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { ownAddress } from '../own-address.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly host?: string;
  readonly port: number;
}

export function command(terminal: Terminal): Command {
  const tracker = newCommand(terminal, 'tracker', 'Run a tracker: peers of a torrent find each other by it.')
    .option(
      '--host <address>',
      'listen at this address alone (default: all of this machine)',
      values.ipAddress,
    )
    .option('-p, --port <port>', 'of every protocol', values.portNumber, USUAL_PORT)
    .action((flags: Flags) => run(flags, terminal));
  return addExamples(tracker, terminal, [
    ['swarmline tracker', 'an open tracker on port 6969, until Ctrl-C'],
    ['swarmline tracker --host 127.0.0.1 --port 0', 'on this machine alone, on any port that is free'],
  ]);
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  await interruptible(async signal => {
    const tracker = await startTracker(flags);
    try {
      await terminal.out.write(welcome(tracker, flags));
      await aborted(signal);
    } finally {
      await tracker.close();
    }
  });
}

function welcome(tracker: RunningTracker, flags: Flags): string {
  const host = flags.host ?? ownAddress();
  const shown = host.includes(':') ? `[${host}]` : host;
  const urls = tracker.fronts.flatMap(({ schemes, address }) =>
    schemes.map(scheme => `${scheme}://${shown}:${address.port}/announce`),
  );
  return urls.map(url => `${url}\n`).join('');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// The usual port of trackers.
const USUAL_PORT = 6969;
