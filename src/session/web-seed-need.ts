// Whether a torrent leans on its web seeds just now. They are asked where the swarm lacks something: pieces that nobody
// else has at once, mere speed after some seconds. A state with a memory, so that they are not begun and left in turns.

import type { SwarmSupply } from '../core/engine/web-seed.ts';

export class WebSeedNeed {
  readonly #enough: number;
  #isNeeded = false;
  /** Since when the swarm has said otherwise. */
  #otherwiseSince: number | undefined;

  constructor(enoughFromPeersBytesPerSecond: number) {
    this.#enough = enoughFromPeersBytesPerSecond;
  }

  /** To be asked about once a second. */
  isNeeded({ peersBytesPerSecond, missingPieces }: SwarmSupply, now: number): boolean {
    const least = this.#isNeeded ? this.#enough : 0.8 * this.#enough;
    const isShort = missingPieces > 0 || peersBytesPerSecond < least;
    if (isShort === this.#isNeeded) {
      this.#otherwiseSince = undefined;
      return this.#isNeeded;
    }
    this.#otherwiseSince ??= now;
    // Nobody else will bring what nobody has; a rate may be better in a moment.
    const waitMs = missingPieces > 0 ? 0 : PATIENCE_MS;
    if (now - this.#otherwiseSince >= waitMs) {
      this.#isNeeded = isShort;
      this.#otherwiseSince = undefined;
    }
    return this.#isNeeded;
  }
}

const PATIENCE_MS = 5_000;
