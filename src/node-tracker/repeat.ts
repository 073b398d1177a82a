// What is done again and again while a tracker runs: one call after the other, never two at a time.

import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';

/** The answer ends it. `failed` hears of what the world did; `everyMs` of 0 is never. */
export function repeat(
  {
    everyMs,
    clock,
    failed,
  }: { readonly everyMs: number; readonly clock: Clock; readonly failed: (sentence: string) => void },
  call: () => Promise<void>,
): () => void {
  if (everyMs === 0) return () => {};
  let isOver = false;
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(everyMs, () => {
      call()
        .catch(error => {
          if (!(error instanceof SwarmlineError)) throw error;
          failed(error.message);
        })
        .finally(() => {
          if (!isOver) next();
        });
    });
  };
  next();
  return () => {
    isOver = true;
    cancel();
  };
}
