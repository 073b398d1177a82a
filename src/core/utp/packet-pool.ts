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
  readonly #usual: OutPacket[] = [];
  readonly #long: OutPacket[] = [];
  readonly #maxFreeBytes: number;

  /** At most so many bytes of each of the two lengths are kept for later. */
  constructor(maxFreeBytes = 4 * 1_048_576) {
    this.#maxFreeBytes = maxFreeBytes;
  }

  /** One that has room for a datagram of that length. */
  take(capacity: number): OutPacket {
    const length = capacity <= USUAL ? USUAL : Math.max(LONG, capacity);
    const packet = this.#free(length).pop();
    if (packet === undefined || packet.bytes.length < capacity) return new OutPacket(length);
    packet.clear();
    return packet;
  }

  /** Nobody looks at it any more. */
  give(packet: OutPacket): void {
    const { length } = packet.bytes;
    const free = this.#free(length);
    if (free.length * length < this.#maxFreeBytes) free.push(packet);
  }

  #free(length: number): OutPacket[] {
    return length === USUAL ? this.#usual : this.#long;
  }
}

/** What an Ethernet carries, and what goes within this machine, each with a bit more. */
const USUAL = 1536;
const LONG = 16_896;
