// The nodes that we know to answer, more of them the nearer they are to our own id (BEP 5, "Routing Table"). A bucket for
// each number of bits in common with it: what BEP 5 splits when it is needed stands split from the start.
//
//   bucket 0   1………  half of all nodes     k of them, those that have been there longest
//   bucket 1   01……  a quarter             k
//   …                                      all that there are
//
// Only who has answered gets in. A newcomer to a full bucket takes the place of one that has failed, or of one whose id
// does not follow from its address if its own does (BEP 42); else it waits until a place is free. An address has one node,
// and a subnet a few in a bucket: who has a whole network is not a whole neighbourhood.

import { equalBytes } from '../bytes/bytes.ts';
import { addressBytes, formatAddress } from '../bytes/compact-address.ts';
import { type Contact, encodeNode } from './compact-nodes.ts';
import { commonPrefix, compareDistance, ID_BITS, ID_LENGTH } from './node-id.ts';
import { isSecureId } from './secure-id.ts';
import { subnetOf } from './subnet.ts';

export interface TableNode extends Contact {
  /** `host` and `port`, as text. */
  readonly key: string;
  /** As it goes over the wire: see `encodeNodes`. */
  readonly compact: Uint8Array;
  readonly subnet: string | undefined;
  readonly isSecure: boolean;
  /** When it last answered or asked. */
  seenAt: number;
  /** Queries in a row that it did not answer. */
  failures: number;
}

export interface RoutingTableOptions {
  readonly bucketSize: number;
  readonly maxFailures: number;
  readonly nodesPerSubnet: number;
}

interface Bucket {
  /** In the order in which they came. */
  readonly nodes: TableNode[];
  /** Have answered once, and wait for a place; the latest last. A subnet has one, or it would push out the others. */
  readonly waiting: TableNode[];
}

export class RoutingTable {
  readonly ownId: Uint8Array;
  readonly #options: RoutingTableOptions;
  readonly #buckets: (Bucket | undefined)[] = [];
  /** All nodes that have a place, by address and port. */
  readonly #byKey = new Map<string, TableNode>();
  /** Addresses that count, of those. */
  readonly #hosts = new Set<string>();
  /** Nodes that have not answered last. */
  #failing = 0;

  constructor(ownId: Uint8Array, options: RoutingTableOptions) {
    this.ownId = ownId;
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Those that have not failed, and so may be told of. */
  get goodCount(): number {
    return this.#byKey.size - this.#failing;
  }

  get nodes(): Iterable<TableNode> {
    return this.#byKey.values();
  }

  /** How many buckets are in use: the last one that has a node, and those before it. */
  get depth(): number {
    for (let i = this.#buckets.length; i > 0; i--)
      if ((this.#buckets[i - 1]?.nodes.length ?? 0) > 0) return i;
    return 0;
  }

  countIn(bucket: number): number {
    return this.#buckets[bucket]?.nodes.length ?? 0;
  }

  at(key: string): TableNode | undefined {
    return this.#byKey.get(key);
  }

  /** Whether it is worth finding out if that one answers: it would have a place, or could wait for one. */
  wants({ id, host, port }: Contact): boolean {
    if (equalBytes(id, this.ownId) || this.#byKey.has(formatAddress({ host, port }))) return false;
    const bucket = this.#buckets[this.#indexOf(id)];
    const subnet = subnetOf(host);
    if (bucket === undefined) return !this.#hosts.has(host);
    if (this.#isTaken(bucket, id, host, subnet)) return false;
    return (
      bucket.nodes.length < this.#options.bucketSize ||
      bucket.waiting.length < FEW_WAITING ||
      bucket.nodes.some(({ failures }) => failures > 0)
    );
  }

  /** It has answered a query of ours, under that id. */
  answered(contact: Contact, now: number): void {
    const key = formatAddress(contact);
    const known = this.#byKey.get(key);
    if (known !== undefined && equalBytes(known.id, contact.id)) {
      if (known.failures > 0) this.#failing--;
      known.seenAt = now;
      known.failures = 0;
      return;
    }
    // BEP 45, "Shared Routing Table": an id that changes is a fault or an attack.
    if (known !== undefined) this.remove(known);
    if (!equalBytes(contact.id, this.ownId)) this.#enter(contact, key, now);
  }

  /** It has asked us something. */
  seen(key: string, id: Uint8Array, now: number): void {
    const known = this.#byKey.get(key);
    if (known !== undefined && equalBytes(known.id, id)) known.seenAt = now;
  }

  /** It did not answer. */
  failed(key: string): void {
    const node = this.#byKey.get(key);
    if (node === undefined) return;
    if (node.failures++ === 0) this.#failing++;
    const bucket = this.#bucketOf(node.id);
    if (bucket.waiting.length > 0 || node.failures >= this.#options.maxFailures) this.remove(node);
  }

  /** It goes, and one that waits takes its place. */
  remove(node: TableNode): void {
    const bucket = this.#bucketOf(node.id);
    const at = bucket.nodes.indexOf(node);
    if (at < 0) return;
    bucket.nodes.splice(at, 1);
    this.#byKey.delete(node.key);
    if (node.failures > 0) this.#failing--;
    if (node.subnet !== undefined) this.#hosts.delete(node.host);
    for (let next = bucket.waiting.pop(); next !== undefined; next = bucket.waiting.pop()) {
      if (this.#isTaken(bucket, next.id, next.host, next.subnet)) continue;
      this.#place(bucket, next);
      return;
    }
  }

  /** The closest to a target that have not failed, the closest first. `localToo`: also those of local networks. */
  closest(target: Uint8Array, count: number, localToo = true): TableNode[] {
    const found: TableNode[] = [];
    const own = this.#indexOf(target);
    // Nodes in the target's own bucket have more in common with it than all others; those in the buckets behind that one
    // have as much as we have; and those before it less, the less the further.
    this.#gather(found, own, own, localToo);
    if (found.length < count) this.#gather(found, own + 1, this.#buckets.length - 1, localToo);
    for (let i = own - 1; i >= 0 && found.length < count; i--) this.#gather(found, i, i, localToo);
    found.sort((a, b) => compareDistance(a.id, b.id, target));
    if (found.length > count) found.length = count;
    return found;
  }

  /** The one that has been silent longest, and in which bucket. */
  stalest(): { readonly node: TableNode; readonly bucket: number } | undefined {
    let stalest: TableNode | undefined;
    for (const node of this.#byKey.values())
      if (stalest === undefined || node.seenAt < stalest.seenAt) stalest = node;
    return stalest && { node: stalest, bucket: this.#indexOf(stalest.id) };
  }

  #gather(found: TableNode[], first: number, last: number, localToo: boolean): void {
    for (let i = first; i <= last; i++) {
      const bucket = this.#buckets[i];
      if (bucket === undefined) continue;
      for (const node of bucket.nodes)
        if (node.failures === 0 && (localToo || node.subnet !== undefined)) found.push(node);
    }
  }

  #enter({ id, host, port }: Contact, key: string, now: number): void {
    const bucket = this.#bucketOf(id);
    const subnet = subnetOf(host);
    if (this.#isTaken(bucket, id, host, subnet)) return;
    const isSecure = isSecureId(id, addressBytes(host)!);
    const compact = encodeNode({ id, host, port });
    const own = { id: compact.subarray(0, ID_LENGTH), host, port, key, compact, subnet, isSecure };
    const node: TableNode = { ...own, seenAt: now, failures: 0 };
    const { bucketSize } = this.#options;
    if (bucket.nodes.length >= bucketSize) {
      const going =
        bucket.nodes.find(({ failures }) => failures > 0) ??
        (isSecure ? bucket.nodes.findLast(other => !other.isSecure) : undefined);
      const at = bucket.waiting.findIndex(
        other => other.key === key || (subnet !== undefined && other.subnet === subnet),
      );
      if (at >= 0) bucket.waiting.splice(at, 1);
      bucket.waiting.push(node);
      if (bucket.waiting.length > bucketSize) bucket.waiting.shift();
      // It is the last of those that wait, and so has the place.
      if (going !== undefined) this.remove(going);
      return;
    }
    this.#place(bucket, node);
  }

  #place(bucket: Bucket, node: TableNode): void {
    bucket.nodes.push(node);
    this.#byKey.set(node.key, node);
    if (node.subnet !== undefined) this.#hosts.add(node.host);
  }

  /** Somebody else has that id or that address, or the subnet has as many as it may. Who has failed does not hold an id. */
  #isTaken(bucket: Bucket, id: Uint8Array, host: string, subnet: string | undefined): boolean {
    if (subnet !== undefined && this.#hosts.has(host)) return true;
    let inSubnet = 0;
    for (const node of bucket.nodes) {
      if (node.failures === 0 && equalBytes(node.id, id)) return true;
      if (subnet !== undefined && node.subnet === subnet) inSubnet++;
    }
    return inSubnet >= this.#options.nodesPerSubnet;
  }

  #bucketOf(id: Uint8Array): Bucket {
    const index = this.#indexOf(id);
    this.#buckets[index] ??= { nodes: [], waiting: [] };
    return this.#buckets[index];
  }

  #indexOf(id: Uint8Array): number {
    return Math.min(ID_BITS - 1, commonPrefix(this.ownId, id));
  }
}

/** Nobody is asked for more of them: whoever answers us anyway may wait as well. */
const FEW_WAITING = 2;
