// What each peer and each link sent lately: sums that fade away, by which the choker goes. (The engine's `Rate` is the bytes
// of the last five seconds; what fades with a mean age of two and a half is of the same age, and one number.)

import type { Links } from './links.ts';

export class Moved {
  /** The number of the step, from 1 on. */
  step = 1;
  readonly #links: Links;
  readonly #stepMs: number;
  /** What is left after so many steps. */
  readonly #fading: Float64Array;
  readonly #sent: Float64Array;
  readonly #sentStep: Int32Array;
  /** When a peer sent something first. */
  readonly #since: Float64Array;

  constructor(peers: number, links: Links, stepMs: number) {
    this.#links = links;
    this.#stepMs = stepMs;
    this.#fading = Float64Array.from({ length: Math.ceil((12 * AGE_MS) / stepMs) }, (_, i) =>
      Math.exp((-i * stepMs) / AGE_MS),
    );
    this.#sent = new Float64Array(peers);
    this.#sentStep = new Int32Array(peers);
    this.#since = new Float64Array(peers).fill(Number.NaN);
  }

  /** A link moved so much in this step. */
  add(link: number, bytes: number): void {
    const { moved, movedStep } = this.#links;
    moved[link] = this.#faded(moved[link]!, movedStep[link]!) + bytes;
    movedStep[link] = this.step;
  }

  /** A peer sent so much in this step. */
  sent(peer: number, bytes: number, now: number): void {
    if (Number.isNaN(this.#since[peer])) this.#since[peer] = now;
    this.#sent[peer] = this.#faded(this.#sent[peer]!, this.#sentStep[peer]!) + bytes;
    this.#sentStep[peer] = this.step;
  }

  /** For comparing links with each other. */
  lately(link: number): number {
    const { moved, movedStep } = this.#links;
    return this.#faded(moved[link]!, movedStep[link]!);
  }

  sentPerMs(peer: number, now: number): number {
    const since = this.#since[peer]!;
    if (Number.isNaN(since)) return 0;
    // The sum of something even, from then on.
    const age = Math.max(now - since, this.#stepMs);
    return this.#faded(this.#sent[peer]!, this.#sentStep[peer]!) / (AGE_MS * (1 - Math.exp(-age / AGE_MS)));
  }

  #faded(sum: number, step: number): number {
    const steps = this.step - step;
    return steps < this.#fading.length ? sum * this.#fading[steps]! : 0;
  }
}

const AGE_MS = 2500;
