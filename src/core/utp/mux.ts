// All uTP connections of a session as a value: which datagram is whose, who may begin a new one, and what is said to those
// that belong to nobody. Connections are numbered by who sends and by the id in the packet (BEP 29, "connection_id").
//
// A SYN costs its sender nothing and may bear another's address. So it makes no connection: it is answered and noted down, in
// a list of bounded length; who then sends a packet that acks the answer was there to read it, and is accepted.

import type { Random } from '../bytes/prng.ts';
import { Connection, type ConnectionDeps } from './connection.ts';
import { HalfOpen } from './half-open.ts';
import type { ReceiveBudget } from './incoming.ts';
import type { MuxOptions } from './options.ts';
import {
  HEADER,
  MAX_DATAGRAM_EXTENSION,
  Packet,
  RESET,
  readPacket,
  STATE,
  SYN,
  stampHeader,
  writeHeader,
  writeMaxDatagram,
} from './packet.ts';
import { PacketPool } from './packet-pool.ts';
import { SEQUENCES } from './sequence.ts';

export type MuxOutput =
  /** A packet that belongs to no connection of ours. */
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly host: string; readonly port: number }
  /** Somebody has dialled us. What came with it is to be polled for. */
  | { readonly type: 'accepted'; readonly connection: MuxConnection };

/** A connection, and where its other end is. */
export class MuxConnection extends Connection {
  readonly host: string;
  readonly port: number;

  constructor(
    address: { readonly host: string; readonly port: number },
    ...connection: ConstructorParameters<typeof Connection>
  ) {
    super(...connection);
    this.host = address.host;
    this.port = address.port;
  }
}

/** How long datagrams may be on the way to an address, and from it. */
export interface PathLimits {
  readonly floor: number;
  readonly ceiling: number;
  /** What we take from there, where that is more than goes without saying. */
  readonly maxDatagram?: number | undefined;
}

export interface MuxDeps {
  /** Not to be guessed: ids and sequence numbers are what keeps others out. */
  readonly random: Random;
  readonly pathLimits: (host: string) => PathLimits;
  /** Whether somebody who dials us may come in at all. */
  readonly accepts: () => boolean;
}

export class Mux {
  readonly #options: MuxOptions;
  readonly #deps: MuxDeps;
  readonly #shared: ConnectionDeps;
  readonly #budget: ReceiveBudget;
  /** By the id of packets that come; rarely is it more than one. */
  readonly #connections = new Map<number, MuxConnection[]>();
  readonly #halfOpen: HalfOpen;
  readonly #packet = new Packet();
  readonly #outputs: MuxOutput[] = [];
  #count = 0;
  #resets = 0;
  #resetsSince = Number.NEGATIVE_INFINITY;
  #last: MuxConnection | undefined;

  constructor(options: MuxOptions, deps: MuxDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#budget = { maxBytes: options.maxReceiveBytes, bytes: 0 };
    this.#shared = { options: options.connection, pool: new PacketPool(), budget: this.#budget };
    this.#halfOpen = new HalfOpen(options);
  }

  get count(): number {
    return this.#count;
  }

  get halfOpenCount(): number {
    return this.#halfOpen.count;
  }

  /** Bytes that have come and were not read. */
  get heldBytes(): number {
    return this.#budget.bytes;
  }

  /** Begins a connection; undefined where there are as many as there may be. */
  dial(host: string, port: number, now: number): MuxConnection | undefined {
    if (this.#count >= this.#options.maxConnections) return undefined;
    const receiveId = this.#freeId(host, port);
    if (receiveId === undefined) return undefined;
    const facts = {
      receiveId,
      sendId: (receiveId + 1) & SEQUENCES,
      sequence: this.#deps.random.below(SEQUENCES + 1),
      ...this.#deps.pathLimits(host),
    };
    const connection = new MuxConnection({ host, port }, facts, this.#shared, now);
    this.#enter(connection);
    return connection;
  }

  /**
   * A datagram. False: it is none of uTP's. The connection whose it was is to be polled at once, the bytes being lent; undefined:
   * it was nobody's.
   */
  received(bytes: Uint8Array, host: string, port: number, now: number): MuxConnection | undefined | false {
    const packet = this.#packet;
    if (!readPacket(bytes, packet)) return false;
    const { connectionId, type } = packet;
    const last = this.#last;
    if (type !== SYN && last?.receiveId === connectionId && last.port === port && last.host === host) {
      last.received(packet, now);
      return last;
    }
    if (type === SYN) return this.#synReceived(packet, host, port, now);
    const connection =
      this.#find(connectionId, host, port) ?? (type === RESET ? this.#sentBy(packet, host, port) : undefined);
    if (connection === undefined) return this.#strangerReceived(packet, host, port, now);
    this.#last = connection;
    connection.received(packet, now);
    return connection;
  }

  poll(): MuxOutput | undefined {
    return this.#outputs.shift();
  }

  /** It is over, and nothing that it had to say is left. */
  forget(connection: MuxConnection): void {
    const those = this.#connections.get(connection.receiveId);
    const index = those?.indexOf(connection) ?? -1;
    if (those === undefined || index < 0) return;
    those.splice(index, 1);
    if (those.length === 0) this.#connections.delete(connection.receiveId);
    if (this.#last === connection) this.#last = undefined;
    this.#count--;
  }

  #find(receiveId: number, host: string, port: number): MuxConnection | undefined {
    const those = this.#connections.get(receiveId);
    if (those === undefined) return undefined;
    for (const connection of those)
      if (connection.port === port && connection.host === host) return connection;
    return undefined;
  }

  /** Who has forgotten a connection resets it by the id that it was sent (libutp). */
  #sentBy({ connectionId }: Packet, host: string, port: number): MuxConnection | undefined {
    for (const receiveId of [connectionId - 1, connectionId + 1]) {
      const connection = this.#find(receiveId & SEQUENCES, host, port);
      if (connection?.sendId === connectionId) return connection;
    }
    return undefined;
  }

  #synReceived(packet: Packet, host: string, port: number, now: number): MuxConnection | undefined {
    const { connectionId, sequence, sentAt, maxDatagram } = packet;
    const receiveId = (connectionId + 1) & SEQUENCES;
    const connection = this.#find(receiveId, host, port);
    if (connection !== undefined) {
      // "The connection attempt will fail, since the ST_SYN packet will be unexpected in the existing stream."
      connection.received(packet, now);
      return connection;
    }
    if (!this.#deps.accepts() || this.#count >= this.#options.maxConnections) return undefined;
    const known = this.#halfOpen.find(receiveId, host, port);
    const ours = known?.sequence ?? this.#deps.random.below(SEQUENCES + 1);
    if (known === undefined)
      this.#halfOpen.add({ receiveId, host, port, ack: sequence, sequence: ours, maxDatagram });
    const delay = (((now * 1000) >>> 0) - sentAt) >>> 0;
    this.#say(STATE, connectionId, ours, sequence, delay, host, port, now);
    return undefined;
  }

  /** A packet of no connection: of one that was begun, or of one that is forgotten. */
  #strangerReceived(packet: Packet, host: string, port: number, now: number): MuxConnection | undefined {
    const { connectionId, type, ack, sequence } = packet;
    if (type === RESET) return undefined;
    const begun = this.#halfOpen.find(connectionId, host, port);
    if (begun === undefined) {
      this.#reset(connectionId, sequence, host, port, now);
      return undefined;
    }
    // It has read our answer, whose number is not used up: `connection.ts`.
    if (ack !== ((begun.sequence - 1) & SEQUENCES) && ack !== begun.sequence) return undefined;
    if (this.#count >= this.#options.maxConnections) return undefined;
    this.#halfOpen.remove(begun);
    const facts = {
      receiveId: connectionId,
      sendId: (connectionId - 1) & SEQUENCES,
      sequence: begun.sequence,
      accepted: begun,
      ...this.#deps.pathLimits(host),
    };
    const connection = new MuxConnection({ host, port }, facts, this.#shared, now);
    this.#enter(connection);
    this.#outputs.push({ type: 'accepted', connection });
    connection.received(packet, now);
    return connection;
  }

  #reset(connectionId: number, sequence: number, host: string, port: number, now: number): void {
    if (now - this.#resetsSince >= 1000) {
      this.#resetsSince = now;
      this.#resets = 0;
    }
    if (++this.#resets > this.#options.resetsPerSecond) return;
    this.#say(RESET, connectionId, this.#deps.random.below(SEQUENCES + 1), sequence, 0, host, port, now);
  }

  #say(
    type: number,
    connectionId: number,
    sequence: number,
    ack: number,
    delay: number,
    host: string,
    port: number,
    now: number,
  ): void {
    const { maxDatagram } = this.#deps.pathLimits(host);
    const tells = type === STATE && maxDatagram !== undefined;
    const bytes = new Uint8Array(HEADER + (tells ? MAX_DATAGRAM_EXTENSION : 0));
    writeHeader(bytes, type, connectionId, sequence);
    if (tells) writeMaxDatagram(bytes, maxDatagram);
    const window = type === RESET ? 0 : this.#options.connection.receiveBytes;
    stampHeader(bytes, (now * 1000) >>> 0, delay, window, ack);
    this.#outputs.push({ type: 'send', bytes, host, port });
  }

  #enter(connection: MuxConnection): void {
    const those = this.#connections.get(connection.receiveId);
    if (those === undefined) this.#connections.set(connection.receiveId, [connection]);
    else those.push(connection);
    this.#count++;
  }

  /** One that neither end can take for another's. */
  #freeId(host: string, port: number): number | undefined {
    for (let tries = 0; tries < ID_TRIES; tries++) {
      const id = this.#deps.random.below(SEQUENCES + 1);
      const isTaken = [id - 1, id, id + 1].some(
        other => this.#find(other & SEQUENCES, host, port) !== undefined,
      );
      if (!isTaken) return id;
    }
    return undefined;
  }
}

const ID_TRIES = 100;
