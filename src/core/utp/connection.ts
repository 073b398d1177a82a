// One uTP connection as a value (BEP 29): datagrams and what is to be sent go in, with the time; bytes in order and datagrams
// come out. It has no socket and no clock. After each call take what `poll` says, until it is undefined; then, when everything
// that had come was told, what `nextDatagram` says. `nextTimeout` is when it is to be told the time again.
//
//   dial ──SYN──> opening ──answered──> open ──close, or the other's end──> closing ──all has arrived──> over
//
//   received ──> sender: what its ack says of ours
//       └──────> incoming: its bytes, until they are read; acks: what is said of them
//
// Here is what makes one thing of them: whose turn it is, what the reader and the writer are told, and how it ends.
//
// Acks: one at the end of each turn, however many packets came. What parts from BEP 29's text, as others part from it: a STATE has the
// number that the next packet will have, also the one that answers a SYN, and its number is not used up (libutp, libtorrent).

import { ProtocolError, SwarmlineError } from '../errors.ts';
import { Acks } from './acks.ts';
import { DelayMeter } from './delay-meter.ts';
import { Incoming, type ReceiveBudget } from './incoming.ts';
import { Opening } from './opening.ts';
import type { ConnectionOptions } from './options.ts';
import { DATA, FIN, type Packet, RESET, SYN } from './packet.ts';
import type { PacketPool } from './packet-pool.ts';
import { RoundTrip } from './round-trip.ts';
import { Sender } from './sender.ts';
import { next, SEQUENCES } from './sequence.ts';

export type ConnectionEvent =
  | { readonly type: 'connected' }
  /** In order; lent until the next call. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** All that was written is in packets, after `write` had said that it was not. */
  | { readonly type: 'drained' }
  /** It is over for the reader and the writer; without a fault the other end has ended it. */
  | { readonly type: 'closed'; readonly fault?: SwarmlineError };

/** The same for all connections. */
export interface ConnectionDeps {
  readonly options: ConnectionOptions;
  readonly pool: PacketPool;
  readonly budget: ReceiveBudget;
}

export interface ConnectionFacts {
  /** Of packets that come. */
  readonly receiveId: number;
  /** Of packets that go. */
  readonly sendId: number;
  /** Where our numbers begin. */
  readonly sequence: number;
  /** Lengths of datagrams: what gets through anywhere, and the most that is tried. */
  readonly floor: number;
  readonly ceiling: number;
  /** The longest datagram that we take, to be told; undefined: what an Ethernet carries, which goes without saying. */
  readonly maxDatagram?: number | undefined;
  /** Of one that was accepted: what its SYN said. */
  readonly accepted?: { readonly ack: number; readonly maxDatagram: number } | undefined;
}

type State = 'open' | 'closing' | 'over';

export class Connection {
  readonly receiveId: number;
  readonly sendId: number;
  readonly #facts: ConnectionFacts;
  #state: State = 'open';
  /** One that we began, until it is answered. */
  #opening: Opening | undefined;
  readonly #incoming: Incoming;
  readonly #acks: Acks;
  readonly #sender: Sender;
  readonly #roundTrip = new RoundTrip();
  readonly #delay = new DelayMeter();
  #isPaused = false;
  #hasBlockedWriter = false;
  /** Events that are to be told before anything that is read. */
  readonly #events: ConnectionEvent[] = [];
  #hasToldEnd = false;
  #closeBy = Number.POSITIVE_INFINITY;
  /** When it was told the time last. */
  #now: number;

  constructor(facts: ConnectionFacts, deps: ConnectionDeps, now: number) {
    const { accepted, receiveId, sendId, sequence, floor, ceiling } = facts;
    const { options, pool, budget } = deps;
    this.receiveId = receiveId;
    this.sendId = sendId;
    this.#facts = facts;
    this.#now = now;
    this.#incoming = new Incoming(accepted?.ack ?? 0, options.receiveBytes, budget);
    this.#acks = new Acks(this.#incoming, this.#delay, options, now);
    // A SYN has a number of its own.
    const first = accepted === undefined ? next(sequence) : sequence;
    this.#sender = new Sender(
      { sendId, sequence: first, floor, ceiling },
      { options, pool, roundTrip: this.#roundTrip, delay: this.#delay, acks: this.#acks },
    );
    if (accepted === undefined) this.#opening = new Opening(sequence, options.maxSyns, this.#roundTrip);
    else this.#peerTakes(accepted.maxDatagram);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Bytes that were written and are in no packet yet. */
  get pending(): number {
    return this.#sender.pendingBytes;
  }

  /** For people and tests: what the path is like. */
  get path(): ConnectionPath {
    const { windowBytes, inFlightBytes, datagramLength } = this.#sender;
    return {
      roundTripMs: this.#roundTrip.meanMs,
      queueDelayMs: this.#delay.queueMs,
      windowBytes,
      inFlightBytes,
      datagramLength,
    };
  }

  /** The bytes are copied. False: not all of them yet, look at nothing that was written before `drained`. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return true;
    this.#sender.write(chunks);
    this.#tellDrained();
    this.#hasBlockedWriter = this.#sender.pendingBytes > 0;
    return !this.#hasBlockedWriter;
  }

  /** Nothing is read for now: what comes waits, and the other end hears how much room is left. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#acks.roomMade();
  }

  /** Nothing more is read or written. What is in packets still goes, with a last one that says so. */
  close(): void {
    if (this.#opening !== undefined) this.#end();
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closeBy = this.#now + CLOSING_MS;
    this.#hasToldEnd = true;
    this.#events.length = 0;
    this.#sender.end();
    this.#isPaused = false;
  }

  poll(): ConnectionEvent | undefined {
    if (this.#events.length > 0) return this.#events.shift();
    if (this.#state === 'closing') {
      while (this.#incoming.read() !== undefined) {
        // Nobody reads it any more; it is acked, so that the other end comes to its end.
      }
      return undefined;
    }
    if (this.#isPaused) {
      this.#incoming.keepLent();
      return undefined;
    }
    const bytes = this.#incoming.read();
    if (bytes !== undefined) {
      this.#acks.roomMade();
      return { type: 'bytes', bytes };
    }
    if (!this.#incoming.isOver || this.#hasToldEnd) return undefined;
    this.#hasToldEnd = true;
    this.close();
    return { type: 'closed' };
  }

  /** A packet with the id of this connection, from its other end. */
  received(packet: Packet, now: number): void {
    if (this.#state === 'over') return;
    this.#now = now;
    if (packet.type === SYN) {
      // Our answer was lost, or the network has brought an old one again.
      this.#acks.isOwed = true;
      return;
    }
    if (packet.type === RESET) {
      this.#reset(packet);
      return;
    }
    if (this.#opening !== undefined && !this.#opened(this.#opening, packet, now)) return;
    if (!this.#sender.isAckPossible(packet.ack)) return;
    this.#delay.received(packet, now);
    this.#sender.ackReceived(packet, now);
    this.#tellDrained();
    if (packet.type === DATA) this.#dataReceived(packet);
    else if (packet.type === FIN) {
      this.#incoming.endReceived(packet.sequence);
      this.#acks.isOwed = true;
    }
    // The end of the other one's stream is acked; to whatever else it may say, the mux answers that nobody is here.
    if (this.#hasArrived && !(this.#acks.isOwed && this.#incoming.isEnded)) this.#end();
  }

  /** When `timePassed` is to be called at the latest; Infinity: never. */
  get nextTimeout(): number {
    if (this.#state === 'over') return Number.POSITIVE_INFINITY;
    const timeoutAt = this.#opening === undefined ? this.#sender.nextTimeout : this.#opening.timeoutAt;
    return Math.min(timeoutAt, this.#acks.nextTimeout, this.#closeBy);
  }

  timePassed(now: number): void {
    this.#now = now;
    if (now >= this.#closeBy) this.#end();
    if (this.#state === 'over') return;
    const isThere = (this.#opening ?? this.#sender).timePassed(now);
    if (!isThere) this.#fail(new SwarmlineError('UTP_TIMEOUT', 'The peer does not answer any more.'));
    this.#acks.timePassed(now);
  }

  /** The next datagram to be sent, lent until it is sent or the next call; undefined: for now there is none. */
  nextDatagram(now: number): Uint8Array | undefined {
    if (this.#state === 'over') return undefined;
    this.#now = now;
    const { maxDatagram } = this.#facts;
    if (this.#opening !== undefined) {
      if (!this.#opening.takeSyn(now)) return undefined;
      // BEP 29, "connection setup": it bears the id by which the answer will come.
      return this.#acks.bare(SYN, this.receiveId, this.#opening.sequence, maxDatagram, now);
    }
    const datagram = this.#sender.nextDatagram(now);
    if (datagram !== undefined) return datagram;
    if (this.#acks.isOwed) {
      const { sequence, sentCount } = this.#sender;
      // Told at the beginning, to whoever may have come by it.
      return this.#acks.state(this.sendId, sequence, sentCount === 0 ? maxDatagram : undefined, now);
    }
    if (this.#hasArrived) this.#end();
    return undefined;
  }

  /** Whether the SYN is answered now. */
  #opened(opening: Opening, packet: Packet, now: number): boolean {
    if (!opening.answered(packet, now)) return false;
    this.#opening = undefined;
    this.#incoming.ack = (packet.sequence - 1) & SEQUENCES;
    this.#peerTakes(packet.maxDatagram);
    this.#events.push(CONNECTED);
    return true;
  }

  /** Believed from who knows what we send now. */
  #reset({ ack }: Packet): void {
    const isMeant =
      this.#opening === undefined ? this.#sender.isAckOfNow(ack) : ack === this.#opening.sequence;
    if (!isMeant) return;
    this.#fail(new ProtocolError('UTP_RESET', 'The peer knows nothing of this connection any more.'));
  }

  #dataReceived(packet: Packet): void {
    const { bytes, payloadAt, sequence } = packet;
    this.#acks.isOwed = true;
    if (payloadAt === bytes.length) return;
    this.#incoming.received(sequence, bytes.subarray(payloadAt), this.#isPaused);
  }

  /** The other end has all there was, and knows that it was all. */
  get #hasArrived(): boolean {
    return this.#state === 'closing' && this.#sender.hasArrived;
  }

  #peerTakes(maxDatagram: number): void {
    if (maxDatagram > 0) this.#sender.peerTakes(Math.min(maxDatagram, this.#facts.maxDatagram ?? 0));
  }

  #tellDrained(): void {
    if (!this.#hasBlockedWriter || this.#sender.pendingBytes > 0) return;
    this.#hasBlockedWriter = false;
    this.#events.push(DRAINED);
  }

  #fail(fault: SwarmlineError): void {
    const isTold = this.#hasToldEnd;
    this.#end();
    if (!isTold) this.#events.push({ type: 'closed', fault });
  }

  #end(): void {
    this.#state = 'over';
    this.#hasToldEnd = true;
    this.#incoming.clear();
    this.#sender.clear();
    this.#events.length = 0;
  }
}

export interface ConnectionPath {
  readonly roundTripMs: number | undefined;
  readonly queueDelayMs: number | undefined;
  readonly windowBytes: number;
  readonly inFlightBytes: number;
  readonly datagramLength: number;
}

const CONNECTED: ConnectionEvent = { type: 'connected' };
const DRAINED: ConnectionEvent = { type: 'drained' };
const CLOSING_MS = 30_000;
