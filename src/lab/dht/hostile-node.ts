// A node that works against the DHT, with others of its kind. At its usual port it has an id as BEP 42 wants it, answers
// pings, and gets into tables. Whatever it is asked for, it names its kind as the closest nodes there are, each under an id
// made up for that target, at a second port; or machines that do not exist. It takes announces and forgets them, and names
// peers that nobody knows.

import {
  type Address,
  addressBytes,
  encodeCompact,
  formatAddress,
} from '../../core/bytes/compact-address.ts';
import type { Random } from '../../core/bytes/prng.ts';
import { encodeNodes } from '../../core/dht/compact-nodes.ts';
import { decodeKrpc, idOf } from '../../core/dht/krpc.ts';
import { encodeAnswer, encodeQuery } from '../../core/dht/krpc-write.ts';
import { secureId } from '../../core/dht/secure-id.ts';
import type { DhtWorld, Machine } from './dht-world.ts';

export class HostileNode implements Machine {
  readonly address: Address;
  readonly id: Uint8Array;
  readonly #world: DhtWorld;
  readonly #kind: readonly HostileNode[];
  readonly #random: Random;
  /** Names machines that are not there, in the place of its kind. */
  readonly #invents: boolean;

  /** `kind`: all of them, itself among them. */
  constructor(world: DhtWorld, kind: readonly HostileNode[], invents: boolean) {
    this.#world = world;
    this.#kind = kind;
    this.#invents = invents;
    this.#random = world.random;
    this.address = world.freeAddress();
    this.id = secureId(addressBytes(this.address.host)!, this.#random);
    world.add(this);
    world.add({
      address: this.#second,
      received: (bytes, from) => this.#answer(bytes, from, this.#second),
    });
  }

  received(bytes: Uint8Array, from: Address): void {
    this.#answer(bytes, from, this.address);
  }

  /** Asks somebody, to get into his table. */
  visit(to: Address): void {
    const args = { id: this.id, target: this.id };
    const query = { transaction: Uint8Array.of(1), method: 'find_node', args, isReadOnly: false };
    this.#world.send(this.address, to, encodeQuery(query));
  }

  get #second(): Address {
    return { host: this.address.host, port: 7000 };
  }

  #answer(bytes: Uint8Array, from: Address, at: Address): void {
    const message = decodeKrpc(bytes);
    if (message.kind !== 'query') return;
    const target = idOf(message.args, 'target') ?? idOf(message.args, 'info_hash') ?? this.id;
    const nodes = Array.from({ length: 8 }, () =>
      this.#invents
        ? { ...this.#world.freeAddress(), id: this.#near(target) }
        : this.#kind[this.#random.below(this.#kind.length)]!.#nearTo(target),
    );
    const isSearch = message.method === 'get_peers';
    const values = {
      id: formatAddress(at) === formatAddress(this.address) ? this.id : this.#idFor(target),
      nodes: encodeNodes(nodes),
      token: isSearch ? Uint8Array.of(1, 2, 3) : undefined,
      values: isSearch ? [encodeCompact(this.#world.freeAddress())!] : undefined,
    };
    this.#world.send(at, from, encodeAnswer(message.transaction, values, encodeCompact(from)!));
  }

  #nearTo(target: Uint8Array) {
    return { ...this.#second, id: this.#idFor(target) };
  }

  /** The same each time: whoever asks it expects the id that he was told of. */
  #idFor(target: Uint8Array): Uint8Array {
    const id = target.slice();
    id.set(addressBytes(this.address.host)!, 16);
    return id;
  }

  #near(target: Uint8Array): Uint8Array {
    const id = target.slice();
    this.#random.fill(id.subarray(16));
    return id;
  }
}
