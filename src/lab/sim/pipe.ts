// One direction of a connection, as TCP behaves where no packet is lost:
//
//   write → send buffer → uplink → latency → downlink → receive buffer → onBytes
//           |______ pending beyond it |______ window: not read yet ______|
//
// Bytes arrive in order. A sender whose window is full waits until the receiver reads; one that pauses stops it so. Only
// counts travel: the bytes stay where they were written until they are read, then they are copied once, as a system does.

import type { Flow, Line } from './line.ts';
import type { World } from './world.ts';

export interface PipeOptions {
  /** For the trace. */
  readonly number: number;
  readonly uplink: Line;
  readonly downlink: Line;
  readonly latencyMs: number;
  /** Bytes that the sender's system takes off its hands. */
  readonly sendBuffer: number;
  /** Bytes that may be on their way or unread. */
  readonly window: number;
}

/** Both ends of a pipe, as it sees them. */
export interface PipeEnds {
  /** `pending` has fallen to zero after it was above. */
  drained(): void;
  /** Lent for the call. */
  bytesCame(bytes: Uint8Array): void;
  /** All that was sent has been read, and the sender has closed. */
  endCame(): void;
}

/** What has arrived and is to pass the receiver's line. */
class Arrivals implements Flow {
  isWaiting = false;
  bytes = 0;
  isCut = false;
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  ready(): number {
    return this.isCut ? 0 : this.bytes;
  }

  taken(): void {}

  passed(bytes: number): void {
    this.bytes -= bytes;
    this.#pipe.passedDownlink(bytes);
  }
}

/** It is itself what passes the sender's line. */
export class Pipe implements Flow {
  /** Bytes that have passed the sender's line. */
  sent = 0;
  isWaiting = false;
  // Each is looked at for each segment, in memory that was not looked at for long: they lie here, not behind the options.
  readonly #world: World;
  readonly #number: number;
  readonly #uplink: Line;
  readonly #downlink: Line;
  readonly #latencyMs: number;
  readonly #sendBuffer: number;
  readonly #window: number;
  readonly #ends: PipeEnds;
  /** What was written and not read, in order; `#first` and `#offset` say where it begins, `#end` where it ends. */
  #chunks: (Uint8Array | undefined)[] = [];
  #first = 0;
  #end = 0;
  #offset = 0;
  /** Written and not past the uplink; of these, on the uplink now. */
  #unsent = 0;
  #onUplink = 0;
  /** Past the uplink and not arrived: lengths in order, `#inAir[#landed]` to `#inAir[#departed - 1]`. 0 is the end. */
  readonly #inAir: number[] = [];
  #landed = 0;
  #departed = 0;
  /** Arrived and not past the downlink; past it and not read. */
  readonly #arrivals = new Arrivals(this);
  #unread = 0;
  /** On the uplink and not read. */
  #inWindow = 0;
  #isPaused = false;
  #mustTellDrained = false;
  #state: 'open' | 'ending' | 'ended' = 'open';
  #isCut = false;
  #hasEndArrived = false;
  readonly #onArrival = () => this.#segmentArrived();

  constructor(world: World, options: PipeOptions, ends: PipeEnds) {
    this.#world = world;
    this.#number = options.number;
    this.#uplink = options.uplink;
    this.#downlink = options.downlink;
    this.#latencyMs = options.latencyMs;
    this.#sendBuffer = options.sendBuffer;
    this.#window = options.window;
    this.#ends = ends;
  }

  /** Written and not taken by the sender's system. */
  get pending(): number {
    return Math.max(0, this.#unsent - this.#sendBuffer);
  }

  /** False: wait for `drained`. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return true;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#chunks[this.#end++] = chunk;
      this.#unsent += chunk.length;
    }
    this.#uplink.wake(this);
    this.#mustTellDrained ||= this.pending > 0;
    return !this.#mustTellDrained;
  }

  /** What has not passed the uplink is lost; the end follows what has. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#unsent = this.#onUplink;
    if (this.#onUplink === 0) this.#sendEnd();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#unread > 0 || this.#hasEndArrived) this.#world.later(0, () => this.#readUnread());
  }

  /** Nothing passes any more, and nobody is told. */
  cut(): void {
    this.#isCut = true;
    this.#arrivals.isCut = true;
    this.#chunks = [];
    this.#first = 0;
    this.#end = 0;
  }

  ready(): number {
    return this.#isCut ? 0 : Math.min(this.#unsent, this.#window - this.#inWindow);
  }

  taken(bytes: number): void {
    this.#inWindow += bytes;
    this.#onUplink = bytes;
  }

  /** The sender's line. */
  passed(bytes: number): void {
    this.#onUplink = 0;
    this.sent += bytes;
    this.#unsent -= bytes;
    this.#depart(bytes);
    if (this.#state === 'ending') this.#sendEnd();
    if (!this.#mustTellDrained || this.pending > 0 || this.#state !== 'open') return;
    this.#mustTellDrained = false;
    this.#world.later(0, () => {
      if (this.#state === 'open' && !this.#isCut) this.#ends.drained();
    });
  }

  #sendEnd(): void {
    this.#state = 'ended';
    this.#depart(0);
  }

  #depart(bytes: number): void {
    this.#inAir[this.#departed++] = bytes;
    this.#world.later(this.#latencyMs, this.#onArrival);
  }

  #segmentArrived(): void {
    const bytes = this.#inAir[this.#landed++]!;
    if (this.#landed === this.#departed) {
      this.#landed = 0;
      this.#departed = 0;
    } else if (this.#landed === LANDED_KEPT) {
      this.#inAir.copyWithin(0, LANDED_KEPT, this.#departed);
      this.#landed = 0;
      this.#departed -= LANDED_KEPT;
    }
    if (this.#isCut) return;
    if (bytes === 0) this.#hasEndArrived = true;
    this.#arrivals.bytes += bytes;
    if (this.#arrivals.bytes > 0) this.#downlink.wake(this.#arrivals);
    else this.#tellEnd();
  }

  /** For its arrivals. */
  passedDownlink(bytes: number): void {
    this.#unread += bytes;
    if (!this.#isPaused) this.#readUnread();
  }

  #readUnread(): void {
    while (this.#unread > 0 && !this.#isPaused && !this.#isCut) {
      const world = this.#world;
      const bytes = this.#copy(Math.min(this.#unread, world.network.scratch.length));
      this.#unread -= bytes.length;
      this.#inWindow -= bytes.length;
      if (this.#unsent > this.#onUplink) this.#uplink.wake(this);
      world.trace.number(this.#number);
      world.trace.number(world.now);
      world.trace.bytes(bytes);
      this.#ends.bytesCame(bytes);
    }
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (!this.#hasEndArrived || this.#arrivals.bytes > 0 || this.#unread > 0 || this.#isPaused || this.#isCut)
      return;
    this.#hasEndArrived = false;
    this.#ends.endCame();
  }

  #copy(length: number): Uint8Array {
    const target = this.#world.network.scratch;
    for (let filled = 0; filled < length; ) {
      const chunk = this.#chunks[this.#first]!;
      const count = Math.min(length - filled, chunk.length - this.#offset);
      if (count === chunk.length) target.set(chunk, filled);
      else target.set(chunk.subarray(this.#offset, this.#offset + count), filled);
      filled += count;
      this.#offset += count;
      if (this.#offset === chunk.length) this.#chunkRead();
    }
    return this.#world.network.firstOfScratch(length);
  }

  #chunkRead(): void {
    this.#offset = 0;
    // Whoever wrote it may have a larger piece of memory free then.
    this.#chunks[this.#first++] = undefined;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    } else if (this.#first === READ_KEPT) {
      this.#chunks.splice(0, READ_KEPT);
      this.#first = 0;
      this.#end -= READ_KEPT;
    }
  }
}

// So many places of what is over are used again at the latest.
const LANDED_KEPT = 64;
const READ_KEPT = 64;
