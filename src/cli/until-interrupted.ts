// Waiting for Ctrl-C, or for something else that ends a command.

/** Resolves when the user interrupts (`'interrupted'`), or when `done` does. A second Ctrl-C ends the process at once. */
export async function untilInterrupted<Result>(done: Promise<Result>): Promise<Result | 'interrupted'> {
  let onSignal = () => {};
  const interrupted = new Promise<'interrupted'>(resolve => {
    onSignal = () => {
      resolve('interrupted');
      process.once('SIGINT', () => process.exit(130));
    };
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
  });
  try {
    return await Promise.race([done, interrupted]);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
