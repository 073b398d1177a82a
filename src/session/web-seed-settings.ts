// How web seeds are used (BEP 19), with the defaults and where those come from.

export interface WebSeedSettings {
  /** Asked at a time, for one torrent; 0: none is ever asked. @default 3 (libtorrent, `max_web_seed_connections`) */
  readonly maxActive: number;
  /**
   * Web seeds rest while peers give so much together and have every piece that is wanted: a server is there for what the
   * swarm lacks. They go on when the swarm gives less than four fifths of that, or nobody else has a piece.
   * Infinity: they never rest; 0: they give only what nobody else has.
   * @default 8,388,608: on most lines nothing is gained by more
   */
  readonly enoughFromPeersBytesPerSecond: number;
  /** The rest after the first failure; it doubles with each further one, up to an hour. @default 15,000 */
  readonly firstBackOffMs: number;
}

export const WEB_SEED_DEFAULTS: WebSeedSettings = {
  maxActive: 3,
  enoughFromPeersBytesPerSecond: 8_388_608,
  firstBackOffMs: 15_000,
};
