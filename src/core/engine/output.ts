// What goes into a Torrent and comes out of it, beside bytes: the facts about a new peer, and the outputs that its
// owner carries out. Outputs are verbs, to be done in order.

import type { Address } from '../bytes/compact-address.ts';
import type { SwarmlineError } from '../errors.ts';
import type { CheckableInfo } from './piece-check.ts';

/** A connection whose handshakes are done. */
export interface PeerFacts {
  readonly address: Address;
  /** It dialled us: `address` is not where it listens. */
  readonly isIncoming: boolean;
  readonly peerId: Uint8Array;
  /** What both ends speak. BEP 6, BEP 10. */
  readonly fast: boolean;
  readonly extended: boolean;
  /** It has a DHT node, and may be told of ours. BEP 5 @default false */
  readonly dht?: boolean;
  /** The connection is enciphered: to be shown, nothing else. @default false */
  readonly isEncrypted?: boolean;
  /** How the connection travels: to be shown, nothing else. @default tcp */
  readonly transport?: 'tcp' | 'utp';
  /** The connection is by v2's info hash: BEP 52's messages about hashes may be used. */
  readonly v2: boolean;
  /** No rate limit is for it. @default false */
  readonly isUnlimited?: boolean;
  /** It is a web server, which this names: `address` is nobody's, and is told to nobody. BEP 19 @default a peer */
  readonly webSeed?: string;
  /** A web seed that gives whole files from their beginning, no ranges of them. @default false */
  readonly givesWholeFiles?: boolean;
}

export type Output =
  /** Give the chunks to the peer's stream, in order. */
  | { readonly type: 'send'; readonly peer: number; readonly chunks: readonly Uint8Array[] }
  /** End the connection; `peerLeft` is not to be told. */
  | { readonly type: 'close'; readonly peer: number; readonly reason: SwarmlineError }
  /** Dial; then `peerConnected`, `connectFailed` or `connectPutOff`. `isV2`: a hybrid greets it by the hash of v2. */
  | { readonly type: 'connect'; readonly address: Address; readonly isV2: boolean }
  /**
   * Check and write a piece; then `pieceStored` or `pieceNotStored` with the same `store`. The bytes are given away for
   * good. `blockDigests`: those are wanted even where the piece is right.
   */
  | {
      readonly type: 'store';
      readonly store: number;
      readonly piece: number;
      readonly bytes: Uint8Array;
      readonly blockDigests: boolean;
    }
  /** Read a range of a piece for a peer; then `blockRead` with the same `read`. */
  | {
      readonly type: 'read';
      readonly read: number;
      readonly peer: number;
      readonly piece: number;
      readonly begin: number;
      readonly length: number;
    }
  /** Hash each 16 KiB of a piece's data (SHA-256), then `blocksHashed` with the same `read`. BEP 52 */
  | { readonly type: 'hash'; readonly read: number; readonly piece: number }
  | { readonly type: 'event'; readonly event: TorrentEvent };

export type TorrentEvent =
  /** The metadata is known and right, with v2's piece layers: look for data on the disk, then `dataChecked`. */
  | { readonly type: 'metadata'; readonly info: CheckableInfo }
  /** A hybrid's piece layers have come, after its metadata: what was saved of it can be made whole. */
  | { readonly type: 'layers'; readonly info: CheckableInfo }
  | { readonly type: 'piece'; readonly piece: number }
  /** All that was wanted is on the disk. */
  | { readonly type: 'complete' }
  | { readonly type: 'peer-joined'; readonly peer: number }
  | { readonly type: 'peer-left'; readonly peer: number; readonly reason: SwarmlineError | undefined }
  | { readonly type: 'peer-banned'; readonly address: Address; readonly piece: number }
  /** A peer says that it sees us by that address. BEP 10, "yourip" */
  | { readonly type: 'address-seen'; readonly host: string; readonly by: Address }
  /** A peer says that it has a DHT node there. BEP 5 */
  | { readonly type: 'dht-node'; readonly address: Address }
  /** The torrent cannot go on. */
  | { readonly type: 'failed'; readonly error: SwarmlineError };
