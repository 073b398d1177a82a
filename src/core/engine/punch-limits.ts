// What is dialled because others say so, whatever failed before (BEP 55): no address more than once a minute, and no host at more
// than a few ports in that time, however many peers name it. Else a liar, or several, would have us knock at somebody's door for
// as long as they like. What is told beyond that is a known peer like any.

import { type Address, addressBytes } from '../bytes/compact-address.ts';

export class PunchLimits {
  /** Since when, and at which ports; the oldest first. */
  readonly #hosts = new Map<string, { readonly since: number; readonly ports: Set<number> }>();

  /** True where it may be dialled now, and was counted. */
  mayDial({ host, port }: Address, now: number): boolean {
    const key = networkOf(host);
    const seen = this.#hosts.get(key);
    if (seen !== undefined && now - seen.since < AGAIN_MS) {
      if (seen.ports.has(port) || seen.ports.size >= MAX_PORTS) return false;
      seen.ports.add(port);
      return true;
    }
    // Last in the order of the map.
    this.#hosts.delete(key);
    if (this.#hosts.size >= MAX_HOSTS && !this.#makeRoom(now)) return false;
    this.#hosts.set(key, { since: now, ports: new Set([port]) });
    return true;
  }

  #makeRoom(now: number): boolean {
    for (const [key, { since }] of this.#hosts) {
      if (now - since < AGAIN_MS) break;
      this.#hosts.delete(key);
    }
    return this.#hosts.size < MAX_HOSTS;
  }
}

/** Of IPv6 the network of 64 bits: all its addresses are one machine's for the asking. */
function networkOf(host: string): string {
  const bytes = addressBytes(host);
  return bytes?.length === 16 ? bytes.subarray(0, 8).join('.') : host;
}

const AGAIN_MS = 60_000;
/** Several peers behind one router. */
const MAX_PORTS = 8;
const MAX_HOSTS = 500;
