// Messages into bytes: what is to go to one peer, gathered until it is taken. Small messages share a slab; a block goes
// out as the bytes it came in, a chunk of its own behind its header, so that nothing is copied.

import { HASH_RANGE_LENGTH, type HashRange, writeHashRange } from './hash-range.ts';
import { MESSAGE_ID } from './message.ts';

export class Encoder {
  #chunks: Uint8Array[] = [];
  #slab = new Uint8Array(0);
  /** The part of the slab that is written and not in `#chunks` yet: `#from`…`#to`. */
  #from = 0;
  #to = 0;
  #length = 0;

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#length;
  }

  /** Takes what was gathered, in order. The chunks are the taker's to give away. */
  take(): Uint8Array[] {
    this.#cut();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#length = 0;
    return chunks;
  }

  keepAlive(): void {
    this.#uint32(this.#room(4), 0);
  }

  choke(): void {
    this.#bare(MESSAGE_ID.choke);
  }

  unchoke(): void {
    this.#bare(MESSAGE_ID.unchoke);
  }

  interested(): void {
    this.#bare(MESSAGE_ID.interested);
  }

  notInterested(): void {
    this.#bare(MESSAGE_ID.notInterested);
  }

  haveAll(): void {
    this.#bare(MESSAGE_ID.haveAll);
  }

  haveNone(): void {
    this.#bare(MESSAGE_ID.haveNone);
  }

  have(piece: number): void {
    this.#uint32(this.#head(MESSAGE_ID.have, 4), piece);
  }

  suggest(piece: number): void {
    this.#uint32(this.#head(MESSAGE_ID.suggest, 4), piece);
  }

  allowedFast(piece: number): void {
    this.#uint32(this.#head(MESSAGE_ID.allowedFast, 4), piece);
  }

  bitfield(bytes: Uint8Array): void {
    const at = this.#head(MESSAGE_ID.bitfield, bytes.length);
    this.#slab.set(bytes, at);
  }

  request(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.request, piece, begin, length);
  }

  cancel(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.cancel, piece, begin, length);
  }

  reject(piece: number, begin: number, length: number): void {
    this.#range(MESSAGE_ID.reject, piece, begin, length);
  }

  /** `block` is given away. */
  piece(piece: number, begin: number, block: Uint8Array): void {
    const at = this.#room(13);
    this.#uint32(at, 9 + block.length);
    this.#slab[at + 4] = MESSAGE_ID.piece;
    this.#uint32(at + 5, piece);
    this.#uint32(at + 9, begin);
    this.#cut();
    this.#chunks.push(block);
    this.#length += block.length;
  }

  port(port: number): void {
    const at = this.#head(MESSAGE_ID.port, 2);
    this.#slab[at] = port >>> 8;
    this.#slab[at + 1] = port & 0xff;
  }

  /** BEP 10: `id` is the one that the peer gave the extension; 0 for the extension handshake. */
  extended(id: number, payload: Uint8Array): void {
    const at = this.#head(MESSAGE_ID.extended, 1 + payload.length);
    this.#slab[at] = id;
    this.#slab.set(payload, at + 1);
  }

  hashRequest(range: HashRange): void {
    this.#hashRange(MESSAGE_ID.hashRequest, range, NO_HASHES);
  }

  hashReject(range: HashRange): void {
    this.#hashRange(MESSAGE_ID.hashReject, range, NO_HASHES);
  }

  /** BEP 52: `hashes` are those of the range, then the uncles. */
  hashes(range: HashRange, hashes: Uint8Array): void {
    this.#hashRange(MESSAGE_ID.hashes, range, hashes);
  }

  #bare(id: number): void {
    this.#head(id, 0);
  }

  #range(id: number, piece: number, begin: number, length: number): void {
    const at = this.#head(id, 12);
    this.#uint32(at, piece);
    this.#uint32(at + 4, begin);
    this.#uint32(at + 8, length);
  }

  #hashRange(id: number, range: HashRange, hashes: Uint8Array): void {
    const at = this.#head(id, HASH_RANGE_LENGTH + hashes.length);
    writeHashRange(range, this.#slab, at);
    this.#slab.set(hashes, at + HASH_RANGE_LENGTH);
  }

  /** Writes length and kind; gives where the payload goes. */
  #head(id: number, payloadLength: number): number {
    const at = this.#room(5 + payloadLength);
    this.#uint32(at, 1 + payloadLength);
    this.#slab[at + 4] = id;
    return at + 5;
  }

  #room(length: number): number {
    if (this.#to + length > this.#slab.length) {
      this.#cut();
      this.#slab = new Uint8Array(Math.max(length, SLAB_LENGTH));
      this.#from = 0;
      this.#to = 0;
    }
    const at = this.#to;
    this.#to += length;
    this.#length += length;
    return at;
  }

  #cut(): void {
    if (this.#to > this.#from) this.#chunks.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #uint32(at: number, value: number): void {
    const slab = this.#slab;
    slab[at] = value >>> 24;
    slab[at + 1] = value >>> 16;
    slab[at + 2] = value >>> 8;
    slab[at + 3] = value;
  }
}

const NO_HASHES = new Uint8Array(0);
// Some 240 requests, or the headers of 315 blocks.
const SLAB_LENGTH = 4096;
