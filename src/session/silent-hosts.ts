// Hosts that did not answer lately. Who has a thousand torrents of a tracker that is down need not wait a thousand times:
// for a while all hear what the first heard. A host that answers, be it nonsense, is forgotten here.

import type { Clock } from '../host/clock.ts';

export class SilentHosts {
  readonly #clock: Clock;
  readonly #hosts = new Map<string, { fails: number; until: number; sentence: string }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was heard of it, where it is not to be asked now. */
  sentenceOf(host: string): string | undefined {
    const known = this.#hosts.get(host);
    return known !== undefined && this.#clock.now() < known.until ? known.sentence : undefined;
  }

  wasSilent(host: string, sentence: string): void {
    const now = this.#clock.now();
    const known = this.#hosts.get(host);
    // Those that were asked together count once.
    if (known !== undefined && now < known.until) return;
    if (known === undefined && this.#hosts.size >= MAX_HOSTS) this.#forgetOldest();
    const fails = (known?.fails ?? 0) + 1;
    this.#hosts.set(host, { fails, sentence, until: now + Math.min(MAX_REST_MS, fails * REST_MS) });
  }

  answered(host: string): void {
    this.#hosts.delete(host);
  }

  #forgetOldest(): void {
    const [oldest] = this.#hosts.keys();
    if (oldest !== undefined) this.#hosts.delete(oldest);
  }
}

const MAX_HOSTS = 1_000;
// Less than a torrent's own first back-off, which is 17.5 s: one torrent alone notices nothing.
const REST_MS = 15_000;
const MAX_REST_MS = 300_000;
