// The model's peers, one number each, as columns. Holds facts; decides nothing.

import type { PeerGroup } from '../plan.ts';

/** What a peer is at the moment. */
export const ABSENT = 0;
export const PRESENT = 1;
export const GONE = 2;

export class Peers {
  readonly count: number;
  readonly group: Uint16Array;
  readonly state: Uint8Array;
  /** NaN: not yet. */
  readonly startedAt: Float64Array;
  readonly firstPieceAt: Float64Array;
  readonly completedAt: Float64Array;
  readonly leftAt: Float64Array;
  readonly uploaded: Float64Array;
  readonly downloaded: Float64Array;
  /** Bytes a millisecond; infinite where there is no limit. */
  readonly up: Float64Array;
  readonly down: Float64Array;
  /** To the middle of the network. */
  readonly latencyMs: Float32Array;
  /** It came with everything. */
  readonly isSeed: Uint8Array;

  constructor(groups: readonly PeerGroup[]) {
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    const never = () => new Float64Array(count).fill(Number.NaN);
    this.count = count;
    this.group = new Uint16Array(count);
    this.state = new Uint8Array(count);
    this.startedAt = never();
    this.firstPieceAt = never();
    this.completedAt = never();
    this.leftAt = never();
    this.uploaded = new Float64Array(count);
    this.downloaded = new Float64Array(count);
    this.up = new Float64Array(count);
    this.down = new Float64Array(count);
    this.latencyMs = new Float32Array(count);
    this.isSeed = new Uint8Array(count);
    let at = 0;
    for (const [index, group] of groups.entries()) {
      const end = at + group.count;
      this.group.fill(index, at, end);
      this.up.fill((group.upBytesPerSecond ?? Number.POSITIVE_INFINITY) / 1000, at, end);
      this.down.fill((group.downBytesPerSecond ?? Number.POSITIVE_INFINITY) / 1000, at, end);
      this.latencyMs.fill(group.latencyMs ?? 10, at, end);
      this.isSeed.fill(group.has === 'everything' ? 1 : 0, at, end);
      at = end;
    }
  }

  isComplete(peer: number): boolean {
    return this.isSeed[peer] === 1 || this.completedAt[peer]! >= 0;
  }
}
