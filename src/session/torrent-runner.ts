// Runs one Torrent: the one door through which facts go in, and the place where its outputs are carried out. One fact,
// then all outputs, then the next fact; the disk and the streams answer later, through the same door.

import type { Address } from '../core/bytes/compact-address.ts';
import { LazyMap } from '../core/bytes/lazy-map.ts';
import type { Output, PeerFacts, TorrentEvent } from '../core/engine/output.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { DiskTorrent, PieceVerdict } from '../host/disk.ts';
import type { Stream } from '../host/stream.ts';

/** What it runs the torrent for. */
export interface RunnerDeps {
  readonly clock: Clock;
  /** Dials for the torrent; tells `peerConnected` or `connectFailed` of this runner. */
  dial(address: Address, isV2: boolean): void;
  onEvent(event: TorrentEvent): void;
  /** The disk has failed: the torrent is to stop. */
  onDiskFault(fault: SwarmlineError): void;
  /** A connection is the torrent's, or was. */
  onConnection(address: Address, isOpen: boolean): void;
  /** Takes back bytes that were read and are sent. */
  release(bytes: Uint8Array): void;
}

interface Connection {
  readonly stream: Stream;
  readonly address: Address;
  /** No rate limit is for it. */
  readonly isUnlimited: boolean;
  /** Buffers of reads whose blocks the torrent has, and those that the stream has: free again when that is drained. */
  read: Uint8Array[];
  sending: Uint8Array[];
}

export class TorrentRunner {
  readonly torrent: Torrent;
  /** Set once the files are known. */
  disk: DiskTorrent | undefined;
  readonly #deps: RunnerDeps;
  readonly #connections = new LazyMap<number, Connection>();
  #isDraining = false;
  #isReadingHeld = false;
  #heldTimes = 0;
  #timerAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(torrent: Torrent, deps: RunnerDeps) {
    this.torrent = torrent;
    this.#deps = deps;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Tells the torrent one fact, then does what follows from it. */
  tell(fact: (torrent: Torrent, now: number) => void): void {
    fact(this.torrent, this.#deps.clock.now());
    this.#drain();
  }

  /** A connection is greeted: the torrent takes it over. `rest` came behind the handshake. */
  peerConnected(number: number, stream: Stream, facts: PeerFacts, rest: Uint8Array): void {
    const { clock } = this.#deps;
    const connection: Connection = {
      stream,
      address: facts.address,
      isUnlimited: facts.isUnlimited === true,
      read: [],
      sending: [],
    };
    this.#connections.set(number, connection);
    this.#deps.onConnection(connection.address, true);
    if (this.#isReadingHeld && !connection.isUnlimited) stream.pause();
    stream.onBytes = bytes => {
      this.torrent.receive(number, bytes, clock.now());
      this.#drain();
    };
    stream.onDrained = () => {
      this.#releaseSent(connection);
      this.torrent.peerDrained(number, clock.now());
      this.#drain();
    };
    stream.onClosed = () => {
      this.#connections.delete(number);
      this.#deps.onConnection(connection.address, false);
      this.#releaseAll(connection);
      this.torrent.peerLeft(number, clock.now());
      this.#drain();
    };
    this.torrent.peerConnected(number, facts, clock.now());
    this.#drain();
    if (rest.length > 0 && this.#connections.has(number)) stream.onBytes(rest);
  }

  /** More has come than the limits allow: what peers have sent stays where it is, until it may come. */
  holdReading(isHeld: boolean): void {
    if (isHeld === this.#isReadingHeld) return;
    this.#isReadingHeld = isHeld;
    this.torrent.readingHeld(isHeld);
    const connections = [...this.#connections.values()];
    // Who is read from first may be the only one before it is too much again: another one each time.
    const first = isHeld ? 0 : this.#heldTimes++ % Math.max(1, connections.length);
    for (let i = 0; i < connections.length; i++) {
      const { stream, isUnlimited } = connections[(first + i) % connections.length]!;
      if (isUnlimited) continue;
      if (isHeld) stream.pause();
      else stream.resume();
    }
  }

  /** Ends the timer. Connections end with the torrent's `stop`. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #drain(): void {
    // A stream or a disk that answers within the call must not start a second round inside the first.
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      const now = this.#deps.clock.now();
      for (let output = this.torrent.poll(now); output !== undefined; output = this.torrent.poll(now))
        this.#do(output);
    } finally {
      this.#isDraining = false;
    }
    this.#setTimer();
  }

  #do(output: Output): void {
    switch (output.type) {
      case 'send':
        this.#send(output.peer, output.chunks);
        return;
      case 'read':
        this.#read(output);
        return;
      case 'hash':
        this.#hash(output);
        return;
      case 'store':
        this.#store(output);
        return;
      case 'connect':
        this.#deps.dial(output.address, output.isV2);
        return;
      case 'close':
        this.#close(output.peer);
        return;
      case 'event':
        this.#deps.onEvent(output.event);
        return;
      default:
        output satisfies never;
    }
  }

  #send(number: number, chunks: readonly Uint8Array[]): void {
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    if (connection.read.length > 0) {
      connection.sending =
        connection.sending.length === 0 ? connection.read : connection.sending.concat(connection.read);
      connection.read = [];
    }
    if (connection.stream.write(chunks)) {
      this.#releaseSent(connection);
      this.torrent.peerDrained(number, this.#deps.clock.now());
    } else {
      this.torrent.peerBlocked(number);
    }
  }

  #read({ read, peer, piece, begin, length }: Output & { type: 'read' }): void {
    this.disk!.read(piece, begin, length, result => {
      const isRead = result instanceof Uint8Array;
      const connection = this.#connections.get(peer);
      if (isRead && connection !== undefined) connection.read.push(result);
      else if (isRead) this.#deps.release(result);
      this.tell((torrent, now) => torrent.blockRead(read, isRead ? result : undefined, now));
      if (!isRead) this.#deps.onDiskFault(result);
    });
  }

  #hash({ read, piece }: Output & { type: 'hash' }): void {
    this.disk!.hashBlocks(piece, result => {
      const isHashed = result instanceof Uint8Array;
      this.tell((torrent, now) => torrent.blocksHashed(read, isHashed ? result : undefined, now));
      if (!isHashed) this.#deps.onDiskFault(result);
    });
  }

  #store({ store, piece, bytes, blockDigests }: Output & { type: 'store' }): void {
    const done = (result: PieceVerdict | SwarmlineError) => {
      this.tell((torrent, now) => {
        if (result instanceof SwarmlineError) torrent.pieceNotStored(store);
        else torrent.pieceStored(store, result, now);
      });
      if (result instanceof SwarmlineError) this.#deps.onDiskFault(result);
    };
    this.disk!.store(piece, bytes, done, { blockDigests });
  }

  #close(number: number): void {
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    this.#connections.delete(number);
    this.#deps.onConnection(connection.address, false);
    const { stream } = connection;
    stream.onBytes = ignore;
    stream.onDrained = ignore;
    // Not before: the system may still look at what is on its way.
    stream.onClosed = () => this.#releaseAll(connection);
    stream.close();
  }

  #releaseAll(connection: Connection): void {
    for (const bytes of connection.read) this.#deps.release(bytes);
    for (const bytes of connection.sending) this.#deps.release(bytes);
    connection.read = [];
    connection.sending = [];
  }

  #releaseSent(connection: Connection): void {
    if (connection.sending.length === 0) return;
    for (const bytes of connection.sending) this.#deps.release(bytes);
    connection.sending = [];
  }

  #setTimer(): void {
    const at = this.torrent.nextTimeout();
    // A timer that fires early only looks again: it is not worth setting anew for each block.
    if (at === undefined || at >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer = this.#deps.clock.after(Math.max(0, at - this.#deps.clock.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#cancelTimer = undefined;
      this.tell((torrent, now) => {
        const due = torrent.nextTimeout();
        if (due !== undefined && due <= now) torrent.timePassed(now);
      });
    });
  }
}

const ignore = () => {};
