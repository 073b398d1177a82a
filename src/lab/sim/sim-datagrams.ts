// Datagrams of the virtual network. They take their turns on the lines of both machines beside the streams, and get lost
// where a queue is full. Behind NAT a machine hears only those to whom it has sent of late (RFC 4787: filtering that
// depends on address and port). What else a network does to them is each machine's option: loss, repeats, uneven delay,
// and with that another order.

import { type Address, formatAddress } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import type { DatagramNetwork, DatagramSocket } from '../../host/datagram.ts';
import { DatagramQueue } from './datagram-queue.ts';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

/** What becomes of datagrams on their way to a machine. */
export interface DatagramWeather {
  /** Of a thousand so many are lost. @default 0 */
  readonly lossPerMille?: number;
  /** Of a thousand so many come twice. @default 0 */
  readonly repeatsPerMille?: number;
  /** Each is late by up to so much: they overtake each other. @default 0 */
  readonly jitterMs?: number;
  /** Longer ones are lost, as where fragments do not get through. @default 1472 (Ethernet) */
  readonly maxLength?: number;
  /** What waits for a line; more is lost. @default 262,144 */
  readonly queueBytes?: number;
}

export class SimDatagrams {
  readonly #world: World;
  readonly #sockets = new Map<string, SimDatagramSocket>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The port's face for one machine. */
  networkOf(host: SimHost, weather: DatagramWeather): DatagramNetwork {
    const queueBytes = weather.queueBytes ?? 262_144;
    const up = new DatagramQueue(host.uplink, queueBytes);
    const down = new DatagramQueue(host.downlink, queueBytes);
    return { bind: address => this.#bind({ host, weather, up, down }, address) };
  }

  async #bind(machine: Machine, { host, port }: Address): Promise<DatagramSocket> {
    this.#world.promised();
    const own = machine.host.address;
    let chosen = port;
    if (port === 0) for (chosen = FIRST_FREE_PORT; this.#sockets.has(`${own}:${chosen}`); ) chosen++;
    const address = { host: own, port: chosen };
    const key = formatAddress(address);
    const isOwn = host === own || host === '0.0.0.0';
    if (!isOwn || this.#sockets.has(key)) {
      const why = isOwn ? 'another program uses it' : 'this machine has no such address';
      const where = `${formatAddress({ host, port })} (UDP)`;
      throw new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${where}: ${why}.`, { where });
    }
    const socket = new SimDatagramSocket(address, machine, {
      send: (bytes, to) => this.#send(socket, bytes, to),
      close: () => void this.#sockets.delete(key),
    });
    this.#sockets.set(key, socket);
    return socket;
  }

  #send(from: SimDatagramSocket, bytes: Uint8Array, to: Address): void {
    from.sentTo(to, this.#world.now);
    from.machine.up.send(bytes.length, () => {
      const receiver = this.#sockets.get(formatAddress(to));
      const { network, random } = this.#world;
      if (receiver === undefined || !network.isOnline(receiver.machine.host)) return;
      const {
        lossPerMille = 0,
        repeatsPerMille = 0,
        jitterMs = 0,
        maxLength = 1472,
      } = receiver.machine.weather;
      if (bytes.length > maxLength) return;
      if (lossPerMille > 0 && random.below(1000) < lossPerMille) return;
      const copies = repeatsPerMille > 0 && random.below(1000) < repeatsPerMille ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const latencyMs = from.machine.host.latencyMs + receiver.machine.host.latencyMs;
        const lateMs = jitterMs > 0 ? random.below(jitterMs + 1) : 0;
        this.#world.after(latencyMs + lateMs, () => this.#arrive(from.address, receiver, bytes));
      }
    });
  }

  #arrive(from: Address, to: SimDatagramSocket, bytes: Uint8Array): void {
    const { host, down } = to.machine;
    if (!host.isReachable && !to.isExpecting(from, this.#world.now)) return;
    // A copy of its own: what comes twice is the same both times, whatever is made of the first.
    down.send(bytes.length, () => {
      const lent = bytes.slice();
      to.onDatagram(lent, from.host, from.port);
      // Lent for the call: who keeps a part of it is to find out here, and not where sockets use their memory again.
      lent.fill(0xa5);
      to.onQuiet();
    });
  }
}

interface Machine {
  readonly host: SimHost;
  readonly weather: DatagramWeather;
  readonly up: DatagramQueue;
  readonly down: DatagramQueue;
}

class SimDatagramSocket implements DatagramSocket {
  readonly address: Address;
  readonly machine: Machine;
  onDatagram: DatagramSocket['onDatagram'] = () => {};
  onQuiet = () => {};
  readonly #calls: { send(bytes: Uint8Array, to: Address): void; close(): void };
  /** Whom it has sent to, and when last: what a NAT remembers. */
  readonly #sentAt = new Map<string, number>();
  #isClosed = false;

  constructor(
    address: Address,
    machine: Machine,
    calls: { send(bytes: Uint8Array, to: Address): void; close(): void },
  ) {
    this.address = address;
    this.machine = machine;
    this.#calls = calls;
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    if (!this.#isClosed) this.#calls.send(bytes, { host, port });
  }

  keepAlive(): void {}

  close(): void {
    this.#isClosed = true;
    this.onDatagram = () => {};
    this.#calls.close();
  }

  sentTo(to: Address, now: number): void {
    if (!this.machine.host.isReachable) this.#sentAt.set(formatAddress(to), now);
  }

  isExpecting(from: Address, now: number): boolean {
    const sentAt = this.#sentAt.get(formatAddress(from));
    return sentAt !== undefined && now - sentAt < NAT_MS;
  }
}

// RFC 6335, section 6: the dynamic ports.
const FIRST_FREE_PORT = 49_152;
// RFC 4787, REQ-5: a mapping lives for two minutes at least.
const NAT_MS = 120_000;
