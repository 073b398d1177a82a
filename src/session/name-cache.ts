// Names that were resolved, for a while: thousands of torrents have one tracker, and a system's resolver has few threads.

import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { NameResolver } from '../host/names.ts';

export class NameCache implements NameResolver {
  readonly #names: NameResolver;
  readonly #clock: Clock;
  readonly #known = new Map<
    string,
    { readonly until: number; readonly answer: Promise<readonly string[]> }
  >();

  constructor(names: NameResolver, clock: Clock) {
    this.#names = names;
    this.#clock = clock;
  }

  /** @throws SwarmlineError `NAME_NOT_FOUND` by way of the promise */
  resolve(name: string): Promise<readonly string[]> {
    const now = this.#clock.now();
    const known = this.#known.get(name);
    if (known !== undefined && now < known.until) return known.answer;
    if (this.#known.size >= MAX_NAMES) this.#forgetOldest();
    this.#known.delete(name);
    const answer = this.#names.resolve(name);
    this.#known.set(name, { until: now + KEEP_MS, answer });
    answer.catch(error => {
      // Another network may be there in a moment; but not for each of a thousand torrents.
      if (error instanceof SwarmlineError) this.#known.set(name, { until: now + KEEP_FAILURE_MS, answer });
      else this.#known.delete(name);
    });
    return answer;
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

const MAX_NAMES = 1_000;
const KEEP_MS = 300_000;
const KEEP_FAILURE_MS = 10_000;
