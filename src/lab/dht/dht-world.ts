// Many nodes of the DHT in virtual time, and nothing else: no sockets, no sessions, no lines; a datagram takes its latency,
// or is lost. What a node is, is core/dht's; here they are joined, leave, and some of them lie. The same by its seed.

import { type Address, addressBytes, formatAddress } from '../../core/bytes/compact-address.ts';
import { type Random, seededRandom } from '../../core/bytes/prng.ts';
import type { VerifySignature } from '../../core/dht/items.ts';
import { DhtNode } from '../../core/dht/node.ts';
import type { DhtNodeOptions } from '../../core/dht/options.ts';
import type { LookupResult } from '../../core/dht/search.ts';
import { secureId } from '../../core/dht/secure-id.ts';
import { Agenda } from '../sim/agenda.ts';

export interface DhtWorldOptions {
  readonly seed: number;
  /** Of a thousand datagrams so many are lost. @default 0 */
  readonly lossPerMille?: number;
  /** One way. @default 20 to 120, by chance */
  readonly latencyMs?: number;
  readonly node?: Partial<DhtNodeOptions>;
  readonly verify?: VerifySignature;
}

/** What is at an address: a node, or something that lies. */
export interface Machine {
  readonly address: Address;
  received(bytes: Uint8Array, from: Address, now: number): void;
}

/** A node at its address. */
export interface DhtMachine extends Machine {
  readonly node: DhtNode;
}

/** What a lookup has found. */
export interface Found extends LookupResult {
  readonly addresses: readonly Address[];
  readonly tookMs: number;
}

interface Waiting {
  readonly addresses: Address[];
  readonly startedAt: number;
  readonly done: (found: Found) => void;
}

export class DhtWorld {
  readonly random: Random;
  now = 0;
  /** Datagrams that were sent. */
  datagramCount = 0;
  readonly #options: DhtWorldOptions;
  readonly #agenda = new Agenda();
  readonly #machines = new Map<string, Machine>();
  readonly #waiting = new Map<DhtNode, Map<number, Waiting>>();
  readonly #timers = new Map<DhtNode, number>();

  constructor(options: DhtWorldOptions) {
    this.#options = options;
    this.random = seededRandom(options.seed);
  }

  /** A node, started; `bootstrap` are the addresses that it is told of. */
  addNode(
    bootstrap: readonly Address[] = [],
    {
      address = this.freeAddress(),
      options = {} as Partial<DhtNodeOptions>,
      id = undefined as Uint8Array | undefined,
    } = {},
  ): DhtMachine {
    const random = seededRandom(this.random.below(2 ** 32));
    const { verify = () => false } = this.#options;
    const ip = addressBytes(address.host)!;
    const node = new DhtNode(
      ip.length === 4 ? 4 : 6,
      { ...this.#options.node, ...options },
      { random, secrets: random, verify },
      id ?? secureId(ip, random),
    );
    const machine: DhtMachine = {
      address,
      node,
      received: (bytes, from) =>
        this.tell(machine, () => node.received(bytes, from.host, from.port, this.now)),
    };
    this.add(machine);
    this.#waiting.set(node, new Map());
    this.tell(machine, () => {
      node.start(this.now);
      for (const known of bootstrap) node.nodeFound(known, this.now);
    });
    return machine;
  }

  add(machine: Machine): void {
    this.#machines.set(formatAddress(machine.address), machine);
  }

  /** It is gone, without a word. */
  remove(machine: Machine): void {
    this.#machines.delete(formatAddress(machine.address));
    if ('node' in machine) {
      const { node } = machine as DhtMachine;
      node.stop();
      this.#timers.delete(node);
      this.#waiting.delete(node);
    }
  }

  /** A public address that nobody has. */
  freeAddress(): Address {
    for (;;) {
      const [a, b, c, d] = [1 + this.random.below(9), ...this.random.fill(new Uint8Array(3))];
      const address = { host: `${a}.${b}.${c}.${d}`, port: 6881 };
      if (!this.#machines.has(formatAddress(address))) return address;
    }
  }

  /** A fact for a node, and what follows from it. */
  tell(machine: DhtMachine, fact: () => void): void {
    fact();
    const { node } = machine;
    for (let output = node.poll(); output !== undefined; output = node.poll()) {
      if (output.type === 'send') this.send(machine.address, output, output.bytes);
      else if (output.type === 'peers')
        this.#waiting
          .get(node)
          ?.get(output.lookup)
          ?.addresses.push(...output.addresses);
      else if (output.type === 'done') this.#done(node, output.lookup, output.result);
    }
    this.#setTimer(machine);
  }

  /** Starts a lookup at a node: `start` is to give its number. */
  lookUp(machine: DhtMachine, start: (node: DhtNode) => number, done: (found: Found) => void): void {
    this.tell(machine, () => {
      const waiting = { addresses: [], startedAt: this.now, done };
      this.#waiting.get(machine.node)!.set(start(machine.node), waiting);
    });
  }

  /** The same, waited for. */
  find(machine: DhtMachine, start: (node: DhtNode) => number): Found {
    let found: Found | undefined;
    this.lookUp(machine, start, result => {
      found = result;
    });
    this.runUntil(() => found !== undefined, 120_000);
    return found!;
  }

  send(from: Address, to: Address, bytes: Uint8Array): void {
    this.datagramCount++;
    const { lossPerMille = 0, latencyMs = 20 + this.random.below(101) } = this.#options;
    if (lossPerMille > 0 && this.random.below(1000) < lossPerMille) return;
    const key = formatAddress(to);
    this.after(latencyMs, () => this.#machines.get(key)?.received(bytes, from, this.now));
  }

  after(delayMs: number, call: () => void): void {
    this.#agenda.add(this.now + Math.max(0, delayMs), call);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (let at = this.#agenda.nextAt; at !== undefined && at <= end; at = this.#agenda.nextAt)
      this.#next(at);
    this.now = end;
  }

  /** @throws Error where that does not come within `maxMs` */
  runUntil(isDone: () => boolean, maxMs: number): void {
    const end = this.now + maxMs;
    while (!isDone()) {
      const at = this.#agenda.nextAt;
      if (at === undefined || at > end) throw new Error(`It is not done after ${maxMs / 1000} s.`);
      this.#next(at);
    }
  }

  #next(at: number): void {
    this.now = Math.max(this.now, at);
    this.#agenda.take()!();
  }

  #done(node: DhtNode, lookup: number, result: LookupResult): void {
    const ofNode = this.#waiting.get(node);
    const waiting = ofNode?.get(lookup);
    if (waiting === undefined) return;
    ofNode!.delete(lookup);
    waiting.done({ ...result, addresses: waiting.addresses, tookMs: this.now - waiting.startedAt });
  }

  /** A timer that is early only looks again. */
  #setTimer(machine: DhtMachine): void {
    const { node } = machine;
    const at = node.nextTimeout();
    const set = this.#timers.get(node);
    if (at === undefined || !this.#waiting.has(node) || (set !== undefined && set <= at)) return;
    this.#timers.set(node, at);
    this.after(at - this.now, () => {
      if (this.#timers.get(node) !== at) return;
      this.#timers.delete(node);
      this.tell(machine, () => node.timePassed(this.now));
    });
  }
}
