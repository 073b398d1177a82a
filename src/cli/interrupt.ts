// Ctrl-C, and what `kill` sends: the first asks the job to stop and clean up, the second ends the process at once.

import { SwarmlineError } from '../core/errors.ts';

/** Runs a job that stops when its signal is aborted. */
export async function interruptible<Result>(job: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort(new SwarmlineError('ABORTED', 'Stopped.'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await job(controller.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** What the job brings, or `'interrupted'` as soon as the signal says so; the job may then go on unheard. */
export async function untilAborted<Result>(
  job: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | 'interrupted'> {
  if (signal.aborted) {
    job.catch(() => {});
    return 'interrupted';
  }
  let onAbort = () => {};
  const aborted = new Promise<'interrupted'>(resolve => {
    onAbort = () => resolve('interrupted');
    signal.addEventListener('abort', onAbort);
  });
  // What is waited for may be sockets that keep no program, as those of a session that nobody can dial.
  const hold = setInterval(() => {}, HOLD_MS);
  try {
    return await Promise.race([job, aborted]);
  } finally {
    clearInterval(hold);
    signal.removeEventListener('abort', onAbort);
  }
}

/** 128 and the number of SIGINT, as shells have it. */
export const INTERRUPTED = 130;

const HOLD_MS = 60_000;
