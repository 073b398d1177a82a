// The handshakes of one new connection, until a torrent takes it over. A dialled peer is greeted first; one that dialled
// us is asked which torrent it means, and greeted with the same hash.

import { equalBytes } from '../core/bytes/bytes.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { encodeHandshake, type Handshake, HandshakeReader } from '../core/wire/handshake.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';

export interface Greeted {
  readonly stream: Stream;
  readonly theirs: Handshake;
  /** Bytes that came right behind the handshake; lent for the call. */
  readonly rest: Uint8Array;
}

export interface GreetingOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Our own id for the torrent of this hash; undefined where we have no such torrent. */
  readonly peerIdFor: (infoHash: Uint8Array) => Uint8Array | undefined;
}

export type GreetingDone = (result: Greeted | Error) => void;

/** Greets a peer that we dialled, for the torrent that we dialled it for. */
export function greetDialled(
  stream: Stream,
  infoHash: Uint8Array,
  options: GreetingOptions,
  done: GreetingDone,
): void {
  const peerId = options.peerIdFor(infoHash);
  if (peerId === undefined) {
    stream.close();
    done(unknownTorrent());
    return;
  }
  readHandshake(stream, options, done, theirs => equalBytes(theirs.infoHash, infoHash));
  stream.write([ourHandshake(infoHash, peerId)]);
}

/** Answers a peer that dialled us. */
export function greetAccepted(stream: Stream, options: GreetingOptions, done: GreetingDone): void {
  readHandshake(stream, options, done, theirs => {
    const peerId = options.peerIdFor(theirs.infoHash);
    if (peerId === undefined) return false;
    stream.write([ourHandshake(theirs.infoHash, peerId)]);
    return true;
  });
}

function readHandshake(
  stream: Stream,
  options: GreetingOptions,
  done: GreetingDone,
  isWelcome: (theirs: Handshake) => boolean,
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
      settle(
        isWelcome(read.handshake) ? { stream, theirs: read.handshake, rest: read.rest } : unknownTorrent(),
      );
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      settle(error);
    }
  };
}

function ourHandshake(infoHash: Uint8Array, peerId: Uint8Array): Uint8Array {
  return encodeHandshake({ infoHash, peerId, extended: true, fast: true, dht: false, v2: false });
}

function unknownTorrent(): ProtocolError {
  return new ProtocolError('TORRENT_UNKNOWN', 'The peer wants a torrent that is not here.');
}

const ignore = () => {};
