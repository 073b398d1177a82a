// What others say of the address that we come from (BEP 42, "Bootstrapping"). Each subnet has one vote, and only nodes
// whose ids follow from their own addresses have one: who lies has to hold many networks.

import { scopeOfBytes } from '../bytes/address-scope.ts';
import { addressBytes, formatIp } from '../bytes/compact-address.ts';
import { type Family, familyOf } from './compact-nodes.ts';
import { isSecureId } from './secure-id.ts';
import { subnetOf } from './subnet.ts';

export class OwnAddress {
  readonly #family: Family;
  /** By the subnet of the voter. */
  readonly #votes = new Map<string, string>();
  #believed: string | undefined;

  constructor(family: Family) {
    this.#family = family;
  }

  get believed(): string | undefined {
    return this.#believed;
  }

  /** What somebody says of it in an answer: address and port, if anything. True where something else is believed from now on. */
  heard({ id, ip }: { readonly id: Uint8Array; readonly ip: Uint8Array | undefined }, by: string): boolean {
    const width = this.#family === 4 ? 4 : 16;
    if (ip?.length !== width + 2) return false;
    const seen = ip.subarray(0, width);
    const host = formatIp(seen);
    if (scopeOfBytes(seen) === 'none' || familyOf(host) !== this.#family) return false;
    return isSecureId(id, addressBytes(by)!) && this.#vote(host, by);
  }

  #vote(host: string, by: string): boolean {
    const voter = subnetOf(by) ?? by;
    // The latest counts.
    this.#votes.delete(voter);
    this.#votes.set(voter, host);
    if (this.#votes.size > MAX_VOTES)
      for (const oldest of this.#votes.keys()) {
        this.#votes.delete(oldest);
        break;
      }
    if (host === this.#believed) return false;
    let count = 0;
    for (const voted of this.#votes.values()) if (voted === host) count++;
    if (count < MIN_VOTES || 2 * count <= this.#votes.size) return false;
    this.#believed = host;
    return true;
  }
}

const MAX_VOTES = 50;
const MIN_VOTES = 5;
