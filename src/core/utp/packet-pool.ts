// Packets that are on their way out, and their memory, which is used again: forty thousand are sent in a second.

import { HEADER } from './packet.ts';

export class OutPacket {
  /** Room for the whole datagram; HEADER bytes are the header's. */
  readonly bytes: Uint8Array;
  /** Of the datagram so far. */
  length = HEADER;
  sequence = 0;
  /** When it was sent the last time, and as which of all transmissions. */
  sentAt = 0;
  order = 0;
  transmissions = 0;
  isInFlight = false;
  /** It left padded, to try the path. */
  isProbe = false;
  isFin = false;
  #datagram: Uint8Array | undefined;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  get payloadLength(): number {
    return this.length - HEADER;
  }

  /** The datagram as it is sent. */
  get datagram(): Uint8Array {
    if (this.#datagram?.length !== this.length) this.#datagram = this.bytes.subarray(0, this.length);
    return this.#datagram;
  }

  clear(): void {
    this.length = HEADER;
    this.transmissions = 0;
    this.isInFlight = false;
    this.isProbe = false;
    this.isFin = false;
  }
}

/** Shared by all connections. */
export class PacketPool {
  readonly #free: OutPacket[] = [];
  readonly #maxFree: number;

  /** At most so many are kept for later. */
  constructor(maxFree = 2048) {
    this.#maxFree = maxFree;
  }

  /** One that has room for a datagram of that length. */
  take(capacity: number): OutPacket {
    if (capacity > USUAL) return new OutPacket(capacity);
    const packet = this.#free.pop() ?? new OutPacket(USUAL);
    packet.clear();
    return packet;
  }

  /** Nobody looks at it any more. */
  give(packet: OutPacket): void {
    if (packet.bytes.length === USUAL && this.#free.length < this.#maxFree) this.#free.push(packet);
  }
}

/** What an Ethernet carries, and a bit more. */
const USUAL = 1536;
