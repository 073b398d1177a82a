// Bytes per second over the last five seconds, in slots of half a second. Knows no clock: `now` is told.

export class Rate {
  /** All bytes ever added. */
  total = 0;
  /** When some were added last; undefined: never. */
  lastAt: number | undefined;
  /** Made with the first bytes. */
  #slots: Float64Array | undefined;
  #inSlots = 0;
  /** Number of the newest slot: `now` divided by the slot's length. */
  #newest = 0;
  #startedAt = -1;

  add(bytes: number, now: number): void {
    this.#slots ??= new Float64Array(SLOTS);
    this.#advance(now);
    if (this.#startedAt < 0) this.#startedAt = now;
    this.total += bytes;
    this.lastAt = now;
    this.#inSlots += bytes;
    this.#slots[this.#newest % SLOTS]! += bytes;
  }

  /** Bytes per second; what began less than five seconds ago is measured over what there is of it. */
  perSecond(now: number): number {
    this.#advance(now);
    if (this.#inSlots === 0) return 0;
    const spanMs = Math.min(WINDOW_MS, Math.max(now - this.#startedAt, SLOT_MS));
    return (this.#inSlots * 1000) / spanMs;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot <= this.#newest) return;
    const slots = this.#slots;
    for (let i = Math.max(this.#newest + 1, slot - SLOTS + 1); slots !== undefined && i <= slot; i++) {
      this.#inSlots -= slots[i % SLOTS]!;
      slots[i % SLOTS] = 0;
    }
    if (slot - this.#newest >= SLOTS) this.#startedAt = -1;
    this.#newest = slot;
  }
}

const WINDOW_MS = 5000;
const SLOT_MS = 500;
const SLOTS = WINDOW_MS / SLOT_MS;
