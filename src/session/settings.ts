// A session's settings, with their defaults and where those come from.

import type { Address } from '../core/bytes/compact-address.ts';
import type { EngineOptions } from '../core/engine/options.ts';

export interface SessionOptions {
  /**
   * Where to listen for peers; port 0 lets the system choose. `false`: nowhere, only dial.
   * @default [::]:0, which takes IPv4 too
   */
  readonly listen?: Address | false;
  /** Connections of all torrents, dialled and accepted. @default 400 (FIELD: 200–500) */
  readonly maxConnections?: number;
  /** @default 10,000 */
  readonly dialTimeoutMs?: number;
  /** From the first byte to the last of a handshake. @default 10,000 */
  readonly handshakeTimeoutMs?: number;
  /** What peers are told that we are. @default Swarmline 0.1.0 */
  readonly client?: string;
  /** The engine's, for every torrent. */
  readonly engine?: Partial<EngineOptions>;
}

export type Settings = Required<Omit<SessionOptions, 'engine'>> & { readonly engine: Partial<EngineOptions> };

export const SESSION_DEFAULTS: Settings = {
  listen: { host: '::', port: 0 },
  maxConnections: 400,
  dialTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  client: 'Swarmline 0.1.0',
  engine: {},
};
