// A connection while it is greeted: one reader of its bytes at a time, one time limit for everything, one end. A reader
// that throws ProtocolError ends the connection.

import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import type { Handshake } from '../core/wire/handshake.ts';
import type { MseResult } from '../core/wire/mse.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';
import { CipheredStream } from './ciphered-stream.ts';

export interface Greeted {
  /** The stream to use from here on: not always the one that was greeted. */
  readonly stream: Stream;
  readonly theirs: Handshake;
  /** By v2's hash: with BEP 52's messages. */
  readonly isV2: boolean;
  /** The payload is enciphered. */
  readonly isEncrypted: boolean;
  /** Bytes that came right behind the handshake; lent for the call. */
  readonly rest: Uint8Array;
}

export type GreetingDone = (result: Greeted | Error) => void;

export class GreetingLink {
  #stream: Stream;
  #isEncrypted = false;
  #reader: (bytes: Uint8Array) => void = ignore;
  #done: GreetingDone | undefined;
  readonly #cancelTimeout: () => void;

  constructor(stream: Stream, clock: Clock, timeoutMs: number, done: GreetingDone) {
    this.#stream = stream;
    this.#done = done;
    this.#cancelTimeout = clock.after(timeoutMs, () =>
      this.fail(new SwarmlineError('HANDSHAKE_TIMEOUT', 'The peer did not send its handshake in time.')),
    );
    this.#listen();
  }

  write(bytes: Uint8Array): void {
    if (this.#done !== undefined && bytes.length > 0) this.#stream.write([bytes]);
  }

  /** Who takes the bytes from here on; they are lent for the call. */
  read(reader: (bytes: Uint8Array) => void): void {
    this.#reader = reader;
  }

  /** Bytes that the last reader left. */
  receive(bytes: Uint8Array): void {
    if (this.#done === undefined || bytes.length === 0) return;
    try {
      this.#reader(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error);
    }
  }

  /** Keys are exchanged: from here on everything goes through their ciphers. `goOn` says who reads what came along. */
  encrypt({ method, incoming, outgoing, rest }: MseResult, goOn: () => void): void {
    const stream = new CipheredStream(this.#stream, incoming, outgoing);
    this.#stream = stream;
    this.#isEncrypted = method === 'rc4';
    this.#listen();
    goOn();
    if (rest.length > 0) stream.receive(rest);
  }

  succeed(theirs: Handshake, isV2: boolean, rest: Uint8Array): void {
    const stream = this.#stream instanceof CipheredStream ? this.#stream.bare : this.#stream;
    this.#settle({ stream, theirs, isV2, isEncrypted: this.#isEncrypted, rest });
  }

  fail(fault: Error): void {
    const stream = this.#stream;
    if (this.#settle(fault)) stream.close();
  }

  #listen(): void {
    this.#stream.onBytes = bytes => this.receive(bytes);
    this.#stream.onClosed = fault =>
      this.fail(fault ?? new SwarmlineError('PEER_LEFT', 'The peer ended the connection.'));
  }

  #settle(result: Greeted | Error): boolean {
    const done = this.#done;
    if (done === undefined) return false;
    this.#done = undefined;
    this.#cancelTimeout();
    this.#stream.onBytes = ignore;
    this.#stream.onClosed = ignore;
    done(result);
    return true;
  }
}

const ignore = () => {};
