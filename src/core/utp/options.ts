// Settings of uTP, with their defaults and where those come from.

import { CONGESTION_DEFAULTS, type CongestionOptions } from './congestion-window.ts';

export interface ConnectionOptions {
  readonly congestion: CongestionOptions;
  /** Of one connection: bytes that have come and were not read. @default 4 MiB: 40 MB/s from a tenth of a second away */
  readonly receiveBytes: number;
  /** Of one connection: bytes that were written and have not arrived. @default 4 MiB, as Linux gives TCP at most (tcp_wmem) */
  readonly sendBytes: number;
  /** Timeouts in a row after which the other end is gone. @default 6: half a minute and more; libtorrent and libutp have 3 and 4 */
  readonly maxSilences: number;
  /** How often a SYN is sent. @default 3 (libtorrent, `utp_syn_resends`: 2 more) */
  readonly maxSyns: number;
  /** After so long without a word one is said, so that routers keep the way open. @default 29,000 (libutp) */
  readonly keepAliveMs: number;
}

export interface MuxOptions {
  readonly connection: ConnectionOptions;
  /** Connections, dialled and accepted. @default 1,000 */
  readonly maxConnections: number;
  /**
   * Others' SYNs that were answered, and from whom nothing more has come: the oldest is forgotten. @default 256, each takes some
   * hundred bytes, and who is at the address it says needs one round trip
   */
  readonly maxHalfOpen: number;
  /** Of these, of one host. @default 16 */
  readonly maxHalfOpenPerHost: number;
  /** Bytes that have come and were not read, of all connections. @default 64 MiB */
  readonly maxReceiveBytes: number;
  /** Packets of no connection that are answered with a reset. @default 100 a second: none is longer than what it answers */
  readonly resetsPerSecond: number;
}

export const CONNECTION_DEFAULTS: ConnectionOptions = {
  congestion: CONGESTION_DEFAULTS,
  receiveBytes: 4 * 1_048_576,
  sendBytes: 4 * 1_048_576,
  maxSilences: 6,
  maxSyns: 3,
  keepAliveMs: 29_000,
};

export const MUX_DEFAULTS: MuxOptions = {
  connection: CONNECTION_DEFAULTS,
  maxConnections: 1000,
  maxHalfOpen: 256,
  maxHalfOpenPerHost: 16,
  maxReceiveBytes: 64 * 1_048_576,
  resetsPerSecond: 100,
};
