// How a connection of ours begins (BEP 29, "connection setup"): a SYN, sent again while nobody answers it, so many times. What is no
// answer to it is not heard before one has come.

import { DATA, type Packet, STATE } from './packet.ts';
import type { RoundTrip } from './round-trip.ts';

export class Opening {
  /** Of the SYN. */
  readonly sequence: number;
  /** When `timePassed` is to be called at the latest. */
  timeoutAt = Number.POSITIVE_INFINITY;
  readonly #maxSyns: number;
  readonly #roundTrip: RoundTrip;
  #isDue = true;
  #sent = 0;
  #sentAt = 0;

  /** `roundTrip`: whose first measurement this may be. */
  constructor(sequence: number, maxSyns: number, roundTrip: RoundTrip) {
    this.sequence = sequence;
    this.#maxSyns = maxSyns;
    this.#roundTrip = roundTrip;
  }

  /** Whether a SYN is to be sent now; it counts as sent. */
  takeSyn(now: number): boolean {
    if (!this.#isDue) return false;
    this.#isDue = false;
    this.#sent++;
    this.#sentAt = now;
    this.timeoutAt = now + this.#roundTrip.timeoutMs;
    return true;
  }

  /** Whether this answers the SYN: a STATE, or what has overtaken it. */
  answered(packet: Packet, now: number): boolean {
    if (packet.ack !== this.sequence || (packet.type !== STATE && packet.type !== DATA)) return false;
    // Of several nobody knows which one was answered.
    if (this.#sent === 1) this.#roundTrip.measured(now - this.#sentAt);
    return true;
  }

  /** False: it was sent as often as it may be, and nobody has answered. */
  timePassed(now: number): boolean {
    if (now < this.timeoutAt) return true;
    this.timeoutAt = Number.POSITIVE_INFINITY;
    this.#roundTrip.timedOut();
    if (this.#sent >= this.#maxSyns) return false;
    this.#isDue = true;
    return true;
  }
}
