// What others say of the address that we come from (BEP 42, "Bootstrapping"). Each subnet has one vote, and only nodes
// whose ids follow from their own addresses have one: who lies has to hold many networks.

import { formatIp } from '../bytes/compact-address.ts';
import { subnetOf } from './subnet.ts';

export class OwnAddress {
  /** By the subnet of the voter. */
  readonly #votes = new Map<string, string>();
  #believed: string | undefined;

  get believed(): string | undefined {
    return this.#believed;
  }

  /** `ip`: 4 or 16 bytes. True where something else is believed from now on. */
  vote(ip: Uint8Array, by: string): boolean {
    const host = formatIp(ip);
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
