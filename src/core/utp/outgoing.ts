// What is written, until the other end has it: bytes are cut into packets ("uTP cannot repackage data when resending"), which
// are kept until they are acked, and sent again where they are lost.
//
//   written → chunks (the writer waits) → unsent packets → in flight → acked
//                                              ↑___ lost ___|
//
// Which packets are lost: each transmission has a number; where three later ones have arrived, it has not. So a packet that is
// lost twice is found out as soon as one that is lost once.

import { DATA, FIN, HEADER, writeHeader } from './packet.ts';
import type { OutPacket, PacketPool } from './packet-pool.ts';
import { distance, next, SEQUENCES } from './sequence.ts';

/** What an ack has told. */
export interface Acked {
  /** Payload that has arrived now. */
  bytes: number;
  /** The shortest time from a packet's only transmission to its ack; Infinity where there was none. */
  roundTripMs: number;
  /** Whether a packet that tried the path has arrived. */
  probeArrived: boolean;
}

export class Outgoing {
  /** The number that the next packet gets. */
  sequence: number;
  /** The last of those that have all arrived. */
  acked: number;
  /** Payload on its way. */
  inFlightBytes = 0;
  /** Packets, and payload in them, that were cut and have not arrived. */
  heldBytes = 0;
  readonly #connectionId: number;
  readonly #pool: PacketPool;
  #chunks: Uint8Array[] = [];
  #firstChunk = 0;
  #chunkAt = 0;
  #chunkBytes = 0;
  readonly #unsent: OutPacket[] = [];
  #firstUnsent = 0;
  /** By the lowest bits of their sequence numbers. */
  #sent: (OutPacket | undefined)[] = new Array(16).fill(undefined);
  /** Of those sent, so many are to be sent again; none of them comes before this one. */
  #lostCount = 0;
  #firstLost = 0;
  #lastOrder = 0;
  /** The latest transmission that has surely arrived. */
  #arrivedOrder = 0;
  /** A loss among those sent before this one is the same congestion. */
  #recoveryOrder = 0;
  readonly #told: Acked = { bytes: 0, roundTripMs: 0, probeArrived: false };

  constructor(connectionId: number, sequence: number, pool: PacketPool) {
    this.#connectionId = connectionId;
    this.#pool = pool;
    this.sequence = sequence;
    this.acked = (sequence - 1) & SEQUENCES;
  }

  /** Bytes that no packet has taken yet. */
  get pendingBytes(): number {
    return this.#chunkBytes;
  }

  /** Packets that were sent and have not arrived. */
  get sentCount(): number {
    return (this.sequence - this.acked - 1) & SEQUENCES;
  }

  get hasUnsent(): boolean {
    return this.#firstUnsent < this.#unsent.length;
  }

  get unsentCount(): number {
    return this.#unsent.length - this.#firstUnsent;
  }

  get hasLost(): boolean {
    return this.#lostCount > 0;
  }

  write(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#chunks.push(chunk);
      this.#chunkBytes += chunk.length;
    }
  }

  /** Cuts packets while less than `capacity` is held. */
  cut(capacity: number, datagramLength: number): void {
    while (this.#chunkBytes > 0 && this.heldBytes < capacity) {
      let packet = this.#unsent[this.#unsent.length - 1];
      if (
        !this.hasUnsent ||
        packet === undefined ||
        packet.isFin ||
        packet.length >= mostOf(packet, datagramLength)
      ) {
        packet = this.#pool.take(datagramLength);
        this.#unsent.push(packet);
      }
      const before = packet.length;
      this.#fill(packet, datagramLength);
      this.heldBytes += packet.length - before;
    }
  }

  /** Nothing is written any more: what is in no packet is forgotten, and the last packet says that it is the last. */
  end(): void {
    this.#chunks = [];
    this.#chunkBytes = 0;
    const fin = this.#pool.take(HEADER);
    fin.isFin = true;
    this.#unsent.push(fin);
  }

  /** The next packet that is to be sent again. */
  nextLost(): OutPacket | undefined {
    if (this.#lostCount === 0) return undefined;
    const mask = this.#sent.length - 1;
    for (; this.#firstLost !== this.sequence; this.#firstLost = next(this.#firstLost)) {
      const packet = this.#sent[this.#firstLost & mask];
      if (packet !== undefined && packet.sequence === this.#firstLost && !packet.isInFlight) return packet;
    }
    return undefined;
  }

  /** The next packet that was never sent. */
  nextUnsent(): OutPacket | undefined {
    return this.#unsent[this.#firstUnsent];
  }

  /** It leaves now, for the first time or again. */
  leaves(packet: OutPacket, now: number): void {
    if (packet.transmissions === 0) this.#number(packet);
    else this.#lostCount--;
    packet.transmissions++;
    packet.isInFlight = true;
    packet.sentAt = now;
    packet.order = ++this.#lastOrder;
    this.inFlightBytes += packet.payloadLength;
  }

  /** All up to `ack` have arrived, and those of a bitmask of selective acks. What that says is lent until the next call. */
  ackReceived(
    ack: number,
    bytes: Uint8Array,
    sackAt: number,
    sackLength: number,
    now: number,
    minMs: number,
  ): Acked {
    const told = this.#told;
    told.bytes = 0;
    told.roundTripMs = Number.POSITIVE_INFINITY;
    told.probeArrived = false;
    while (distance(this.acked, ack) > 0) {
      this.acked = next(this.acked);
      this.#arrived(this.acked, now, minMs);
    }
    // Bits beyond what was sent mean nothing.
    const most = Math.min(8 * sackLength, distance(ack, this.sequence) - 2);
    for (let i = 0; i < most; i++) {
      if ((bytes[sackAt + (i >>> 3)]! & (1 << (i & 7))) === 0) continue;
      this.#arrived((ack + 2 + i) & SEQUENCES, now, minMs);
    }
    return told;
  }

  /**
   * Finds those that are lost, `threshold` later ones having arrived. 'new': a first loss since the last one was reacted to.
   * Says whether a probe of the path is among them.
   */
  findLost(): { readonly isNew: boolean; readonly hasProbe: boolean } {
    const before = this.#arrivedOrder - REORDERED;
    let isNew = false;
    let hasProbe = false;
    if (before <= 0 || this.inFlightBytes === 0) return NO_LOSS;
    const mask = this.#sent.length - 1;
    for (let sequence = next(this.acked); sequence !== this.sequence; sequence = next(sequence)) {
      const packet = this.#sent[sequence & mask];
      if (packet === undefined || !packet.isInFlight) continue;
      // Nothing that was sent for the first time later than this can be lost.
      if (packet.order > before) {
        if (packet.transmissions === 1) break;
        continue;
      }
      this.#lost(packet);
      // That a probe was too long for the path says nothing about how full it is.
      if (packet.isProbe) hasProbe = true;
      else if (packet.order > this.#recoveryOrder) isNew = true;
    }
    if (isNew) this.#recoveryOrder = this.#lastOrder;
    return isNew || hasProbe ? { isNew, hasProbe } : NO_LOSS;
  }

  /** Three times nothing but the same ack: the packet after it is lost. */
  firstIsLost(): boolean {
    const packet = this.#sent[next(this.acked) & (this.#sent.length - 1)];
    if (packet === undefined || !packet.isInFlight || packet.transmissions > 1) return false;
    this.#lost(packet);
    const isNew = packet.order > this.#recoveryOrder;
    if (isNew) this.#recoveryOrder = this.#lastOrder;
    return isNew;
  }

  /** All that is on its way counts as lost; says whether that was more than a probe of the path. */
  allLost(): { readonly hasProbe: boolean; readonly hasOthers: boolean } {
    let hasProbe = false;
    let hasOthers = false;
    const mask = this.#sent.length - 1;
    for (let sequence = next(this.acked); sequence !== this.sequence; sequence = next(sequence)) {
      const packet = this.#sent[sequence & mask];
      if (packet === undefined || !packet.isInFlight) continue;
      if (packet.isProbe) hasProbe = true;
      else hasOthers = true;
      this.#lost(packet);
    }
    this.#recoveryOrder = this.#lastOrder;
    return { hasProbe, hasOthers };
  }

  /** Forgets everything. */
  clear(): void {
    for (let i = 0; i < this.#sent.length; i++) this.#sent[i] = undefined;
    this.#unsent.length = 0;
    this.#firstUnsent = 0;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.acked = (this.sequence - 1) & SEQUENCES;
    this.inFlightBytes = 0;
    this.heldBytes = 0;
    this.#lostCount = 0;
  }

  #fill(packet: OutPacket, datagramLength: number): void {
    const { bytes } = packet;
    const most = mostOf(packet, datagramLength);
    while (packet.length < most && this.#chunkBytes > 0) {
      const chunk = this.#chunks[this.#firstChunk]!;
      const length = Math.min(most - packet.length, chunk.length - this.#chunkAt);
      const isWhole = length === chunk.length;
      bytes.set(isWhole ? chunk : chunk.subarray(this.#chunkAt, this.#chunkAt + length), packet.length);
      packet.length += length;
      this.#chunkAt += length;
      this.#chunkBytes -= length;
      if (this.#chunkAt < chunk.length) continue;
      this.#chunkAt = 0;
      this.#firstChunk++;
      if (this.#firstChunk === this.#chunks.length) {
        this.#chunks = [];
        this.#firstChunk = 0;
      }
    }
  }

  #number(packet: OutPacket): void {
    this.#unsent[this.#firstUnsent++] = packet;
    if (this.#firstUnsent === this.#unsent.length) {
      this.#unsent.length = 0;
      this.#firstUnsent = 0;
    } else if (this.#firstUnsent >= 64 && 2 * this.#firstUnsent > this.#unsent.length) {
      this.#unsent.splice(0, this.#firstUnsent);
      this.#firstUnsent = 0;
    }
    packet.sequence = this.sequence;
    writeHeader(packet.bytes, packet.isFin ? FIN : DATA, this.#connectionId, packet.sequence);
    while (this.sentCount >= this.#sent.length) this.#grow();
    this.#sent[packet.sequence & (this.#sent.length - 1)] = packet;
    this.sequence = next(this.sequence);
  }

  #arrived(sequence: number, now: number, minMs: number): void {
    const place = sequence & (this.#sent.length - 1);
    const packet = this.#sent[place];
    if (packet === undefined || packet.sequence !== sequence) return;
    this.#sent[place] = undefined;
    const told = this.#told;
    const sinceMs = now - packet.sentAt;
    if (packet.isInFlight) this.inFlightBytes -= packet.payloadLength;
    else this.#lostCount--;
    told.bytes += packet.payloadLength;
    this.heldBytes -= packet.payloadLength;
    if (packet.isProbe) told.probeArrived = true;
    // The ack of a packet that was sent again may be for the first time.
    const isSure = packet.transmissions === 1 || sinceMs >= 0.9 * minMs;
    if (packet.transmissions === 1 && sinceMs < told.roundTripMs) told.roundTripMs = sinceMs;
    if (isSure && packet.order > this.#arrivedOrder) this.#arrivedOrder = packet.order;
    this.#pool.give(packet);
  }

  #lost(packet: OutPacket): void {
    packet.isInFlight = false;
    this.inFlightBytes -= packet.payloadLength;
    if (this.#lostCount++ === 0 || distance(packet.sequence, this.#firstLost) > 0)
      this.#firstLost = packet.sequence;
  }

  #grow(): void {
    const before = this.#sent;
    const after: (OutPacket | undefined)[] = new Array(before.length * 2).fill(undefined);
    for (const packet of before)
      if (packet !== undefined) after[packet.sequence & (after.length - 1)] = packet;
    this.#sent = after;
  }
}

/** Datagrams may have become longer since it was begun. */
function mostOf({ bytes }: OutPacket, datagramLength: number): number {
  return Math.min(bytes.length, datagramLength);
}

const NO_LOSS = { isNew: false, hasProbe: false };
// BEP 29, "packet loss": "3 or more packets have been acked past it".
const REORDERED = 3;
