// One uTP connection as a value (BEP 29): datagrams and what is to be sent go in, with the time; bytes in order and datagrams
// come out. It has no socket and no clock. After each call take what `poll` says, until it is undefined; then, when everything
// that had come was told, what `nextDatagram` says. `nextTimeout` is when it is to be told the time again.
//
// Acks: one at the end of each turn, however many packets came. What parts from BEP 29's text, as others part from it: a STATE has the
// number that the next packet will have, also the one that answers a SYN, and its number is not used up (libutp, libtorrent).

import { ProtocolError, SwarmlineError } from '../errors.ts';
import { CongestionWindow } from './congestion-window.ts';
import { DelayMeter } from './delay-meter.ts';
import { Incoming, type ReceiveBudget } from './incoming.ts';
import type { ConnectionOptions } from './options.ts';
import { type Acked, Outgoing } from './outgoing.ts';
import {
  DATA,
  FIN,
  HEADER,
  MAX_DATAGRAM_EXTENSION,
  MIN_PADDING,
  type Packet,
  padded,
  RESET,
  STATE,
  SYN,
  stampHeader,
  writeHeader,
  writeMaxDatagram,
  writeSelectiveAck,
} from './packet.ts';
import type { OutPacket, PacketPool } from './packet-pool.ts';
import { PathMtu } from './path-mtu.ts';
import { RoundTrip } from './round-trip.ts';
import { distance, next, SEQUENCES } from './sequence.ts';

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

type State = 'syn-sent' | 'connected' | 'closing' | 'over';

export class Connection {
  readonly receiveId: number;
  readonly sendId: number;
  readonly #deps: ConnectionDeps;
  readonly #facts: ConnectionFacts;
  #state: State;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #roundTrip = new RoundTrip();
  readonly #delay = new DelayMeter();
  readonly #congestion: CongestionWindow;
  readonly #mtu: PathMtu;
  #peerWindow: number;
  #isPaused = false;
  #hasBlockedWriter = false;
  /** Events that are to be told before anything that is read. */
  readonly #events: ConnectionEvent[] = [];
  #hasToldEnd = false;
  #mustAck = false;
  /** What the last packet that went said. */
  #saidWindow = 0;
  #sameAcks = 0;
  #syns = 0;
  #mustSendSyn = false;
  /** A packet may go though the window has no room for it. */
  #mayProbeWindow = false;
  #timeoutAt = Number.POSITIVE_INFINITY;
  #windowProbeAt = Number.POSITIVE_INFINITY;
  #windowProbes = 0;
  /** Timeouts since anything came. */
  #unheard = 0;
  #sentAt: number;
  #closeBy = Number.POSITIVE_INFINITY;
  /** When it was told the time last. */
  #now: number;

  constructor(facts: ConnectionFacts, deps: ConnectionDeps, now: number) {
    const { accepted, receiveId, sendId, sequence, floor, ceiling } = facts;
    this.receiveId = receiveId;
    this.sendId = sendId;
    this.#facts = facts;
    this.#deps = deps;
    this.#now = now;
    this.#sentAt = now;
    this.#incoming = new Incoming(accepted?.ack ?? 0, deps.options.receiveBytes, deps.budget);
    this.#mtu = new PathMtu(floor, ceiling);
    this.#congestion = new CongestionWindow(floor, deps.options.congestion);
    this.#peerWindow = deps.options.sendBytes;
    this.#state = accepted === undefined ? 'syn-sent' : 'connected';
    // A SYN has a number of its own.
    this.#outgoing = new Outgoing(sendId, accepted === undefined ? next(sequence) : sequence, deps.pool);
    if (accepted === undefined) this.#mustSendSyn = true;
    else this.#peerTakes(accepted.maxDatagram);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Bytes that were written and are in no packet yet. */
  get pending(): number {
    return this.#outgoing.pendingBytes;
  }

  /** For people and tests: what the path is like. */
  get path(): ConnectionPath {
    return {
      roundTripMs: this.#roundTrip.meanMs,
      queueDelayMs: this.#delay.queueMs,
      windowBytes: this.#congestion.bytes,
      inFlightBytes: this.#outgoing.inFlightBytes,
      datagramLength: this.#mtu.length,
    };
  }

  /** The bytes are copied. False: not all of them yet, look at nothing that was written before `drained`. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state === 'closing' || this.#state === 'over') return true;
    this.#outgoing.write(chunks);
    this.#cut();
    this.#hasBlockedWriter = this.#outgoing.pendingBytes > 0;
    return !this.#hasBlockedWriter;
  }

  /** Nothing is read for now: what comes waits, and the other end hears how much room is left. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#tellRoom();
  }

  /** Nothing more is read or written. What is in packets still goes, with a last one that says so. */
  close(): void {
    if (this.#state === 'syn-sent') this.#end();
    if (this.#state !== 'connected') return;
    this.#state = 'closing';
    this.#closeBy = this.#now + CLOSING_MS;
    this.#hasToldEnd = true;
    this.#events.length = 0;
    this.#outgoing.end();
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
      this.#tellRoom();
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
      this.#mustAck = true;
      return;
    }
    if (packet.type === RESET) {
      this.#reset(packet);
      return;
    }
    if (this.#state === 'syn-sent' && !this.#synAnswered(packet, now)) return;
    if (!this.#isAckPossible(packet.ack)) return;
    this.#unheard = 0;
    this.#delay.received(packet, now);
    this.#ackReceived(packet, now);
    if (packet.type === DATA) this.#dataReceived(packet);
    else if (packet.type === FIN) {
      this.#incoming.endReceived(packet.sequence);
      this.#mustAck = true;
    }
    // The end of the other one's stream is acked; to whatever else it may say, the mux answers that nobody is here.
    if (this.#hasArrived() && !(this.#mustAck && this.#incoming.isEnded)) this.#end();
  }

  /** When `timePassed` is to be called at the latest; Infinity: never. */
  get nextTimeout(): number {
    if (this.#state === 'over') return Number.POSITIVE_INFINITY;
    const keepAliveAt = this.#sentAt + this.#deps.options.keepAliveMs;
    return Math.min(this.#timeoutAt, this.#windowProbeAt, keepAliveAt, this.#closeBy);
  }

  timePassed(now: number): void {
    this.#now = now;
    if (now >= this.#closeBy) this.#end();
    if (now >= this.#timeoutAt) this.#timedOut(now);
    if (now >= this.#windowProbeAt) {
      this.#windowProbeAt = Number.POSITIVE_INFINITY;
      this.#windowProbes++;
      this.#mayProbeWindow = true;
    }
    if (now >= this.#sentAt + this.#deps.options.keepAliveMs) this.#mustAck = true;
  }

  /** The next datagram to be sent, lent until it is sent or the next call; undefined: for now there is none. */
  nextDatagram(now: number): Uint8Array | undefined {
    if (this.#state === 'over') return undefined;
    this.#now = now;
    if (this.#state === 'syn-sent') return this.#nextSyn(now);
    const packet = this.#nextPacket();
    if (packet !== undefined) return this.#send(packet, now);
    if (this.#mustAck) return this.#nextState(now);
    if (this.#hasArrived()) this.#end();
    return undefined;
  }

  #synAnswered(packet: Packet, now: number): boolean {
    if (packet.ack !== this.#facts.sequence || (packet.type !== STATE && packet.type !== DATA)) return false;
    this.#state = 'connected';
    this.#incoming.ack = (packet.sequence - 1) & SEQUENCES;
    this.#peerTakes(packet.maxDatagram);
    if (this.#syns === 1) this.#roundTrip.measured(now - this.#sentAt);
    this.#timeoutAt = Number.POSITIVE_INFINITY;
    this.#cut();
    this.#events.push(CONNECTED);
    return true;
  }

  /** "A 3rd party could easily inject a packet like this": neither of what was not sent, nor of what was acked long ago. */
  #isAckPossible(ack: number): boolean {
    const { acked, sequence } = this.#outgoing;
    return distance(ack, sequence) > 0 && distance(ack, acked) <= OLDEST_ACK;
  }

  /** Believed only with an ack that its sender can know from what we send now: who guesses is right in one of thousands. */
  #reset(packet: Packet): void {
    const isMeant =
      this.#state === 'syn-sent'
        ? packet.ack === this.#facts.sequence
        : distance(packet.ack, this.#outgoing.sequence) >= 0 &&
          distance(packet.ack, this.#outgoing.acked) <= RESET_ACK;
    if (!isMeant) return;
    this.#fail(new ProtocolError('UTP_RESET', 'The peer knows nothing of this connection any more.'));
  }

  #ackReceived(packet: Packet, now: number): void {
    const outgoing = this.#outgoing;
    const { bytes, ack, sackAt, sackLength } = packet;
    const ahead = distance(outgoing.acked, ack);
    if (ahead >= 0) this.#windowReceived(packet.window);
    const before = outgoing.inFlightBytes;
    const acked = outgoing.ackReceived(ack, bytes, sackAt, sackLength, now, this.#roundTrip.minMs);
    if (acked.roundTripMs < Number.POSITIVE_INFINITY) this.#roundTrip.measured(acked.roundTripMs);
    if (acked.probeArrived) this.#probeArrived();
    if (ahead > 0 || acked.bytes > 0) this.#roundTrip.heard();
    const isSame = ahead === 0 && packet.type === STATE && sackLength === 0 && outgoing.inFlightBytes > 0;
    this.#sameAcks = isSame ? this.#sameAcks + 1 : 0;
    this.#findLost();
    if (acked.bytes > 0) {
      this.#grow(acked, before, now);
      this.#windowProbes = 0;
      this.#setTimeout(now);
    }
    this.#cut();
    if (outgoing.sentCount === 0 && !outgoing.hasUnsent) this.#timeoutAt = Number.POSITIVE_INFINITY;
  }

  #windowReceived(window: number): void {
    const hadRoom = this.#peerHasRoom;
    this.#peerWindow = window;
    if (!hadRoom && this.#peerHasRoom) {
      // What asked for room found none, and goes once more at once.
      this.#roundTrip.heard();
      if (this.#outgoing.allLost().hasProbe) this.#mtu.lost();
    }
    this.#windowProbeAt = Number.POSITIVE_INFINITY;
  }

  get #peerHasRoom(): boolean {
    return this.#peerWindow >= this.#mtu.length;
  }

  #findLost(): void {
    const { isNew, hasProbe } = this.#outgoing.findLost();
    let isLoss = isNew;
    if (this.#sameAcks >= SAME_ACKS) {
      this.#sameAcks = 0;
      isLoss = this.#outgoing.firstIsLost() || isLoss;
    }
    if (hasProbe) this.#mtu.lost();
    if (isLoss) this.#congestion.lost(this.#mtu.length);
  }

  #grow(acked: Acked, inFlight: number, now: number): void {
    const packetLength = this.#mtu.length;
    const roundTripMs = this.#roundTrip.meanMs ?? 0;
    const queueMs = this.#delay.queueMs;
    // A way there cannot take longer than there and back: what says so is a clock that drifts.
    const mostMs = acked.roundTripMs < Number.POSITIVE_INFINITY ? acked.roundTripMs : roundTripMs;
    const delayMs = queueMs === undefined ? undefined : Math.min(queueMs, mostMs);
    const wasFull = inFlight + packetLength > this.#congestion.bytes;
    this.#congestion.acked(
      { bytes: acked.bytes, inFlight, wasFull, delayMs, roundTripMs, packetLength },
      now,
    );
  }

  #probeArrived(): void {
    this.#mtu.arrived();
    this.#congestion.packetLengthChanged(this.#mtu.length);
  }

  #dataReceived(packet: Packet): void {
    const { bytes, payloadAt, sequence } = packet;
    this.#mustAck = true;
    if (payloadAt === bytes.length) return;
    this.#incoming.received(sequence, bytes.subarray(payloadAt), this.#isPaused);
  }

  /** The other end has all there was, and knows that it was all. */
  #hasArrived(): boolean {
    return this.#state === 'closing' && !this.#outgoing.hasUnsent && this.#outgoing.sentCount === 0;
  }

  #timedOut(now: number): void {
    const { maxSyns, maxSilences } = this.#deps.options;
    this.#roundTrip.timedOut();
    if (this.#state === 'syn-sent') {
      if (this.#syns >= maxSyns) this.#fail(noAnswer());
      else this.#mustSendSyn = true;
      this.#timeoutAt = Number.POSITIVE_INFINITY;
      return;
    }
    const { hasProbe, hasOthers } = this.#outgoing.allLost();
    if (hasProbe) this.#mtu.lost();
    const most = this.#state === 'closing' ? CLOSING_SILENCES : maxSilences;
    this.#unheard++;
    // Who is there and never acks is as good as gone, unless he says that he has no room.
    const hasRoom = this.#peerHasRoom;
    if ((hasRoom ? this.#roundTrip.silences : this.#unheard) > most) {
      this.#fail(noAnswer());
      return;
    }
    if (hasOthers && hasRoom) this.#congestion.timedOut(this.#mtu.length);
    this.#setTimeout(now);
  }

  #setTimeout(now: number): void {
    this.#timeoutAt = now + this.#roundTrip.timeoutMs;
  }

  /** A packet that may leave: what is lost first. */
  #nextPacket(): OutPacket | undefined {
    const outgoing = this.#outgoing;
    const lost = outgoing.nextLost();
    const packet = lost ?? outgoing.nextUnsent();
    if (packet === undefined) return undefined;
    if (outgoing.sentCount >= MAX_SENT && lost === undefined) return undefined;
    const inFlight = outgoing.inFlightBytes;
    const after = inFlight + packet.payloadLength;
    if (after > this.#congestion.bytes && inFlight > 0) return undefined;
    // What the other end had room for when it was sent first it has room for now.
    if (lost !== undefined || after <= this.#peerWindow || packet.payloadLength === 0) return packet;
    if (inFlight > 0 || outgoing.hasLost) return undefined;
    if (!this.#mayProbeWindow) {
      this.#awaitWindow();
      return undefined;
    }
    this.#mayProbeWindow = false;
    return packet;
  }

  /** The other end has no room, and what tells of more may get lost: then one packet asks. */
  #awaitWindow(): void {
    if (this.#windowProbeAt !== Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(this.#roundTrip.timeoutMs * 2 ** this.#windowProbes, MAX_WINDOW_PROBE_MS);
    this.#windowProbeAt = this.#now + delayMs;
  }

  #send(packet: OutPacket, now: number): Uint8Array {
    const outgoing = this.#outgoing;
    if (outgoing.inFlightBytes === 0) this.#setTimeout(now);
    outgoing.leaves(packet, now);
    this.#stamp(packet.bytes, now);
    if (!this.#incoming.hasGap) this.#mustAck = false;
    packet.isProbe = false;
    // Only with others behind it: by them its loss is found out at once.
    const mayProbe = packet.transmissions === 1 && outgoing.unsentCount >= PROBE_FOLLOWERS;
    const probe = mayProbe ? this.#mtu.next : undefined;
    if (probe === undefined || probe < packet.length + MIN_PADDING) return packet.datagram;
    packet.isProbe = true;
    this.#mtu.probed(probe);
    return padded(packet.datagram, probe);
  }

  #nextSyn(now: number): Uint8Array | undefined {
    if (!this.#mustSendSyn) return undefined;
    this.#mustSendSyn = false;
    this.#syns++;
    this.#setTimeout(now);
    const { sequence } = this.#facts;
    // BEP 29, "connection setup": it bears the id by which the answer will come.
    return this.#headerAlone(SYN, this.receiveId, sequence, now);
  }

  #nextState(now: number): Uint8Array {
    this.#mustAck = false;
    const { sequence } = this.#outgoing;
    if (!this.#incoming.hasGap) return this.#headerAlone(STATE, this.sendId, sequence, now);
    const mask = this.#incoming.selectiveAck();
    const bytes = new Uint8Array(HEADER + 2 + mask.length);
    writeHeader(bytes, STATE, this.sendId, sequence);
    writeSelectiveAck(bytes, mask);
    this.#stamp(bytes, now);
    return bytes;
  }

  #headerAlone(type: number, connectionId: number, sequence: number, now: number): Uint8Array {
    const { maxDatagram } = this.#facts;
    // Told at the beginning, to whoever may have come by it.
    const tells = maxDatagram !== undefined && (type === SYN || this.#outgoing.sentCount === 0);
    const bytes = new Uint8Array(HEADER + (tells ? MAX_DATAGRAM_EXTENSION : 0));
    writeHeader(bytes, type, connectionId, sequence);
    if (tells) writeMaxDatagram(bytes, maxDatagram);
    this.#stamp(bytes, now);
    return bytes;
  }

  #stamp(bytes: Uint8Array, now: number): void {
    this.#sentAt = now;
    this.#saidWindow = this.#incoming.window;
    stampHeader(bytes, (now * 1000) >>> 0, this.#delay.last, this.#saidWindow, this.#incoming.ack);
  }

  /** The other end may wait for room: it is told as soon as there is much more than it knows of. */
  #tellRoom(): void {
    const { receiveBytes } = this.#deps.options;
    const { window } = this.#incoming;
    if (this.#saidWindow < receiveBytes / 2 && window - this.#saidWindow >= receiveBytes / 4)
      this.#mustAck = true;
  }

  #peerTakes(maxDatagram: number): void {
    if (maxDatagram > 0) this.#mtu.raise(Math.min(maxDatagram, this.#facts.maxDatagram ?? 0));
  }

  #cut(): void {
    const { sendBytes } = this.#deps.options;
    const capacity = Math.min(sendBytes, Math.max(MIN_SEND_BYTES, 2 * this.#congestion.bytes));
    this.#outgoing.cut(capacity, this.#mtu.length);
    if (!this.#hasBlockedWriter || this.#outgoing.pendingBytes > 0) return;
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
    this.#outgoing.clear();
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

function noAnswer(): SwarmlineError {
  return new SwarmlineError('UTP_TIMEOUT', 'The peer does not answer any more.');
}

const CONNECTED: ConnectionEvent = { type: 'connected' };
const DRAINED: ConnectionEvent = { type: 'drained' };
// BEP 29: "when receiving 3 duplicate acks".
const SAME_ACKS = 3;
/** Of packets: a window's worth, for what the network brings late. */
const OLDEST_ACK = 4096;
const RESET_ACK = 16;
/** Packets on their way: far less than half of the numbers. */
const MAX_SENT = 8192;
const MIN_SEND_BYTES = 65_536;
const PROBE_FOLLOWERS = 3;
const MAX_WINDOW_PROBE_MS = 60_000;
const CLOSING_SILENCES = 3;
const CLOSING_MS = 30_000;
