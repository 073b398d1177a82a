// The handshakes of one new connection, until a torrent takes it over. A dialled peer is greeted first; one that dialled
// us is asked which torrent it means, and greeted with the same hash. BEP 52, "Upgrade Path": who greets with v1's hash of a
// hybrid says by a bit that it knows v2 as well, and who answers with v2's hash makes it a v2 connection.

import { equalBytes } from '../core/bytes/bytes.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { PeerFacts } from '../core/engine/output.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { encodeHandshake, type Handshake, HandshakeReader } from '../core/wire/handshake.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';

export interface Greeted {
  readonly stream: Stream;
  readonly theirs: Handshake;
  /** By v2's hash: with BEP 52's messages. */
  readonly isV2: boolean;
  /** Bytes that came right behind the handshake; lent for the call. */
  readonly rest: Uint8Array;
}

/** A torrent of ours, as its connections need it. */
export interface GreetedTorrent {
  readonly peerId: Uint8Array;
  /** The 20 bytes of v2's hash that go on the wire; undefined for v1, or where they are not known. */
  readonly infoHashV2: Uint8Array | undefined;
}

export interface GreetingOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** By one of its hashes on the wire; undefined where we have no such torrent. */
  readonly torrentOf: (infoHash: Uint8Array) => GreetedTorrent | undefined;
}

export type GreetingDone = (result: Greeted | Error) => void;

/** What the engine is told of a greeted connection. */
export function peerFacts(address: Address, isIncoming: boolean, { theirs, isV2 }: Greeted): PeerFacts {
  const { peerId, fast, extended } = theirs;
  return { address, isIncoming, peerId, fast, extended, v2: isV2 };
}

/** Greets a peer that we dialled, for the torrent that we dialled it for. */
export function greetDialled(
  stream: Stream,
  infoHash: Uint8Array,
  options: GreetingOptions,
  done: GreetingDone,
): void {
  const torrent = options.torrentOf(infoHash);
  if (torrent === undefined) {
    stream.close();
    done(unknownTorrent());
    return;
  }
  const { peerId, infoHashV2 } = torrent;
  const isV2 = isHash(infoHash, infoHashV2);
  const canUpgrade = infoHashV2 !== undefined && !isV2;
  readHandshake(stream, options, done, theirs => {
    if (equalBytes(theirs.infoHash, infoHash)) return { isV2 };
    return canUpgrade && isHash(theirs.infoHash, infoHashV2) ? { isV2: true } : undefined;
  });
  stream.write([ourHandshake(infoHash, peerId, canUpgrade)]);
}

/** Answers a peer that dialled us. */
export function greetAccepted(stream: Stream, options: GreetingOptions, done: GreetingDone): void {
  readHandshake(stream, options, done, theirs => {
    const torrent = options.torrentOf(theirs.infoHash);
    if (torrent === undefined) return undefined;
    const { peerId, infoHashV2 } = torrent;
    const isV2 = infoHashV2 !== undefined && (theirs.v2 || isHash(theirs.infoHash, infoHashV2));
    stream.write([
      ourHandshake(isV2 ? infoHashV2 : theirs.infoHash, peerId, infoHashV2 !== undefined && !isV2),
    ]);
    return { isV2 };
  });
}

function readHandshake(
  stream: Stream,
  options: GreetingOptions,
  done: GreetingDone,
  welcome: (theirs: Handshake) => { readonly isV2: boolean } | undefined,
): void {
  const reader = new HandshakeReader();
  let hasSettled = false;
  const settle = (result: Greeted | Error) => {
    if (hasSettled) return;
    hasSettled = true;
    cancelTimeout();
    stream.onBytes = ignore;
    stream.onClosed = ignore;
    if (result instanceof Error) stream.close();
    done(result);
  };
  const cancelTimeout = options.clock.after(options.timeoutMs, () =>
    settle(new SwarmlineError('HANDSHAKE_TIMEOUT', 'The peer did not send its handshake in time.')),
  );
  stream.onClosed = fault =>
    settle(fault ?? new SwarmlineError('PEER_LEFT', 'The peer ended the connection.'));
  stream.onBytes = bytes => {
    try {
      const read = reader.push(bytes);
      if (read === undefined) return;
      const { handshake: theirs, rest } = read;
      const welcomed = welcome(theirs);
      settle(welcomed === undefined ? unknownTorrent() : { stream, theirs, rest, ...welcomed });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      settle(error);
    }
  };
}

function ourHandshake(infoHash: Uint8Array, peerId: Uint8Array, v2: boolean): Uint8Array {
  return encodeHandshake({ infoHash, peerId, extended: true, fast: true, dht: false, v2 });
}

function isHash(infoHash: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && equalBytes(infoHash, other);
}

function unknownTorrent(): ProtocolError {
  return new ProtocolError('TORRENT_UNKNOWN', 'The peer wants a torrent that is not here.');
}

const ignore = () => {};
