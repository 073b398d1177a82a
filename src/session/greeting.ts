// The handshakes of one new connection, until a torrent takes it over. A dialled peer is greeted first; one that dialled
// us is asked which torrent it means, and greeted with the same hash. Either may begin with an exchange of keys.

import { concatBytes, equalBytes } from '../core/bytes/bytes.ts';
import type { Random } from '../core/bytes/prng.ts';
import { ProtocolError } from '../core/errors.ts';
import {
  beginsAsHandshake,
  encodeHandshake,
  type Handshake,
  HandshakeReader,
} from '../core/wire/handshake.ts';
import { MseHandshake } from '../core/wire/mse.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';
import type { DialWay, EncryptionRules } from './encryption.ts';
import { type GreetingDone, GreetingLink } from './greeting-link.ts';

export interface GreetingOptions {
  readonly clock: Clock;
  /** From the first byte to the last of all handshakes together. */
  readonly timeoutMs: number;
  readonly encryption: EncryptionRules;
  /** For secrets. */
  readonly random: Random;
  /** Our own id for the torrent of this hash; undefined where we have no such torrent. */
  readonly peerIdFor: (infoHash: Uint8Array) => Uint8Array | undefined;
  /** The info hash of ours that an encrypted handshake names by this mark (`torrentMark`). */
  readonly infoHashOf: (mark: Uint8Array) => Uint8Array | undefined;
  /** Whether there is time to answer a key exchange: asked once for each. */
  readonly mayExchangeKeys: () => boolean;
}

/** Greets a peer that we dialled, for the torrent that we dialled it for. */
export function greetDialled(
  stream: Stream,
  infoHash: Uint8Array,
  way: DialWay,
  options: GreetingOptions,
  done: GreetingDone,
): void {
  const link = new GreetingLink(stream, options.clock, options.timeoutMs, done);
  const peerId = options.peerIdFor(infoHash);
  if (peerId === undefined) {
    link.fail(unknownTorrent());
    return;
  }
  const handshake = ourHandshake(infoHash, peerId);
  const readTheirs = () => readHandshake(link, theirs => equalBytes(theirs.infoHash, infoHash));
  if (way === 'plaintext') {
    readTheirs();
    link.write(handshake);
    return;
  }
  const { encryption, random } = options;
  const mse = { infoHash, methods: encryption.offered, initialPayload: handshake, random };
  exchangeKeys(link, MseHandshake.dial(mse), readTheirs);
}

/** Answers a peer that dialled us. */
export function greetAccepted(stream: Stream, options: GreetingOptions, done: GreetingDone): void {
  const link = new GreetingLink(stream, options.clock, options.timeoutMs, done);
  let held: Uint8Array = NOTHING;
  link.read(bytes => {
    const begun = held.length === 0 ? bytes : concatBytes([held, bytes]);
    const isPlaintext = beginsAsHandshake(begun);
    if (isPlaintext === undefined) {
      held = begun.slice();
      return;
    }
    // Where nothing is encrypted, what begins otherwise is not BitTorrent's: its reader says so.
    if (isPlaintext || options.encryption.taken.length === 0) answerPlaintext(link, options);
    else answerEncrypted(link, options);
    link.receive(begun);
  });
}

function answerPlaintext(link: GreetingLink, options: GreetingOptions): void {
  if (!options.encryption.takesPlaintext)
    throw new ProtocolError('ENCRYPTION_REFUSED', 'The peer does not encrypt, which is demanded here.');
  answerHandshake(link, options, () => true);
}

function answerEncrypted(link: GreetingLink, options: GreetingOptions): void {
  const { encryption, random, infoHashOf, mayExchangeKeys } = options;
  if (!mayExchangeKeys())
    throw new ProtocolError('ENCRYPTION_REFUSED', 'More peers than there is time for want to encrypt.');
  const mse = MseHandshake.answer({ methods: encryption.taken, infoHashOf, random });
  exchangeKeys(link, mse, infoHash =>
    answerHandshake(link, options, theirs => equalBytes(theirs.infoHash, infoHash)),
  );
}

function answerHandshake(
  link: GreetingLink,
  { peerIdFor }: GreetingOptions,
  isMeant: (theirs: Handshake) => boolean,
): void {
  readHandshake(link, theirs => {
    const peerId = peerIdFor(theirs.infoHash);
    if (peerId === undefined || !isMeant(theirs)) return false;
    link.write(ourHandshake(theirs.infoHash, peerId));
    return true;
  });
}

function exchangeKeys(link: GreetingLink, mse: MseHandshake, goOn: (infoHash: Uint8Array) => void): void {
  link.read(bytes => {
    const result = mse.push(bytes);
    link.write(mse.take());
    if (result === undefined) return;
    link.encrypt(result, () => goOn(result.infoHash));
  });
  link.write(mse.take());
}

function readHandshake(link: GreetingLink, isWelcome: (theirs: Handshake) => boolean): void {
  const reader = new HandshakeReader();
  link.read(bytes => {
    const read = reader.push(bytes);
    if (read === undefined) return;
    if (isWelcome(read.handshake)) link.succeed(read.handshake, read.rest);
    else link.fail(unknownTorrent());
  });
}

function ourHandshake(infoHash: Uint8Array, peerId: Uint8Array): Uint8Array {
  return encodeHandshake({ infoHash, peerId, extended: true, fast: true, dht: false, v2: false });
}

function unknownTorrent(): ProtocolError {
  return new ProtocolError('TORRENT_UNKNOWN', 'The peer wants a torrent that is not here.');
}

const NOTHING = new Uint8Array(0);
