// Which packet may leave now, and what follows when it is acked, or when it is not. `outgoing` has the packets; here is the pace:
// what the path bears (congestion-window), what the other end has room for (peer-room), how long datagrams may be (path-mtu), and
// how long an ack is waited for (round-trip). It knows nothing of what the other end sends but its acks.

import { CongestionWindow } from './congestion-window.ts';
import type { ConnectionOptions } from './options.ts';
import { type Acked, Outgoing } from './outgoing.ts';
import { MIN_PADDING, type Packet, padded, STATE } from './packet.ts';
import type { OutPacket, PacketPool } from './packet-pool.ts';
import { PathMtu } from './path-mtu.ts';
import { PeerRoom } from './peer-room.ts';
import type { RoundTrip } from './round-trip.ts';
import { distance } from './sequence.ts';

export interface SenderFacts {
  /** Of packets that go. */
  readonly sendId: number;
  /** Of the first packet. */
  readonly sequence: number;
  /** Lengths of datagrams: what gets through anywhere, and the most that is tried. */
  readonly floor: number;
  readonly ceiling: number;
}

export interface SenderDeps {
  readonly options: ConnectionOptions;
  readonly pool: PacketPool;
  readonly roundTrip: RoundTrip;
  /** In queues on the way there; undefined before anything was heard of it. */
  readonly delay: { readonly queueMs: number | undefined };
  /** What each packet says beside its own. */
  readonly acks: { rideOn(bytes: Uint8Array, now: number): void };
}

export class Sender {
  readonly #deps: SenderDeps;
  readonly #outgoing: Outgoing;
  readonly #roundTrip: RoundTrip;
  readonly #congestion: CongestionWindow;
  readonly #mtu: PathMtu;
  readonly #room: PeerRoom;
  /** Nothing more is written. */
  #isEnding = false;
  #sameAcks = 0;
  /** Timeouts since anything came. */
  #unheard = 0;
  #timeoutAt = Number.POSITIVE_INFINITY;

  constructor({ sendId, sequence, floor, ceiling }: SenderFacts, deps: SenderDeps) {
    const { options } = deps;
    this.#deps = deps;
    this.#roundTrip = deps.roundTrip;
    this.#outgoing = new Outgoing(sendId, sequence, deps.pool);
    this.#congestion = new CongestionWindow(floor, options.congestion);
    this.#mtu = new PathMtu(floor, ceiling);
    // It will say when it speaks first.
    this.#room = new PeerRoom(options.sendBytes);
  }

  /** The number that the next packet gets. */
  get sequence(): number {
    return this.#outgoing.sequence;
  }

  /** Packets that were sent and have not arrived. */
  get sentCount(): number {
    return this.#outgoing.sentCount;
  }

  /** Bytes that were written and are in no packet yet. */
  get pendingBytes(): number {
    return this.#outgoing.pendingBytes;
  }

  get inFlightBytes(): number {
    return this.#outgoing.inFlightBytes;
  }

  get windowBytes(): number {
    return this.#congestion.bytes;
  }

  get datagramLength(): number {
    return this.#mtu.length;
  }

  /** All that is in packets, the other end has. */
  get hasArrived(): boolean {
    return !this.#outgoing.hasUnsent && this.#outgoing.sentCount === 0;
  }

  /** The bytes are copied, as far as they find room in packets: see `pendingBytes`. */
  write(chunks: readonly Uint8Array[]): void {
    this.#outgoing.write(chunks);
    this.#cut();
  }

  /** Nothing more is written: what is in no packet is forgotten, and a last packet says that it is the last. */
  end(): void {
    this.#isEnding = true;
    this.#outgoing.end();
  }

  /** Forgets everything. */
  clear(): void {
    this.#outgoing.clear();
  }

  /** The other end takes datagrams of that length. */
  peerTakes(maxDatagram: number): void {
    this.#mtu.raise(maxDatagram);
  }

  /** "A 3rd party could easily inject a packet like this": neither of what was not sent, nor of what was acked long ago. */
  isAckPossible(ack: number): boolean {
    const { acked, sequence } = this.#outgoing;
    return distance(ack, sequence) > 0 && distance(ack, acked) <= OLDEST_ACK;
  }

  /** One that its sender can know from what we send now: who guesses is right in one of thousands. */
  isAckOfNow(ack: number): boolean {
    const { acked, sequence } = this.#outgoing;
    return distance(ack, sequence) >= 0 && distance(ack, acked) <= RESET_ACK;
  }

  /** A packet has come whose ack is possible. */
  ackReceived(packet: Packet, now: number): void {
    const outgoing = this.#outgoing;
    const { bytes, ack, sackAt, sackLength } = packet;
    this.#unheard = 0;
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
      this.#room.arrived();
      this.#setTimeout(now);
    }
    this.#cut();
    if (this.hasArrived) this.#timeoutAt = Number.POSITIVE_INFINITY;
  }

  /** When `timePassed` is to be called at the latest; Infinity: never. */
  get nextTimeout(): number {
    return Math.min(this.#timeoutAt, this.#room.askAt);
  }

  /** False: nobody is there any more. */
  timePassed(now: number): boolean {
    if (now >= this.#timeoutAt && !this.#timedOut(now)) return false;
    this.#room.timePassed(now);
    return true;
  }

  /** The next datagram with something of its own; undefined: for now there is none. */
  nextDatagram(now: number): Uint8Array | undefined {
    const packet = this.#nextPacket(now);
    if (packet === undefined) return undefined;
    const outgoing = this.#outgoing;
    if (outgoing.inFlightBytes === 0) this.#setTimeout(now);
    outgoing.leaves(packet, now);
    this.#deps.acks.rideOn(packet.bytes, now);
    packet.isProbe = false;
    // Only with others behind it: by them its loss is found out at once.
    const mayProbe = packet.transmissions === 1 && outgoing.unsentCount >= PROBE_FOLLOWERS;
    const probe = mayProbe ? this.#mtu.next : undefined;
    if (probe === undefined || probe < packet.length + MIN_PADDING) return packet.datagram;
    packet.isProbe = true;
    this.#mtu.probed(probe);
    return padded(packet.datagram, probe);
  }

  /** A packet that may leave: what is lost first. */
  #nextPacket(now: number): OutPacket | undefined {
    const outgoing = this.#outgoing;
    const lost = outgoing.nextLost();
    const packet = lost ?? outgoing.nextUnsent();
    if (packet === undefined) return undefined;
    if (outgoing.sentCount >= MAX_SENT && lost === undefined) return undefined;
    const inFlight = outgoing.inFlightBytes;
    const after = inFlight + packet.payloadLength;
    if (after > this.#congestion.bytes && inFlight > 0) return undefined;
    // What the other end had room for when it was sent first it has room for now.
    if (lost !== undefined || after <= this.#room.bytes || packet.payloadLength === 0) return packet;
    if (inFlight > 0 || outgoing.hasLost) return undefined;
    if (this.#room.takeAsking()) return packet;
    this.#room.awaited(this.#roundTrip.timeoutMs, now);
    return undefined;
  }

  #windowReceived(window: number): void {
    const hadRoom = this.#peerHasRoom;
    this.#room.told(window);
    if (hadRoom || !this.#peerHasRoom) return;
    // What asked for room found none, and goes once more at once.
    this.#roundTrip.heard();
    if (this.#outgoing.allLost().hasProbe) this.#mtu.lost();
  }

  get #peerHasRoom(): boolean {
    return this.#room.bytes >= this.#mtu.length;
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
    const { queueMs } = this.#deps.delay;
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

  /** False: there were too many of them. */
  #timedOut(now: number): boolean {
    this.#roundTrip.timedOut();
    const { hasProbe, hasOthers } = this.#outgoing.allLost();
    if (hasProbe) this.#mtu.lost();
    const most = this.#isEnding ? ENDING_SILENCES : this.#deps.options.maxSilences;
    this.#unheard++;
    // Who is there and never acks is as good as gone, unless he says that he has no room.
    const hasRoom = this.#peerHasRoom;
    if ((hasRoom ? this.#roundTrip.silences : this.#unheard) > most) return false;
    if (hasOthers && hasRoom) this.#congestion.timedOut(this.#mtu.length);
    this.#setTimeout(now);
    return true;
  }

  #setTimeout(now: number): void {
    this.#timeoutAt = now + this.#roundTrip.timeoutMs;
  }

  #cut(): void {
    const { sendBytes } = this.#deps.options;
    const capacity = Math.min(sendBytes, Math.max(MIN_SEND_BYTES, 2 * this.#congestion.bytes));
    this.#outgoing.cut(capacity, this.#mtu.length);
  }
}

// BEP 29: "when receiving 3 duplicate acks".
const SAME_ACKS = 3;
/** Of packets: a window's worth, for what the network brings late. */
const OLDEST_ACK = 4096;
const RESET_ACK = 16;
/** Packets on their way: far less than half of the numbers. */
const MAX_SENT = 8192;
const MIN_SEND_BYTES = 65_536;
const PROBE_FOLLOWERS = 3;
const ENDING_SILENCES = 3;
