// Message Stream Encryption, the handshake of both ends, as a value: bytes in, bytes out. It hides from those between
// that a connection is BitTorrent's; whoever knows the info hash can read along, so it keeps no secrets. No BEP has it:
// the text is Vuze's ("Message Stream Encryption", version 1.0), which is quoted by the names it gives.
//
//   A dials                                               B answers
//   Ya, PadA                                         ->
//                                                    <-   Yb, PadB
//   HASH('req1', S), HASH('req2', SKEY) ^ HASH('req3', S),
//   RC4(VC, crypto_provide, len(PadC), PadC, len(IA), IA) ->
//                                                    <-   RC4(VC, crypto_select, len(PadD), PadD)
//   payload                                         <->   payload
//
// Each end is one function that reads as the text does: it yields how many bytes it needs next. What is held is never
// more than that, 512 bytes at the most.

import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import {
  cipherOf,
  KEY_LENGTH,
  publicKeyOf,
  SECRET_LENGTH,
  sharedSecretOf,
  startMark,
  torrentMark,
  torrentMask,
} from './mse-keys.ts';
import type { Rc4 } from './rc4.ts';

/** What the payload goes by: `rc4`, or as it is behind a handshake that is hidden. */
export type MseMethod = 'rc4' | 'plaintext';

export interface MseDialOptions {
  readonly infoHash: Uint8Array;
  /** Those that the other end may choose from. */
  readonly methods: readonly MseMethod[];
  /** IA: the payload begins with it; up to 65,535 bytes. */
  readonly initialPayload: Uint8Array;
  /** For the secret: not to be guessed. */
  readonly random: Random;
}

export interface MseAnswerOptions {
  /** Those that we take, the better first. */
  readonly methods: readonly MseMethod[];
  /** The info hash that a torrent is named for by `torrentMark`; undefined where it is not here. */
  readonly infoHashOf: (mark: Uint8Array) => Uint8Array | undefined;
  readonly random: Random;
}

export interface MseResult {
  readonly infoHash: Uint8Array;
  readonly method: MseMethod;
  /** What the next bytes go out by; undefined: as they are. */
  readonly outgoing: Rc4 | undefined;
  readonly incoming: IncomingCipher;
  /** The payload as far as it has come, still as it came: a view of the last chunk. */
  readonly rest: Uint8Array;
}

/** Deciphers the payload as it comes, in place: all of it, or only the initial payload. */
export class IncomingCipher {
  readonly #rc4: Rc4;
  #left: number;

  constructor(rc4: Rc4, length: number) {
    this.#rc4 = rc4;
    this.#left = length;
  }

  /** Nothing more is enciphered. */
  get isOver(): boolean {
    return this.#left === 0;
  }

  decipher(bytes: Uint8Array): void {
    const part = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= part.length;
    this.#rc4.apply(part, part);
  }
}

/** The handshake of one end. What is to be sent is taken after it was made and after each `push`. */
export class MseHandshake {
  readonly #steps: Steps;
  #outgoing: Uint8Array[] = [];
  readonly #held = new Uint8Array(MAX_PAD_LENGTH);
  #heldLength = 0;
  #needed: number;

  private constructor(steps: (send: Send) => Steps) {
    this.#steps = steps(bytes => this.#outgoing.push(bytes));
    this.#needed = this.#steps.next(NOTHING).value as number;
  }

  static dial(options: MseDialOptions): MseHandshake {
    return new MseHandshake(send => dial(options, send));
  }

  static answer(options: MseAnswerOptions): MseHandshake {
    return new MseHandshake(send => answer(options, send));
  }

  /** What is to be sent; empty where there is nothing. */
  take(): Uint8Array {
    const bytes = concatBytes(this.#outgoing);
    this.#outgoing = [];
    return bytes;
  }

  /**
   * Takes a chunk; the answer is there when the payload begins, and nothing is to be pushed after it.
   * @throws ProtocolError `ENCRYPTION_INVALID`, `ENCRYPTION_REFUSED`, `TORRENT_UNKNOWN`
   */
  push(chunk: Uint8Array): MseResult | undefined {
    for (let at = 0; ; ) {
      const taken = Math.min(this.#needed - this.#heldLength, chunk.length - at);
      this.#held.set(chunk.subarray(at, at + taken), this.#heldLength);
      this.#heldLength += taken;
      at += taken;
      if (this.#heldLength < this.#needed) return undefined;
      this.#heldLength = 0;
      const step = this.#steps.next(this.#held.slice(0, this.#needed));
      if (step.done === true) return { ...step.value, rest: chunk.subarray(at) };
      this.#needed = step.value;
    }
  }
}

type Steps = Generator<number, Omit<MseResult, 'rest'>, Uint8Array>;
type Send = (bytes: Uint8Array) => void;

function* dial({ infoHash, methods, initialPayload, random }: MseDialOptions, send: Send): Steps {
  const secret = random.fill(new Uint8Array(SECRET_LENGTH));
  send(publicKeyOf(secret));
  send(padding(random));

  const shared = sharedSecretOf(secret, yield KEY_LENGTH);
  const outgoing = cipherOf('keyA', shared, infoHash);
  const incoming = cipherOf('keyB', shared, infoHash);
  const padC = emptyPadding(random);
  const provided = methods.reduce((bits, method) => bits | METHOD_BIT[method], 0);
  send(startMark(shared));
  send(combined(torrentMark(infoHash), torrentMask(shared)));
  const length = uint16(initialPayload.length);
  send(
    applied(outgoing, concatBytes([VC, uint32(provided), uint16(padC.length), padC, length, initialPayload])),
  );

  // The text has us look for what VC looks like enciphered: eight zeros, so the key stream itself.
  yield* find(applied(incoming, VC));
  const head = applied(incoming, yield 6);
  const selected = readUint32(head, 0);
  const method = methods.find(each => METHOD_BIT[each] === selected);
  if (method === undefined) throw refused();
  applied(incoming, yield checkedPadLength(readUint16(head, 4)));
  const isHidden = method === 'rc4';
  return {
    infoHash,
    method,
    outgoing: isHidden ? outgoing : undefined,
    incoming: new IncomingCipher(incoming, isHidden ? Number.POSITIVE_INFINITY : 0),
  };
}

function* answer({ methods, infoHashOf, random }: MseAnswerOptions, send: Send): Steps {
  const theirKey = yield KEY_LENGTH;
  const secret = random.fill(new Uint8Array(SECRET_LENGTH));
  const shared = sharedSecretOf(secret, theirKey);
  send(publicKeyOf(secret));
  send(padding(random));

  yield* find(startMark(shared));
  const infoHash = infoHashOf(combined(yield MARK_LENGTH, torrentMask(shared)));
  if (infoHash === undefined) {
    throw new ProtocolError('TORRENT_UNKNOWN', 'The peer wants a torrent that is not here.');
  }
  const incoming = cipherOf('keyA', shared, infoHash);
  const outgoing = cipherOf('keyB', shared, infoHash);
  const head = applied(incoming, yield VC.length + 6);
  if (!equalBytes(head.subarray(0, VC.length), VC)) throw invalid();
  const provided = readUint32(head, VC.length);
  const method = methods.find(each => (provided & METHOD_BIT[each]) !== 0);
  if (method === undefined) throw refused();
  applied(incoming, yield checkedPadLength(readUint16(head, VC.length + 4)));
  const initialLength = readUint16(applied(incoming, yield 2), 0);

  const padD = emptyPadding(random);
  send(applied(outgoing, concatBytes([VC, uint32(METHOD_BIT[method]), uint16(padD.length), padD])));
  const isHidden = method === 'rc4';
  return {
    infoHash,
    method,
    outgoing: isHidden ? outgoing : undefined,
    incoming: new IncomingCipher(incoming, isHidden ? Number.POSITIVE_INFINITY : initialLength),
  };
}

/** Skips padding up to the mark, which comes within 512 bytes. */
function* find(mark: Uint8Array): Generator<number, void, Uint8Array> {
  const window = yield mark.length;
  for (let skipped = 0; !equalBytes(window, mark); skipped++) {
    if (skipped === MAX_PAD_LENGTH) throw invalid();
    const next = yield 1;
    window.copyWithin(0, 1);
    window.set(next, window.length - 1);
  }
}

/** PadA, PadB: of any length, so that a length tells nothing. */
function padding(random: Random): Uint8Array {
  return random.fill(emptyPadding(random));
}

/** PadC, PadD: kept for what may come, and enciphered. */
function emptyPadding(random: Random): Uint8Array {
  return new Uint8Array(random.below(MAX_PAD_LENGTH + 1));
}

function checkedPadLength(length: number): number {
  if (length > MAX_PAD_LENGTH) throw invalid();
  return length;
}

function applied(rc4: Rc4, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length);
  rc4.apply(bytes, result);
  return result;
}

function combined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]!);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}

function invalid(): ProtocolError {
  return new ProtocolError('ENCRYPTION_INVALID', 'The peer’s encrypted handshake cannot be read.');
}

function refused(): ProtocolError {
  return new ProtocolError('ENCRYPTION_REFUSED', 'The peer wants an encryption that is not allowed here.');
}

const NOTHING = new Uint8Array(0);
/** The "verification constant". */
const VC = new Uint8Array(8);
const MARK_LENGTH = 20;
const MAX_PAD_LENGTH = 512;
const METHOD_BIT: Readonly<Record<MseMethod, number>> = { plaintext: 0x01, rc4: 0x02 };
