// A network of virtual time for uTP alone: datagrams that take their time, get lost, come twice or too late, or wait in a queue.
// Two muxes at two addresses, without session and sockets.

import { type Random, seededRandom } from '../src/core/bytes/prng.ts';
import type { ConnectionEvent } from '../src/core/utp/connection.ts';
import { Mux, type MuxConnection, type PathLimits } from '../src/core/utp/mux.ts';
import { MUX_DEFAULTS, type MuxOptions } from '../src/core/utp/options.ts';

export interface Chances {
  readonly delayMs?: number;
  /** At most so much is added to the delay, each time as it comes: order changes. */
  readonly jitterMs?: number;
  /** Of a hundred. */
  readonly lost?: number;
  readonly doubled?: number;
  /** Datagrams longer than this get lost. */
  readonly mtu?: number;
}

export class UtpNetwork {
  now = 1_000_000;
  readonly random: Random;
  /** What is lost, and why, may be said by a test as well. */
  chances: Chances;
  isLost: (bytes: Uint8Array, from: UtpEnd) => boolean = () => false;
  sent = 0;
  readonly ends: UtpEnd[] = [];
  readonly #due: { at: number; order: number; call: () => void }[] = [];
  #order = 0;

  constructor(seed: number, chances: Chances = {}) {
    this.random = seededRandom(seed);
    this.chances = chances;
  }

  end(
    host: string,
    options: Partial<MuxOptions> = {},
    limits: PathLimits = { floor: 548, ceiling: 1472 },
  ): UtpEnd {
    const end = new UtpEnd(this, host, { ...MUX_DEFAULTS, ...options }, limits);
    this.ends.push(end);
    return end;
  }

  after(delayMs: number, call: () => void): void {
    const entry = { at: this.now + delayMs, order: this.#order++, call };
    let i = this.#due.length;
    while (
      i > 0 &&
      (this.#due[i - 1]!.at < entry.at ||
        (this.#due[i - 1]!.at === entry.at && this.#due[i - 1]!.order < entry.order))
    )
      i--;
    this.#due.splice(i, 0, entry);
  }

  send(bytes: Uint8Array, from: UtpEnd, host: string, port: number): void {
    const { delayMs = 10, jitterMs = 0, lost = 0, doubled = 0, mtu = 65_507 } = this.chances;
    this.sent++;
    if (bytes.length > mtu || this.random.below(100) < lost || this.isLost(bytes, from)) return;
    const copy = bytes.slice();
    const times = this.random.below(100) < doubled ? 2 : 1;
    for (let i = 0; i < times; i++) {
      const late = jitterMs === 0 ? 0 : this.random.below(Math.round(jitterMs * 10)) / 10;
      this.after(delayMs + late, () => {
        const to = this.ends.find(end => end.host === host);
        if (to !== undefined && port === PORT) to.receive(copy, from.host);
      });
    }
  }

  /** Lets everything happen until `isDone`, for so long at the most; says whether it is. */
  run(isDone: () => boolean, maxMs: number): boolean {
    const until = this.now + maxMs;
    while (!isDone()) {
      const due = this.#due[this.#due.length - 1];
      let at = due?.at ?? Number.POSITIVE_INFINITY;
      let ticking: UtpEnd | undefined;
      for (const end of this.ends) {
        const timeout = end.nextTimeout;
        if (timeout < at) {
          at = timeout;
          ticking = end;
        }
      }
      if (at > until) {
        this.now = until;
        return isDone();
      }
      this.now = Math.max(this.now, at);
      if (ticking !== undefined) ticking.tick();
      else {
        this.#due.pop();
        due!.call();
      }
    }
    return true;
  }
}

/** A connection as its user has it. */
export class UtpUser {
  readonly connection: MuxConnection;
  readonly got: Uint8Array[] = [];
  gotBytes = 0;
  isConnected = false;
  drained = 0;
  /** `end`, or the code of the fault. */
  closed: string | undefined;
  onBytes: (bytes: Uint8Array) => void = () => {};
  onDrained: () => void = () => {};
  readonly #end: UtpEnd;

  constructor(connection: MuxConnection, end: UtpEnd) {
    this.connection = connection;
    this.#end = end;
  }

  write(...chunks: Uint8Array[]): boolean {
    const isTaken = this.connection.write(chunks);
    this.#end.drain(this);
    return isTaken;
  }

  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
    this.#end.drain(this);
  }

  close(): void {
    this.connection.close();
    this.#end.drain(this);
  }

  told(event: ConnectionEvent): void {
    if (event.type === 'connected') this.isConnected = true;
    else if (event.type === 'drained') {
      this.drained++;
      this.onDrained();
    } else if (event.type === 'closed') this.closed = event.fault?.code ?? 'end';
    else {
      this.gotBytes += event.bytes.length;
      this.got.push(event.bytes.slice());
      this.onBytes(event.bytes);
    }
  }
}

export class UtpEnd {
  readonly host: string;
  readonly mux: Mux;
  readonly users: UtpUser[] = [];
  /** Those who dialled us. */
  readonly accepted: UtpUser[] = [];
  readonly #network: UtpNetwork;

  constructor(network: UtpNetwork, host: string, options: MuxOptions, limits: PathLimits) {
    this.#network = network;
    this.host = host;
    this.mux = new Mux(options, { random: network.random, pathLimits: () => limits, accepts: () => true });
  }

  dial(to: UtpEnd): UtpUser {
    const connection = this.mux.dial(to.host, PORT, this.#network.now)!;
    const user = new UtpUser(connection, this);
    this.users.push(user);
    this.drain(user);
    return user;
  }

  receive(bytes: Uint8Array, host: string, port = PORT): void {
    const connection = this.mux.received(bytes, host, port, this.#network.now);
    for (let output = this.mux.poll(); output !== undefined; output = this.mux.poll()) {
      if (output.type === 'send') this.#network.send(output.bytes, this, output.host, output.port);
      else {
        const user = new UtpUser(output.connection, this);
        this.users.push(user);
        this.accepted.push(user);
      }
    }
    const user = this.users.find(other => other.connection === connection);
    if (user !== undefined) this.drain(user);
  }

  drain(user: UtpUser): void {
    const { connection } = user;
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) user.told(event);
    const { now } = this.#network;
    for (let bytes = connection.nextDatagram(now); bytes !== undefined; bytes = connection.nextDatagram(now))
      this.#network.send(bytes, this, connection.host, connection.port);
    if (connection.isOver) this.mux.forget(connection);
  }

  get nextTimeout(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { connection } of this.users) least = Math.min(least, connection.nextTimeout);
    return least;
  }

  tick(): void {
    const { now } = this.#network;
    for (const user of this.users) {
      if (user.connection.nextTimeout > now) continue;
      user.connection.timePassed(now);
      this.drain(user);
    }
  }
}

const PORT = 6881;
