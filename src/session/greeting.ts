// The handshakes of one new connection, until a torrent takes it over. A dialled peer is greeted first; one that dialled
// us is asked which torrent it means, and greeted with the same hash. Either may begin with an exchange of keys. BEP 52,
// "Upgrade Path": who greets with v1's hash of a hybrid says by a bit that it knows v2 as well, and who answers with v2's
// hash makes it a v2 connection.

import { concatBytes, equalBytes } from '../core/bytes/bytes.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import type { PeerFacts } from '../core/engine/output.ts';
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
import { type Greeted, type GreetingDone, GreetingLink } from './greeting-link.ts';

/** A torrent of ours, as its connections need it. */
export interface GreetedTorrent {
  readonly peerId: Uint8Array;
  /** The 20 bytes of v2's hash that go on the wire; undefined for v1, or where they are not known. */
  readonly infoHashV2: Uint8Array | undefined;
  /** Peers of it are told that we have a DHT node. BEP 5 */
  readonly dht: boolean;
}

export interface GreetingOptions {
  readonly clock: Clock;
  /** From the first byte to the last of all handshakes together. */
  readonly timeoutMs: number;
  readonly encryption: EncryptionRules;
  /** For secrets. */
  readonly random: Random;
  /** By one of its hashes on the wire; undefined where we have no such torrent. */
  readonly torrentOf: (infoHash: Uint8Array) => GreetedTorrent | undefined;
  /** The info hash of ours that an encrypted handshake names by this mark (`torrentMark`). */
  readonly infoHashOf: (mark: Uint8Array) => Uint8Array | undefined;
  /** Whether there is time to answer a key exchange: asked once for each. */
  readonly mayExchangeKeys: () => boolean;
}

/** What the engine is told of a greeted connection. */
export function peerFacts(address: Address, isIncoming: boolean, greeted: Greeted): PeerFacts {
  const { stream, theirs, isV2, isEncrypted } = greeted;
  const { peerId, fast, extended, dht } = theirs;
  const { transport = 'tcp' } = stream;
  return { address, isIncoming, peerId, fast, extended, dht, v2: isV2, isEncrypted, transport };
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
  const torrent = options.torrentOf(infoHash);
  if (torrent === undefined) {
    link.fail(unknownTorrent());
    return;
  }
  const { infoHashV2 } = torrent;
  const isV2 = isHash(infoHash, infoHashV2);
  const canUpgrade = infoHashV2 !== undefined && !isV2;
  const handshake = ourHandshake(infoHash, torrent, canUpgrade);
  const readTheirs = () =>
    readHandshake(link, theirs => {
      if (equalBytes(theirs.infoHash, infoHash)) return { isV2 };
      return canUpgrade && isHash(theirs.infoHash, infoHashV2) ? { isV2: true } : undefined;
    });
  if (way === 'plaintext') {
    readTheirs();
    link.write(handshake);
    return;
  }
  const { encryption, random } = options;
  const mse = { infoHash, methods: encryption.offered, initialPayload: handshake, random };
  exchangeKeys(link, MseHandshake.dial(mse), readTheirs);
}

/** Answers a peer that dialled us. Returns a function that gives up. */
export function greetAccepted(
  stream: Stream,
  options: GreetingOptions,
  done: GreetingDone,
): (reason: Error) => void {
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
  return reason => link.fail(reason);
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
  { torrentOf }: GreetingOptions,
  isMeant: (theirs: Handshake) => boolean,
): void {
  readHandshake(link, theirs => {
    const torrent = torrentOf(theirs.infoHash);
    if (torrent === undefined || !isMeant(theirs)) return undefined;
    const { infoHashV2 } = torrent;
    const isV2 = infoHashV2 !== undefined && (theirs.v2 || isHash(theirs.infoHash, infoHashV2));
    const canUpgrade = infoHashV2 !== undefined && !isV2;
    link.write(ourHandshake(isV2 ? infoHashV2 : theirs.infoHash, torrent, canUpgrade));
    return { isV2 };
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

function readHandshake(
  link: GreetingLink,
  welcome: (theirs: Handshake) => { readonly isV2: boolean } | undefined,
): void {
  const reader = new HandshakeReader();
  link.read(bytes => {
    const read = reader.push(bytes);
    if (read === undefined) return;
    const welcomed = welcome(read.handshake);
    if (welcomed === undefined) link.fail(unknownTorrent());
    else link.succeed(read.handshake, welcomed.isV2, read.rest);
  });
}

function ourHandshake(infoHash: Uint8Array, { peerId, dht }: GreetedTorrent, v2: boolean): Uint8Array {
  return encodeHandshake({ infoHash, peerId, extended: true, fast: true, dht, v2 });
}

function isHash(infoHash: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && equalBytes(infoHash, other);
}

function unknownTorrent(): ProtocolError {
  return new ProtocolError('TORRENT_UNKNOWN', 'The peer wants a torrent that is not here.');
}

const NOTHING = new Uint8Array(0);
