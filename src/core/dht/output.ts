// What a node asks to be done, and what it has found.

import type { Address } from '../bytes/compact-address.ts';
import type { LookupResult } from './search.ts';

export type DhtOutput =
  | { readonly type: 'send'; readonly host: string; readonly port: number; readonly bytes: Uint8Array }
  /** Peers of a torrent, while a lookup goes on. */
  | { readonly type: 'peers'; readonly lookup: number; readonly addresses: readonly Address[] }
  | { readonly type: 'done'; readonly lookup: number; readonly result: LookupResult }
  /** There are nodes where there were none; or, while they are few, more of them: who found too little may try again. */
  | { readonly type: 'grown' }
  /** What others believe to be our address. BEP 42 */
  | { readonly type: 'external-ip'; readonly host: string }
  /** Nodes of the other family of addresses, which has too few. BEP 32 */
  | { readonly type: 'other-nodes'; readonly addresses: readonly Address[] };
