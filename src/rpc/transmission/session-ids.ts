// The handshake: whoever asks must send a word that he can only have read from an answer of ours, which no page of another
// site can. A new one each run and each hour; the one before is taken for another hour, so that nobody is cut off amid work.

import type { Clock } from '../../host/clock.ts';

export class SessionIds {
  readonly #clock: Clock;
  readonly #newId: () => string;
  #current: string;
  #before: string | undefined;
  #madeAt: number;

  /** `newId`: one that nobody can guess. */
  constructor(clock: Clock, newId: () => string) {
    this.#clock = clock;
    this.#newId = newId;
    this.#current = newId();
    this.#madeAt = clock.now();
  }

  get current(): string {
    this.#look();
    return this.#current;
  }

  isGood(id: string | undefined): boolean {
    this.#look();
    return id !== undefined && (id === this.#current || id === this.#before);
  }

  #look(): void {
    const age = this.#clock.now() - this.#madeAt;
    if (age < LIFE_MS) return;
    this.#before = age < 2 * LIFE_MS ? this.#current : undefined;
    this.#current = this.#newId();
    this.#madeAt = this.#clock.now();
  }
}

/** As in Transmission. */
const LIFE_MS = 3_600_000;
