// What the other end is told of what has come from it: what was received, how much room is left, how late it came. Every packet that
// leaves says so; where none leaves and it is owed, a STATE does. It is owed for what has come, for room that there is again, and
// after a long silence, so that routers keep the way open. When it leaves, the connection decides: at the end of a turn.

import type { Incoming } from './incoming.ts';
import {
  HEADER,
  MAX_DATAGRAM_EXTENSION,
  STATE,
  stampHeader,
  writeHeader,
  writeMaxDatagram,
  writeSelectiveAck,
} from './packet.ts';

export interface AckOptions {
  readonly receiveBytes: number;
  readonly keepAliveMs: number;
}

export class Acks {
  /** Something has to be said, if not by a packet that leaves anyway. */
  isOwed = false;
  readonly #incoming: Incoming;
  readonly #delay: { readonly last: number };
  readonly #options: AckOptions;
  /** What the last packet that went said. */
  #saidWindow = 0;
  #saidAt: number;

  /** `delay`: of what came last, our clock less its sender's. */
  constructor(incoming: Incoming, delay: { readonly last: number }, options: AckOptions, now: number) {
    this.#incoming = incoming;
    this.#delay = delay;
    this.#options = options;
    this.#saidAt = now;
  }

  /** When `timePassed` is to be called at the latest. */
  get nextTimeout(): number {
    return this.#saidAt + this.#options.keepAliveMs;
  }

  timePassed(now: number): void {
    if (now >= this.#saidAt + this.#options.keepAliveMs) this.isOwed = true;
  }

  /** The other end may wait for room: it is told as soon as there is much more than it knows of. */
  roomMade(): void {
    const { receiveBytes } = this.#options;
    if (this.#saidWindow >= receiveBytes / 2) return;
    if (this.#incoming.window - this.#saidWindow >= receiveBytes / 4) this.isOwed = true;
  }

  /** A packet with something of its own takes it along; which packets there are behind a gap, a STATE alone can say. */
  rideOn(bytes: Uint8Array, now: number): void {
    this.#stamp(bytes, now);
    if (!this.#incoming.hasGap) this.isOwed = false;
  }

  /** The STATE. `maxDatagram`: see `bare`. */
  state(connectionId: number, sequence: number, maxDatagram: number | undefined, now: number): Uint8Array {
    this.isOwed = false;
    if (!this.#incoming.hasGap) return this.bare(STATE, connectionId, sequence, maxDatagram, now);
    const mask = this.#incoming.selectiveAck();
    const bytes = new Uint8Array(HEADER + 2 + mask.length);
    writeHeader(bytes, STATE, connectionId, sequence);
    writeSelectiveAck(bytes, mask);
    this.#stamp(bytes, now);
    return bytes;
  }

  /** A packet that is nothing but a header. `maxDatagram`: the longest that we take, where it is to be told. */
  bare(
    type: number,
    connectionId: number,
    sequence: number,
    maxDatagram: number | undefined,
    now: number,
  ): Uint8Array {
    const bytes = new Uint8Array(HEADER + (maxDatagram === undefined ? 0 : MAX_DATAGRAM_EXTENSION));
    writeHeader(bytes, type, connectionId, sequence);
    if (maxDatagram !== undefined) writeMaxDatagram(bytes, maxDatagram);
    this.#stamp(bytes, now);
    return bytes;
  }

  #stamp(bytes: Uint8Array, now: number): void {
    this.#saidAt = now;
    this.#saidWindow = this.#incoming.window;
    stampHeader(bytes, (now * 1000) >>> 0, this.#delay.last, this.#saidWindow, this.#incoming.ack);
  }
}
