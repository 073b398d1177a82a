// How much a torrent may send, or ask for, where its rate is limited. The owner keeps it, for it is shared with other
// torrents; the torrent takes from it as it goes along. Where there is none, nothing is limited and nothing is counted.

export interface BandwidthAllowance {
  /**
   * Bytes that may be taken now. Whole blocks are taken, the last of which may be more than there is: what is owed then
   * holds up those that come after it. 0: none, and the owner tells the torrent `rateAllows` when there is some.
   */
  available(now: number): number;
  /** They have moved, whether they were available or not. */
  use(bytes: number): void;
  /** Asked for, so as good as taken, until they have come (and are used) or are seen not to come. */
  reserve(bytes: number): void;
  release(bytes: number): void;
}

export interface BandwidthAllowances {
  /** Undefined: no limit. */
  readonly upload: BandwidthAllowance | undefined;
  readonly download: BandwidthAllowance | undefined;
}
