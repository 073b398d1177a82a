// Our own address as others see it: trackers (BEP 24) and peers (BEP 10, "yourip") say so. Each has one vote, and only
// addresses of the Internet count: who is in our own network sees another one. What a majority of those who spoke last
// says is believed.

import { addressScope } from '../core/bytes/address-scope.ts';

/** The router of this network, a tracker (BEP 24), nodes of the DHT (BEP 42), a peer (BEP 10). */
export type AddressSource = 'router' | 'tracker' | 'dht' | 'peer';

export interface ExternalAddress {
  readonly host: string;
  readonly sources: readonly AddressSource[];
}

export class ExternalIp {
  /** By who said it: what it said last, of either family. */
  readonly #votes = new Map<string, { readonly host: string; readonly source: AddressSource }>();

  /** `voter` has one vote a family. True where that changes what is believed. */
  vote(host: string, voter: string, source: AddressSource): boolean {
    if (addressScope(host) !== 'public') return false;
    const family = familyOf(host);
    const before = this.best(family);
    const key = `${family} ${voter}`;
    this.#votes.delete(key);
    if (this.#votes.size >= MAX_VOTES) this.#forgetOldest();
    this.#votes.set(key, { host, source });
    return this.best(family) !== before;
  }

  /** Undefined while nobody has said anything. Where as many say one as another, the newest vote decides. */
  best(family: 4 | 6): string | undefined {
    const counts = new Map<string, number>();
    let best: string | undefined;
    for (const { host } of this.#votes.values()) {
      if (familyOf(host) !== family) continue;
      const count = (counts.get(host) ?? 0) + 1;
      counts.set(host, count);
      if (best === undefined || count >= counts.get(best)!) best = host;
    }
    return best;
  }

  /** What is believed, and who says so: of each family one, at most. */
  known(): ExternalAddress[] {
    return ([4, 6] as const).flatMap(family => {
      const host = this.best(family);
      if (host === undefined) return [];
      const sayers = [...this.#votes.values()].filter(vote => vote.host === host);
      return { host, sources: [...new Set(sayers.map(({ source }) => source))].sort() };
    });
  }

  #forgetOldest(): void {
    const [oldest] = this.#votes.keys();
    if (oldest !== undefined) this.#votes.delete(oldest);
  }
}

function familyOf(host: string): 4 | 6 {
  return host.includes(':') ? 6 : 4;
}

const MAX_VOTES = 50;
