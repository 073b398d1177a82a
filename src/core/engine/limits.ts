// The limits of one torrent's rates, as it sees them: what it may take from, and the peers that wait for their turn.

import type { BandwidthAllowance, BandwidthAllowances } from './bandwidth-allowance.ts';
import type { Peer } from './peer.ts';

export class Limits {
  allowances: BandwidthAllowances;
  /** Peers that asked us, or whom we would ask, and that wait for their turn; the next one first. */
  readonly toServe = new Set<Peer>();
  readonly toAsk = new Set<Peer>();
  /** Peers take turns: nobody gets more than a block before the others have one. */
  isInTurns = false;
  /** The owner does not read from peers for the time being, or did not in the last second. */
  isReadingHeld = false;
  wasReadingHeld = false;

  constructor(allowances: BandwidthAllowances) {
    this.allowances = allowances;
  }

  uploadOf(peer: Peer): BandwidthAllowance | undefined {
    return peer.facts.isUnlimited === true ? undefined : this.allowances.upload;
  }

  downloadOf(peer: Peer): BandwidthAllowance | undefined {
    return peer.facts.isUnlimited === true ? undefined : this.allowances.download;
  }

  /** Bytes of any kind from the peer. */
  received(peer: Peer, bytes: number): void {
    this.downloadOf(peer)?.use(bytes);
  }

  /** What its encoder holds goes to the peer: blocks among it were counted when they were read. */
  sent(peer: Peer): void {
    this.uploadOf(peer)?.use(peer.encoder.length - peer.unsentBlockBytes);
  }
}
