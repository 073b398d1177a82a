// uTP for a session: the mux of core/utp on the port that all datagrams share. It tells the mux what comes and what time it
// is, and carries out what connections say: bytes to streams at once, datagrams when everything that came together was heard.

import type { Address } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import { Mux, type MuxConnection, type PathLimits } from '../core/utp/mux.ts';
import { CONNECTION_DEFAULTS, MUX_DEFAULTS, type MuxOptions } from '../core/utp/options.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';
import { Alarm, type Schedule } from './schedule.ts';
import type { UdpDemux } from './udp-demux.ts';
import { type UtpMover, UtpStream } from './utp-stream.ts';

export interface UtpNetworkDeps {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly demux: UdpDemux;
  /** Not to be guessed. */
  readonly random: Random;
  /** Somebody has dialled us. The handlers are to be set within the call. */
  readonly onStream: (stream: Stream) => void;
}

/** A stream, and what the network remembers of it. */
interface Link {
  readonly stream: UtpStream;
  readonly alarm: Alarm;
  /** Of one that was dialled, until it stands. */
  dialled: ((result: Stream | Error) => void) | undefined;
  isTouched: boolean;
}

export class UtpNetwork implements UtpMover {
  readonly #deps: UtpNetworkDeps;
  readonly #mux: Mux;
  readonly #links = new Map<MuxConnection, Link>();
  /** Whose events or datagrams are to be looked at. */
  #touched: Link[] = [];
  #isDraining = false;
  /** Datagrams come: what is answered waits until all are there. */
  #isInTurn = false;
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: MuxOptions, deps: UtpNetworkDeps) {
    this.#deps = deps;
    this.#mux = new Mux(options, {
      random: deps.random,
      pathLimits: host => pathLimits(host, deps.demux.isOwnAddress(host), deps.demux.relay?.overhead ?? 0),
      accepts: () => !this.#isClosing,
    });
    deps.demux.add('utp', (bytes, host, port) => this.#received(bytes, host, port));
    deps.demux.addQuiet(() => {
      this.#isInTurn = false;
      this.#settle();
    });
  }

  /** Connections, those that are being dialled and those that end counted. */
  get count(): number {
    return this.#links.size;
  }

  /** Dials; `done` has the stream, or the reason why there is none. Returns a function that gives up. */
  dial({ host, port }: Address, timeoutMs: number, done: (result: Stream | Error) => void): () => void {
    const { clock, demux } = this.#deps;
    const isReachable = demux.address(host.includes(':') ? 6 : 4) !== undefined;
    const connection = isReachable && !this.#isClosing ? this.#mux.dial(host, port, clock.now()) : undefined;
    if (connection === undefined) {
      const fault = new SwarmlineError(
        'UTP_UNAVAILABLE',
        `No connection by uTP to ${host} can be made from here.`,
      );
      return clock.after(0, () => done(fault));
    }
    const link = this.#enter(connection);
    const settle = (result: Stream | Error) => {
      cancelTimeout();
      link.dialled = undefined;
      done(result);
    };
    const giveUp = () => {
      if (link.dialled === undefined) return false;
      cancelTimeout();
      link.dialled = undefined;
      connection.close();
      this.touched(link.stream);
      return true;
    };
    const cancelTimeout = clock.after(timeoutMs, () => {
      if (giveUp()) done(new SwarmlineError('DIAL_TIMEOUT', `${host} does not answer by uTP.`));
    });
    link.dialled = settle;
    this.touched(link.stream);
    return giveUp;
  }

  /** Ends all connections, and waits a moment for what was written to arrive. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    for (const { stream } of [...this.#links.values()]) stream.close();
    if (this.#links.size === 0) return;
    await new Promise<void>(resolve => {
      this.#onEmpty = resolve;
      this.#deps.clock.after(LINGER_MS, resolve);
    });
  }

  touched(stream: UtpStream): void {
    const link = this.#links.get(stream.connection);
    if (link === undefined) return;
    this.#touch(link);
    if (!this.#isInTurn) this.#settle();
  }

  closedHere(stream: UtpStream): void {
    this.#deps.clock.after(0, () => stream.onClosed());
  }

  #received(bytes: Uint8Array, host: string, port: number): void {
    this.#isInTurn = true;
    const connection = this.#mux.received(bytes, host, port, this.#deps.clock.now());
    if (connection === false) return;
    for (let output = this.#mux.poll(); output !== undefined; output = this.#mux.poll()) {
      if (output.type === 'send') this.#deps.demux.send(output.bytes, output.host, output.port);
      else this.#deps.onStream(this.#enter(output.connection).stream);
    }
    const link = connection && this.#links.get(connection);
    if (link === undefined) return;
    this.#touch(link);
    this.#tell(link);
  }

  #enter(connection: MuxConnection): Link {
    const link: Link = {
      stream: new UtpStream(connection, this),
      alarm: new Alarm(() => {
        connection.timePassed(this.#deps.clock.now());
        this.#touch(link);
        if (!this.#isInTurn) this.#settle();
      }),
      dialled: undefined,
      isTouched: false,
    };
    this.#links.set(connection, link);
    this.#deps.demux.keepAlive(true);
    return link;
  }

  #touch(link: Link): void {
    if (link.isTouched) return;
    link.isTouched = true;
    this.#touched.push(link);
  }

  /** What the connection has for its stream. */
  #tell(link: Link): void {
    const { stream } = link;
    const { connection } = stream;
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) {
      switch (event.type) {
        case 'bytes':
          stream.onBytes(event.bytes);
          break;
        case 'drained':
          stream.onDrained();
          break;
        case 'connected':
          link.dialled?.(stream);
          break;
        case 'closed':
          if (link.dialled !== undefined) link.dialled(event.fault ?? new Error('The connection was ended.'));
          else stream.ended(event.fault);
          break;
        default:
          event satisfies never;
      }
    }
  }

  /** Sends what connections have to send, until none has done anything more. */
  #settle(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let touched = this.#touched; touched.length > 0; touched = this.#touched) {
        this.#touched = [];
        for (const link of touched) {
          link.isTouched = false;
          this.#tell(link);
          this.#send(link);
        }
      }
    } finally {
      this.#isDraining = false;
    }
  }

  #send({ stream: { connection }, alarm }: Link): void {
    const { clock, demux, schedule } = this.#deps;
    const { host, port } = connection;
    const isFree = demux.isFreeOnceSent(host.includes(':') ? 6 : 4);
    const now = clock.now();
    for (let bytes = connection.nextDatagram(now); bytes !== undefined; bytes = connection.nextDatagram(now))
      demux.send(isFree ? bytes : bytes.slice(), host, port);
    if (connection.isOver) {
      this.#forget(connection, alarm);
      return;
    }
    const at = connection.nextTimeout;
    // An alarm that rings early only looks again: it is not worth setting anew for each packet.
    if (alarm.place < 0 || at < alarm.at)
      schedule.set(alarm, at === Number.POSITIVE_INFINITY ? undefined : at);
  }

  #forget(connection: MuxConnection, alarm: Alarm): void {
    this.#deps.schedule.set(alarm, undefined);
    this.#links.delete(connection);
    this.#mux.forget(connection);
    if (this.#links.size > 0) return;
    this.#deps.demux.keepAlive(false);
    this.#onEmpty?.();
  }
}

export function utpOptions(options: Partial<MuxOptions>): MuxOptions {
  return { ...MUX_DEFAULTS, connection: CONNECTION_DEFAULTS, ...options };
}

/** What gets through: RFC 791 and RFC 8200 promise 576 and 1280 bytes; an Ethernet carries 1500; this machine to itself 65,536. */
function pathLimits(host: string, isOwn: boolean, overhead: number): PathLimits {
  const headers = host.includes(':') ? 48 : 28;
  const around = headers + overhead;
  const limits = { floor: (headers === 48 ? 1280 : 576) - around, ceiling: 1500 - around };
  return isOwn ? { ...limits, maxDatagram: OWN_DATAGRAM } : limits;
}

// A block with what goes before it, and some more; others' programs take no more than an Ethernet carries (libtorrent reads into
// 1500 bytes, and would take a longer datagram for a whole one that is cut off).
const OWN_DATAGRAM = 16_896;
const LINGER_MS = 3000;
