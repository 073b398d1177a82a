// Bytes into messages. Fed chunks of any size, and never joins them into a longer stream: a message that lies whole
// within its chunk is read in place, and its bytes are views of the chunk. One that straddles chunks is assembled once
// in a buffer that another decoder may have next. (Handing out a straddling block in parts would spare that copy, about
// one block in four with 64 KiB reads, but lets half a block into a piece when a peer leaves, and two peers into one block
// in end game.)
//
// Call `push`, then `next` until it says undefined, then `push` again. What a message holds is lent until the next call.

import { ProtocolError } from '../errors.ts';
import { HASH_LENGTH, HASH_RANGE_LENGTH, MAX_HASHES, readHashes, readHashRange } from './hash-range.ts';
import { MAX_BLOCK_LENGTH, MESSAGE_ID, type Message, type SimpleMessage } from './message.ts';

export class Decoder {
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** The longest bitfield: what a torrent may have until it is known what this one has. */
  #maxBitfieldLength = MAX_BITFIELD_LENGTH;
  /** The beginning of a message that straddles chunks: `#held` bytes of it. */
  #partial: Uint8Array = EMPTY;
  #held = 0;

  /** Takes a chunk, lent until `next` has said undefined. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The torrent has so many pieces: no bitfield is longer. */
  piecesKnown(pieceCount: number): void {
    this.#maxBitfieldLength = Math.max(MAX_SHORT_LENGTH, 1 + Math.ceil(pieceCount / 8));
  }

  /**
   * The next whole message; undefined where the chunk has no more.
   * @throws ProtocolError `MESSAGE_TOO_LONG`, `MESSAGE_INVALID`; the decoder is of no use after that
   */
  next(): Message | undefined {
    if (this.#held > 0) return this.#nextAssembled();
    this.#giveBufferBack();
    const chunk = this.#chunk;
    const at = this.#at;
    const rest = chunk.length - at;
    if (rest >= 4) {
      const length = checkedLength(chunk, at, rest, this.#maxBitfieldLength);
      if (rest >= 4 + length) {
        this.#at = at + 4 + length;
        return parse(chunk, at + 4, length);
      }
    }
    this.#keep(rest, FIRST_BUFFER_LENGTH);
    return undefined;
  }

  /** Fills up the message in `#partial`, as far as the chunk goes: its first five bytes, then the rest. */
  #nextAssembled(): Message | undefined {
    if (this.#held < 5)
      this.#keep(Math.min(5 - this.#held, this.#chunk.length - this.#at), FIRST_BUFFER_LENGTH);
    if (this.#held < 4) return undefined;
    const length = checkedLength(this.#partial, 0, this.#held, this.#maxBitfieldLength);
    // A keep-alive is four bytes long: a fifth that came along belongs to the next message.
    if (length === 0) {
      this.#at -= this.#held - 4;
      this.#held = 0;
      return KEEP_ALIVE;
    }
    const missing = 4 + length - this.#held;
    this.#keep(Math.min(missing, this.#chunk.length - this.#at), 4 + length);
    if (this.#held < 4 + length) return undefined;
    this.#held = 0;
    return parse(this.#partial, 4, length);
  }

  /** The message that was assembled in it is no longer lent: another decoder may have the buffer. */
  #giveBufferBack(): void {
    const buffer = this.#partial;
    if (buffer === EMPTY) return;
    this.#partial = EMPTY;
    if (buffer.length === FIRST_BUFFER_LENGTH && spares.length < MAX_SPARES) spares.push(buffer);
  }

  /** Holds so many more bytes. The buffer grows as bytes come, not as a peer claims, and not past `whole`. */
  #keep(count: number, whole: number): void {
    if (count === 0) return;
    const needed = this.#held + count;
    if (needed > this.#partial.length) {
      this.#partial = this.#larger(needed, whole);
    }
    this.#partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#held);
    this.#held = needed;
    this.#at += count;
  }

  #larger(needed: number, whole: number): Uint8Array {
    if (this.#held === 0 && needed <= FIRST_BUFFER_LENGTH)
      return spares.pop() ?? new Uint8Array(FIRST_BUFFER_LENGTH);
    const ample = this.#held === 0 ? FIRST_BUFFER_LENGTH : 2 * this.#partial.length;
    const larger = new Uint8Array(Math.max(needed, Math.min(ample, whole)));
    larger.set(this.#partial.subarray(0, this.#held));
    return larger;
  }
}

/** The length of the message that begins at `at`, with as much of it checked as is there. */
function checkedLength(bytes: Uint8Array, at: number, available: number, maxBitfieldLength: number): number {
  const length = readUint32(bytes, at);
  if (length > MAX_BITFIELD_LENGTH) throw tooLong(length);
  if (available > 4 && length > 0 && length > maxLength(bytes[at + 4]!, maxBitfieldLength))
    throw tooLong(length);
  return length;
}

function maxLength(id: number, maxBitfieldLength: number): number {
  if (id === MESSAGE_ID.piece) return 9 + MAX_BLOCK_LENGTH;
  if (id === MESSAGE_ID.bitfield) return maxBitfieldLength;
  if (id === MESSAGE_ID.extended) return MAX_EXTENDED_LENGTH;
  if (id === MESSAGE_ID.hashes) return MAX_HASHES_LENGTH;
  if (id === MESSAGE_ID.hashRequest || id === MESSAGE_ID.hashReject) return MAX_SHORT_LENGTH;
  return id > MESSAGE_ID.extended ? MAX_EXTENDED_LENGTH : MAX_SHORT_LENGTH;
}

function parse(bytes: Uint8Array, at: number, length: number): Message {
  if (length === 0) return KEEP_ALIVE;
  const id = bytes[at]!;
  switch (id) {
    case MESSAGE_ID.piece:
      if (length < 10) throw invalid(id, length);
      return {
        type: 'piece',
        piece: readUint32(bytes, at + 1),
        begin: readUint32(bytes, at + 5),
        block: bytes.subarray(at + 9, at + length),
      };
    case MESSAGE_ID.request:
      return range('request', bytes, at, length);
    case MESSAGE_ID.cancel:
      return range('cancel', bytes, at, length);
    case MESSAGE_ID.reject:
      return range('reject', bytes, at, length);
    case MESSAGE_ID.have:
      return named('have', bytes, at, length);
    case MESSAGE_ID.suggest:
      return named('suggest', bytes, at, length);
    case MESSAGE_ID.allowedFast:
      return named('allowed-fast', bytes, at, length);
    case MESSAGE_ID.bitfield:
      return { type: 'bitfield', bytes: bytes.subarray(at + 1, at + length) };
    case MESSAGE_ID.port:
      if (length !== 3) throw invalid(id, length);
      return { type: 'port', port: (bytes[at + 1]! << 8) | bytes[at + 2]! };
    case MESSAGE_ID.extended:
      if (length < 2) throw invalid(id, length);
      return { type: 'extended', id: bytes[at + 1]!, payload: bytes.subarray(at + 2, at + length) };
    case MESSAGE_ID.hashRequest:
      return hashRange('hash-request', bytes, at, length);
    case MESSAGE_ID.hashReject:
      return hashRange('hash-reject', bytes, at, length);
    case MESSAGE_ID.hashes: {
      if (length <= 1 + HASH_RANGE_LENGTH) throw invalid(id, length);
      const {
        piecesRoot,
        baseLayer,
        index,
        length: count,
        proofLayers,
      } = readHashes(bytes, at + 1, length - 1);
      const hashes = bytes.subarray(at + 1 + HASH_RANGE_LENGTH, at + length);
      return { type: 'hashes', piecesRoot, baseLayer, index, length: count, proofLayers, hashes };
    }
    default: {
      const simple = SIMPLE[id];
      if (simple === undefined) return { type: 'unknown', id, length };
      if (length !== 1) throw invalid(id, length);
      return simple;
    }
  }
}

function range(
  type: 'request' | 'cancel' | 'reject',
  bytes: Uint8Array,
  at: number,
  length: number,
): Message {
  if (length !== 13) throw invalid(bytes[at]!, length);
  return {
    type,
    piece: readUint32(bytes, at + 1),
    begin: readUint32(bytes, at + 5),
    length: readUint32(bytes, at + 9),
  };
}

function hashRange(
  type: 'hash-request' | 'hash-reject',
  bytes: Uint8Array,
  at: number,
  length: number,
): Message {
  if (length !== 1 + HASH_RANGE_LENGTH) throw invalid(bytes[at]!, length);
  return { type, ...readHashRange(bytes, at + 1) };
}

function named(
  type: 'have' | 'suggest' | 'allowed-fast',
  bytes: Uint8Array,
  at: number,
  length: number,
): Message {
  if (length !== 5) throw invalid(bytes[at]!, length);
  return { type, piece: readUint32(bytes, at + 1) };
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function tooLong(length: number): ProtocolError {
  return new ProtocolError(
    'MESSAGE_TOO_LONG',
    `The peer announces a message of ${length} bytes, longer than any may be.`,
  );
}

function invalid(id: number, length: number): ProtocolError {
  return new ProtocolError(
    'MESSAGE_INVALID',
    `The peer sent a message of kind ${id} with a length of ${length}.`,
  );
}

const EMPTY = new Uint8Array(0);
const KEEP_ALIVE: SimpleMessage = { type: 'keep-alive' };
const SIMPLE: readonly (SimpleMessage | undefined)[] = (() => {
  const table: (SimpleMessage | undefined)[] = new Array(256).fill(undefined);
  table[MESSAGE_ID.choke] = { type: 'choke' };
  table[MESSAGE_ID.unchoke] = { type: 'unchoke' };
  table[MESSAGE_ID.interested] = { type: 'interested' };
  table[MESSAGE_ID.notInterested] = { type: 'not-interested' };
  table[MESSAGE_ID.haveAll] = { type: 'have-all' };
  table[MESSAGE_ID.haveNone] = { type: 'have-none' };
  return table;
})();

// 2,097,152 pieces, as many as the parser takes. No message is longer.
const MAX_BITFIELD_LENGTH = 262_145;
// Eight times what the longest that is of use has, a piece of metadata. libtorrent takes 1 MiB; four hundred peers that
// send one byte less than that would fill 400 MiB.
const MAX_EXTENDED_LENGTH = 131_072;
// No other kind is longer than 13 bytes; unknown ones are skipped up to here.
const MAX_SHORT_LENGTH = 1024;
// What we ask for, with as many uncles as any tree has.
const MAX_HASHES_LENGTH = 1 + HASH_RANGE_LENGTH + HASH_LENGTH * (MAX_HASHES + 65);
// One block with its header.
const FIRST_BUFFER_LENGTH = 16_397;
// Of all decoders together: messages that straddle chunks are few at any one moment, however many connections there are.
const MAX_SPARES = 64;
const spares: Uint8Array[] = [];
