// What has come of the other end's stream and was not read yet: packets that are in order wait for the reader, those behind a
// gap wait for what is missing. Says what was received, for acks, and how much room there is, for the window.

import { distance, next, SEQUENCES } from './sequence.ts';

/** Bytes that all connections hold together. */
export interface ReceiveBudget {
  readonly maxBytes: number;
  bytes: number;
}

export class Incoming {
  /** The last packet that came in order. */
  ack: number;
  /** The packet that ends the stream; undefined before it has come. */
  #end: number | undefined;
  readonly #budget: ReceiveBudget;
  readonly #capacity: number;
  /** Behind a gap: by the lowest bits of their sequence numbers. */
  #early: (Uint8Array | undefined)[] = new Array(16).fill(undefined);
  #earlyCount = 0;
  /** In order. */
  readonly #ready: Uint8Array[] = [];
  #firstReady = 0;
  #heldBytes = 0;
  /** Of the datagram that has just come: lent, not held. */
  #lent: Uint8Array | undefined;

  constructor(ack: number, capacity: number, budget: ReceiveBudget) {
    this.ack = ack;
    this.#capacity = capacity;
    this.#budget = budget;
  }

  get isEnded(): boolean {
    return this.#end !== undefined && this.ack === this.#end;
  }

  /** Everything was read, and nothing more will come. */
  get isOver(): boolean {
    return this.isEnded && this.#firstReady === this.#ready.length && this.#lent === undefined;
  }

  get hasGap(): boolean {
    return this.#earlyCount > 0;
  }

  /** Bytes that there is room for. */
  get window(): number {
    const { maxBytes, bytes } = this.#budget;
    return Math.max(0, Math.min(this.#capacity - this.#heldBytes, maxBytes - bytes));
  }

  /** A packet with payload: a view that is lent until `takeLent` or `read` is called. False: it was not taken. */
  received(sequence: number, payload: Uint8Array, isPaused: boolean): boolean {
    const ahead = distance(this.ack, sequence);
    if (ahead <= 0 || ahead > MAX_AHEAD) return false;
    if (this.#end !== undefined && distance(sequence, this.#end) <= 0) return false;
    if (ahead > 1) return this.#keepEarly(sequence, ahead, payload);
    if (!isPaused && this.#firstReady === this.#ready.length) this.#lent = payload;
    else if (payload.length > this.window) return false;
    else this.#keep(payload.slice());
    this.ack = sequence;
    this.#advance();
    return true;
  }

  /** The packet that ends the stream. */
  endReceived(sequence: number): void {
    const ahead = distance(this.ack, sequence);
    if (this.#end !== undefined || ahead <= 0 || ahead > MAX_AHEAD) return;
    this.#end = sequence;
    this.#advance();
  }

  /** The next bytes in order; those of the last datagram are lent. */
  read(): Uint8Array | undefined {
    if (this.#lent !== undefined) {
      const lent = this.#lent;
      this.#lent = undefined;
      return lent;
    }
    if (this.#firstReady === this.#ready.length) return undefined;
    const bytes = this.#ready[this.#firstReady]!;
    this.#ready[this.#firstReady++] = NOTHING;
    if (this.#firstReady === this.#ready.length) {
      this.#ready.length = 0;
      this.#firstReady = 0;
    }
    this.#hold(-bytes.length);
    return bytes;
  }

  /** What was lent stays after all. */
  keepLent(): void {
    if (this.#lent === undefined) return;
    const bytes = this.#lent.slice();
    this.#lent = undefined;
    this.#ready.splice(this.#firstReady, 0, bytes);
    this.#hold(bytes.length);
  }

  /**
   * Which packets have come behind a gap. "The first bit in the mask therefore represents ack_nr + 2", "in multiples of 32
   * bits". Lent until the next call.
   */
  selectiveAck(): Uint8Array {
    const early = this.#early;
    const mask = early.length - 1;
    let last = 0;
    for (let i = 0, left = this.#earlyCount; left > 0 && i < MAX_SACK_BITS; i++) {
      if (early[(this.ack + 2 + i) & mask] === undefined) continue;
      left--;
      last = i;
    }
    const length = 4 * ((last >>> 5) + 1);
    if (sackMask.length !== length) sackMask = new Uint8Array(length);
    else sackMask.fill(0);
    for (let i = 0; i <= last; i++)
      if (early[(this.ack + 2 + i) & mask] !== undefined) sackMask[i >>> 3]! |= 1 << (i & 7);
    return sackMask;
  }

  /** Forgets what was not read. */
  clear(): void {
    this.#hold(-this.#heldBytes);
    this.#early.fill(undefined);
    this.#earlyCount = 0;
    this.#ready.length = 0;
    this.#firstReady = 0;
    this.#lent = undefined;
  }

  #keepEarly(sequence: number, ahead: number, payload: Uint8Array): boolean {
    while (ahead >= this.#early.length) this.#grow();
    const place = sequence & (this.#early.length - 1);
    if (this.#early[place] !== undefined || payload.length > this.window) return false;
    this.#early[place] = payload.slice();
    this.#earlyCount++;
    this.#hold(payload.length);
    return true;
  }

  /** What waited for the packet that has just come. */
  #advance(): void {
    const mask = this.#early.length - 1;
    while (this.#earlyCount > 0) {
      const sequence = next(this.ack);
      const bytes = this.#early[sequence & mask];
      if (bytes === undefined) break;
      this.#early[sequence & mask] = undefined;
      this.#earlyCount--;
      this.#ready.push(bytes);
      this.ack = sequence;
    }
    if (this.#end !== undefined && next(this.ack) === this.#end) this.ack = this.#end;
  }

  #keep(bytes: Uint8Array): void {
    this.#ready.push(bytes);
    this.#hold(bytes.length);
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#budget.bytes += bytes;
  }

  #grow(): void {
    const before = this.#early;
    const after: (Uint8Array | undefined)[] = new Array(before.length * 2).fill(undefined);
    for (let i = 0; i < before.length; i++) {
      const sequence = (this.ack + 1 + i) & SEQUENCES;
      after[sequence & (after.length - 1)] = before[sequence & (before.length - 1)];
    }
    this.#early = after;
  }
}

const NOTHING = new Uint8Array(0);
/** One at a time: it is copied into a packet at once. */
let sackMask = new Uint8Array(4);
/** Packets that are kept behind a gap: 4 MiB of what an Ethernet carries. */
const MAX_AHEAD = 4095;
/** An extension has 255 bytes at most: these are multiples of 4. */
const MAX_SACK_BITS = 8 * 128;
