// A lock in shared memory: one word, 0 free, 1 held, 2 held and waited for (Drepper, "Futexes are tricky", the second
// mutex). Held for about a microsecond and never across a call to anyone else. Memory that is not shared needs none: whoever
// has it leaves the calls out.

export function acquire(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, 0, 1) !== 0) wait(words, at);
}

export function release(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, 0) === 2) Atomics.notify(words, at, 1);
}

/** Takes the lock where it is free. */
export function tryAcquire(words: Int32Array, at: number): boolean {
  return Atomics.compareExchange(words, at, 0, 1) === 0;
}

function wait(words: Int32Array, at: number): void {
  for (let i = 0; i < SPINS; i++) if (Atomics.compareExchange(words, at, 0, 1) === 0) return;
  for (let waits = 0; Atomics.exchange(words, at, 2) !== 0; ) {
    // A thread that died with it would stop all others without a word.
    if (Atomics.wait(words, at, 2, PATIENCE_MS) === 'timed-out' && ++waits === 2)
      throw new Error('tracker: a thread has not let go of a lock for ten seconds');
  }
}

const SPINS = 100;
const PATIENCE_MS = 5_000;
