// Has the router of this machine's network let peers in: carries out what core/nat says, by the host's sockets and requests,
// and tells what stands open. It looks again now and then where this machine is: a laptop has another router at home.

import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Mapped, MappingOutput } from '../core/nat/mapping.ts';
import { PortMapper } from '../core/nat/port-mapper.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { Gateway, Gateways } from '../host/gateways.ts';

export type PortForwardStatus =
  /** Not wanted, or not possible: nobody listens, or only on this machine. */
  | { readonly state: 'off' }
  /** This machine has no router to the Internet. */
  | { readonly state: 'no-gateway' }
  | { readonly state: 'asking'; readonly gateway: string }
  | ({ readonly state: 'open'; readonly gateway: string } & Mapped)
  /** `reason` is a sentence. */
  | { readonly state: 'failed'; readonly gateway: string; readonly reason: string };

export interface PortForwardDeps {
  readonly clock: Clock;
  readonly datagrams: DatagramNetwork;
  readonly gateways: Gateways;
  /** The nonces of PCP are to be guessed by nobody. */
  readonly random: Random;
  readonly onStatus: (status: PortForwardStatus) => void;
}

export class PortForward {
  readonly #listen: Address;
  readonly #deps: PortForwardDeps;
  #status: PortForwardStatus = { state: 'off' };
  #gateway: Gateway | undefined;
  #mapper: PortMapper | undefined;
  #socket: DatagramSocket | undefined;
  readonly #giveUps = new Set<() => void>();
  #isElsewhere = false;
  #cancelTimer = () => {};
  #cancelLook = () => {};
  #isClosed = false;
  #closed = () => {};

  /** `listen` is where peers are taken. */
  constructor(listen: Address, deps: PortForwardDeps) {
    this.#listen = listen;
    this.#deps = deps;
    if (addressScope(listen.host) !== 'loopback') void this.#look();
  }

  get status(): PortForwardStatus {
    return this.#status;
  }

  /** Peers are taken at an address to which the router does not lead. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** When what stands open would end unless it is asked for again: of the clock's `now`. Undefined where it does not. */
  get leaseEndsAt(): number | undefined {
    return this.#status.state === 'open' ? this.#mapper?.leaseEndsAt() : undefined;
  }

  /** Takes back what stands open: done when the router says so, or after two seconds. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelLook();
    if (this.#mapper !== undefined) {
      const mapper = this.#mapper;
      await new Promise<void>(resolve => {
        const cancel = this.#deps.clock.after(GOODBYE_MS, resolve);
        this.#closed = () => {
          cancel();
          resolve();
        };
        mapper.close(this.#deps.clock.now());
        this.#drain();
      });
    }
    this.#leave();
  }

  async #look(): Promise<void> {
    const gateway = await this.#deps.gateways.find();
    if (this.#isClosed) return;
    this.#cancelLook = this.#deps.clock.after(LOOK_MS, () => void this.#look());
    const before = this.#gateway;
    if (before !== undefined && before.host === gateway?.host && before.localHost === gateway.localHost)
      return;
    this.#leave();
    this.#isElsewhere = false;
    if (gateway === undefined) this.#say({ state: 'no-gateway' });
    // Who listens at another of this machine's addresses cannot be reached through this router.
    else if (!ANYWHERE.has(this.#listen.host) && this.#listen.host !== gateway.localHost) {
      this.#isElsewhere = true;
      this.#say({ state: 'off' });
    } else await this.#begin(gateway);
  }

  async #begin(gateway: Gateway): Promise<void> {
    const { datagrams, random, clock } = this.#deps;
    this.#gateway = gateway;
    let socket: DatagramSocket;
    try {
      socket = await datagrams.bind({ host: gateway.localHost, port: 0 });
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#gateway = undefined;
      return;
    }
    if (this.#isClosed || this.#gateway !== gateway) {
      socket.close();
      return;
    }
    this.#socket = socket;
    this.#say({ state: 'asking', gateway: gateway.host });
    const wish = { gateway: gateway.host, localHost: gateway.localHost, port: this.#listen.port };
    const mapper = new PortMapper(wish, { random }, clock.now());
    this.#mapper = mapper;
    socket.onDatagram = (bytes, host, port) => {
      mapper.received(bytes, host, port, clock.now());
      this.#drain();
    };
    this.#drain();
  }

  #drain(): void {
    const mapper = this.#mapper;
    for (let output = mapper?.poll(); output !== undefined; output = mapper?.poll()) this.#do(output);
    this.#cancelTimer();
    const at = mapper?.nextTimeout();
    if (at === undefined) return;
    const { clock } = this.#deps;
    this.#cancelTimer = clock.after(Math.max(0, at - clock.now()), () => {
      mapper?.timePassed(clock.now());
      this.#drain();
    });
  }

  #do(output: MappingOutput): void {
    const gateway = this.#gateway!;
    switch (output.type) {
      case 'send':
        this.#socket?.send(output.bytes, output.host, output.port);
        return;
      case 'ask': {
        const mapper = this.#mapper;
        const giveUp = this.#deps.gateways.ask(gateway, output.question, answer => {
          this.#giveUps.delete(giveUp);
          mapper?.answered(output.id, answer, this.#deps.clock.now());
          this.#drain();
        });
        this.#giveUps.add(giveUp);
        return;
      }
      case 'mapped':
        this.#say({ state: 'open', gateway: gateway.host, ...output.mapped });
        return;
      case 'failed': {
        const reason = `The router ${gateway.host} opens no port: ${output.reason}.`;
        this.#say({ state: 'failed', gateway: gateway.host, reason });
        return;
      }
      case 'closed':
        this.#closed();
        return;
      default:
        output satisfies never;
    }
  }

  /** Of the router that was. */
  #leave(): void {
    this.#cancelTimer();
    for (const giveUp of [...this.#giveUps]) giveUp();
    this.#giveUps.clear();
    this.#socket?.close();
    this.#socket = undefined;
    this.#mapper = undefined;
    this.#gateway = undefined;
  }

  #say(status: PortForwardStatus): void {
    if (this.#isClosed || JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#deps.onStatus(status);
  }
}

const ANYWHERE = new Set(['::', '0.0.0.0']);
const LOOK_MS = 300_000;
const GOODBYE_MS = 2000;
