// What a channel needs of the DHT: `Session.dht` has it.

import type { DhtItem, MutableItem } from '../core/dht/items.ts';

export interface ChannelDht {
  /** What nodes keep under a key now, the newest; undefined where none of them has any. */
  findMutable(key: Uint8Array, salt: Uint8Array): Promise<DhtItem | undefined>;
  /** Leaves an item with nodes; how many keep it now. `cas`: only in the place of one of that number. BEP 44 */
  putItem(item: MutableItem, cas?: number): Promise<number>;
}

/** BEP 44: nodes keep an item for two hours after it was put. */
export const REPUBLISH_MS = 3_000_000;

/** What waits a while for more nodes to be known, when nothing was found or stored: the first minutes of a session. */
export function backOffMs(tries: number, maxMs: number): number {
  return Math.min(maxMs, FIRST_WAIT_MS * 2 ** Math.min(tries, 20));
}

const FIRST_WAIT_MS = 2000;
