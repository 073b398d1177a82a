// The program that is run when a torrent is complete, as Transmission's clients see and set it. They may turn it on and off, and
// choose among those that whoever runs the daemon has named; another one would let everybody who may ask run what he likes.

import { flagOf, textOf } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { RpcFault } from './rpc-fault.ts';

type Context = Pick<TransmissionDeps, 'programs' | 'settings'>;

/** Whether it is run or not; undefined where there is none. */
export function chosenProgram({ programs, settings }: Context): string | undefined {
  const chosen = settings.all.scriptTorrentDoneFilename;
  // It may have been allowed, and not be any more.
  return programs.allowed().includes(chosen) ? chosen : programs.configured();
}

/** What is run when a torrent is complete. */
export function completionProgram(context: Context): string | undefined {
  return context.settings.all.scriptTorrentDoneEnabled ? chosenProgram(context) : undefined;
}

/** @throws RpcFault where there is nothing to be run */
export function setProgramRuns({ programs, settings }: Context, value: unknown): void {
  const runs = flagOf(value);
  if (runs === undefined) return;
  if (runs && programs.configured() === undefined && programs.allowed().length === 0)
    throw new RpcFault(
      'INVALID_PARAMS',
      'no program may be run: whoever runs the daemon names one with --on-complete',
    );
  settings.set({ scriptTorrentDoneEnabled: runs });
}

/** No name leaves it as it is: it is turned off by the other field. @throws RpcFault of one that may not be run */
export function setProgram(context: Context, value: unknown): void {
  const path = textOf(value);
  const { programs, settings } = context;
  if (path === undefined || path === '' || path === (chosenProgram(context) ?? '')) return;
  const configured = programs.configured();
  if (path !== configured && !programs.allowed().includes(path))
    throw new RpcFault(
      'INVALID_PARAMS',
      `"${path.slice(0, MAX_SHOWN)}" may not be run: whoever runs the daemon allows it with --allow-program, and it goes on as it was`,
    );
  settings.set({ scriptTorrentDoneFilename: path === configured ? '' : path });
}

const MAX_SHOWN = 200;
