// How long datagrams may be on the way to the other end. Nobody tells: one that is longer than those that get through is tried
// (RFC 8899), padded by what means nothing, so that no payload is lost with it. First the longest that there can be, which
// nearly always is right, then the middle of what is left.

export class PathMtu {
  /** The longest datagram that is known to get through. */
  length: number;
  #ceiling: number;
  #failures = 0;
  #isFirst = true;
  #probed = 0;

  /** `floor` gets through anywhere; nothing beyond `ceiling` is ever tried. */
  constructor(floor: number, ceiling: number) {
    this.length = Math.min(floor, ceiling);
    this.#ceiling = ceiling;
  }

  /** The other end takes longer ones than was thought. */
  raise(ceiling: number): void {
    this.#ceiling = Math.max(this.#ceiling, ceiling);
  }

  /** The length to try; undefined while one is under way, or where there is nothing to gain. */
  get next(): number | undefined {
    if (this.#probed !== 0 || this.#ceiling - this.length < WORTH_WHILE) return undefined;
    return this.#isFirst ? this.#ceiling : (this.#ceiling + this.length + 1) >>> 1;
  }

  probed(length: number): void {
    this.#probed = length;
  }

  arrived(): void {
    this.length = Math.max(this.length, this.#probed);
    this.#probed = 0;
    this.#failures = 0;
  }

  /** Once may be bad luck. */
  lost(): void {
    this.#failures++;
    if (this.#failures >= TRIES) {
      this.#ceiling = this.#probed - 1;
      this.#failures = 0;
      this.#isFirst = false;
    }
    this.#probed = 0;
  }
}

const TRIES = 2;
const WORTH_WHILE = 16;
