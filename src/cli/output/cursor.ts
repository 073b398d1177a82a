// The terminal's cursor, hidden while lines are redrawn, and back whatever way the program ends.

import type { Output } from '../terminal.ts';

/** Hides the cursor; the answer shows it again, and may be called twice. */
export function hideCursor(output: Output): () => void {
  let isHidden = true;
  const show = () => {
    if (!isHidden) return;
    isHidden = false;
    process.off('exit', show);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    output.write('\u001b[?25h').catch(() => {});
  };
  const onSignal = (signal: NodeJS.Signals) => {
    show();
    // To listen to a signal is to keep it from ending the program: where nobody else listens, it still has to.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.on('exit', show);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  output.write('\u001b[?25l').catch(() => {});
  return show;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
