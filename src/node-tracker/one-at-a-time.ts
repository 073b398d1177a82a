// Work that must not meet itself: a reload, or the writing of a file. Whoever asks while it is under way waits for his turn.

/** Each call begins when the one before has ended, however that was. */
export function oneAtATime<Values extends readonly unknown[]>(
  call: (...values: Values) => Promise<void>,
): (...values: Values) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (...values) => {
    const next = last.then(() => call(...values));
    last = next.catch(() => {});
    return next;
  };
}
