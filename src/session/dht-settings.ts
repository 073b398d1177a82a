// How a session takes part in the DHT, with the defaults and where those come from.

import type { Address } from '../core/bytes/compact-address.ts';
import type { DhtNodeOptions } from '../core/dht/options.ts';

export interface DhtSettings {
  /** Where to begin when no nodes are known: names or addresses, with ports. @default none */
  readonly routers: readonly Address[];
  /** Until a torrent is announced again, by chance within these. @default 15 to 30 minutes (BEP 5 has none; libtorrent: 15) */
  readonly announceMs: readonly [number, number];
  /**
   * Lookups for torrents that begin in a second; others wait.
   * @default 8: 10,000 torrents have their turn within 21 minutes, which takes some 20 kB a second
   */
  readonly lookupsPerSecond: number;
  /** Of these under way at a time. @default 20 */
  readonly maxLookups: number;
  /** Between saves of the nodes, where the session remembers things. @default 300,000 */
  readonly saveMs: number;
  /** The node's own. */
  readonly node: Partial<DhtNodeOptions>;
}

export const DHT_DEFAULTS: DhtSettings = {
  routers: [],
  announceMs: [900_000, 1_800_000],
  lookupsPerSecond: 8,
  maxLookups: 20,
  saveMs: 300_000,
  node: {},
};
