// The virtual network: who listens where, and how a dial comes out. A machine behind NAT can dial and cannot be dialled;
// an address where nobody listens refuses; one that nobody has does not answer.
//
// The model, and what it leaves out. Each machine has an uplink and a downlink (`line`), each shared fairly among its
// streams, a quantum in turn, as fair queueing does and as TCP nearly does among streams of like round trip; between two
// machines there is latency and no limit. Lost packets, slow start and TCP's own headers are left out: what they change
// is small as long as round trips are below 400 ms and loss below 5 % (FIELD.md: Rao, Legout), and the caps of a home
// line are what a swarm's times are made of. Streams of different latency share a line evenly here, where real TCP would
// favour the nearer.

import { type Address, formatAddress } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import type { Stream, StreamListener, StreamNetwork } from '../../host/stream.ts';
import type { SimHost } from './sim-host.ts';
import { connection, type SimStream } from './sim-stream.ts';
import type { World } from './world.ts';

interface Connection {
  readonly from: SimHost;
  readonly to: SimHost;
  readonly streams: readonly [SimStream, SimStream];
}

export class Network {
  /** Where bytes stand while they are read, and views of so many of them: made once, as each is of use again. */
  readonly scratch = new Uint8Array(65_536);
  readonly #views: (Uint8Array | undefined)[] = new Array(this.scratch.length + 1);
  readonly #world: World;
  readonly #byHost = new Map<string, SimHost>();
  readonly #listeners = new Map<
    string,
    { readonly host: SimHost; readonly onStream: (stream: Stream) => void }
  >();
  readonly #connections = new Set<Connection>();
  /** Bytes by connections that are over, by `from * 2 ** 20 + to`. */
  readonly #traffic = new Map<number, number>();
  #lastConnection = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The ports' face for one machine. */
  streamsOf(host: SimHost): StreamNetwork {
    this.#byHost.set(host.address, host);
    return {
      listen: (address, onStream) => this.#listen(host, address, onStream),
      dial: (address, timeoutMs, done) => this.#dial(host, address, timeoutMs, done),
    };
  }

  /** It has not been unplugged. */
  isOnline(host: SimHost): boolean {
    return this.#byHost.get(host.address) === host;
  }

  /** The first of `scratch`. */
  firstOfScratch(length: number): Uint8Array {
    let view = this.#views[length];
    if (view === undefined) {
      view = this.scratch.subarray(0, length);
      this.#views[length] = view;
    }
    return view;
  }

  /** How many connections a machine has. */
  connectionsOf(host: SimHost): number {
    let count = 0;
    for (const { from, to } of this.#connections) if (from === host || to === host) count++;
    return count;
  }

  /** Tells how many bytes each machine has sent to each other over streams, by their indices; pairs may come twice. */
  eachTraffic(tell: (from: number, to: number, bytes: number) => void): void {
    for (const [pair, bytes] of this.#traffic) tell(Math.floor(pair / PAIR), pair % PAIR, bytes);
    for (const { from, to, streams } of this.#connections) {
      tell(from.index, to.index, streams[0].sent);
      tell(to.index, from.index, streams[1].sent);
    }
  }

  /** Breaks every connection that `isChosen` says yes to: both ends are told of a fault at once. */
  reset(isChosen: (from: SimHost, to: SimHost) => boolean): number {
    let count = 0;
    for (const { from, to, streams } of [...this.#connections]) {
      if (!isChosen(from, to)) continue;
      count++;
      for (const stream of streams) {
        stream.cut();
        stream.ended(new Error('The connection was reset.'));
      }
    }
    return count;
  }

  /** A machine is gone without a word: its connections stand still, and it is told of nothing. */
  unplug(host: SimHost): void {
    this.#byHost.delete(host.address);
    for (const { from, to, streams } of [...this.#connections]) {
      if (from === host || to === host) for (const stream of streams) stream.cut();
    }
  }

  async #listen(
    host: SimHost,
    address: Address,
    onStream: (stream: Stream) => void,
  ): Promise<StreamListener> {
    let { port } = address;
    if (port === 0) for (port = FIRST_FREE_PORT; this.#listeners.has(keyOf(host, port)); ) port++;
    const key = keyOf(host, port);
    this.#world.promised();
    if (this.#listeners.has(key)) {
      const where = formatAddress({ host: host.address, port });
      throw new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${where}: another program uses it.`);
    }
    this.#listeners.set(key, { host, onStream });
    return {
      address: { host: host.address, port },
      close: () => void this.#listeners.delete(key),
    };
  }

  #dial(
    from: SimHost,
    address: Address,
    timeoutMs: number,
    done: (result: Stream | Error) => void,
  ): () => void {
    const world = this.#world;
    const to = this.#byHost.get(address.host);
    let isOver = false;
    const settle = (result: Stream | Error) => {
      if (isOver) return false;
      isOver = true;
      cancelTimeout();
      done(result);
      return true;
    };
    const cancelTimeout = world.after(timeoutMs, () => {
      settle(new SwarmlineError('DIAL_TIMEOUT', `${formatAddress(address)} does not answer.`));
    });
    if (this.isOnline(from) && to !== undefined && (to.isReachable || to === from)) {
      const latencyMs = latencyBetween(from, to);
      world.after(latencyMs, () => {
        if (isOver || this.#byHost.get(address.host) !== to) return;
        const listener = this.#listeners.get(formatAddress(address));
        if (listener === undefined) {
          world.after(latencyMs, () => settle(new Error('The connection was refused.')));
          return;
        }
        const [here, there] = this.#connect(from, to, address);
        world.after(latencyMs, () => {
          if (!settle(here)) here.close();
        });
        listener.onStream(there);
      });
    }
    return () => {
      isOver = true;
      cancelTimeout();
    };
  }

  #connect(from: SimHost, to: SimHost, address: Address): readonly [SimStream, SimStream] {
    const number = ++this.#lastConnection;
    const isLocal = isOfOneSite(from, to);
    const latencyMs = latencyBetween(from, to);
    const pipe = (sender: SimHost, receiver: SimHost, way: 0 | 1) => ({
      number: 2 * number + way,
      uplink: isLocal ? sender.localUplink : sender.uplink,
      downlink: isLocal ? receiver.localDownlink : receiver.downlink,
      latencyMs,
      sendBuffer: sender.sendBuffer,
      window: receiver.window,
    });
    const local = { host: from.address, port: FIRST_FREE_PORT + (number % 16_384) };
    const streams = connection(this.#world, [local, address], pipe(from, to, 0), pipe(to, from, 1));
    const standing: Connection = { from, to, streams };
    this.#connections.add(standing);
    for (const stream of streams) {
      stream.onOver = () => {
        if (streams[0].isOpen || streams[1].isOpen || !this.#connections.delete(standing)) return;
        this.#count(from, to, streams[0].sent);
        this.#count(to, from, streams[1].sent);
      };
    }
    return streams;
  }

  #count(from: SimHost, to: SimHost, bytes: number): void {
    const pair = from.index * PAIR + to.index;
    this.#traffic.set(pair, (this.#traffic.get(pair) ?? 0) + bytes);
  }
}

function isOfOneSite(from: SimHost, to: SimHost): boolean {
  return from.site !== undefined && from.site === to.site;
}

/** One way. */
function latencyBetween(from: SimHost, to: SimHost): number {
  return isOfOneSite(from, to) ? LOCAL_LATENCY_MS : from.latencyMs + to.latencyMs;
}

function keyOf(host: SimHost, port: number): string {
  return formatAddress({ host: host.address, port });
}

// RFC 6335, section 6: the dynamic ports.
const FIRST_FREE_PORT = 49_152;
/** More machines than any world has. */
const PAIR = 2 ** 20;
/** One way, from one machine of a site to another. */
const LOCAL_LATENCY_MS = 0.25;
