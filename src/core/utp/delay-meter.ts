// The delay in queues on the way of what we send, as the other end measures it, less what there is without queues. BEP 29,
// "congestion control": "our_delay". The clocks of two machines do not go equally fast: where what the other end sends comes
// ever earlier, its clock falls behind, and what it says of ours grows by as much; that is taken out again (libutp, libtorrent).

import { DelayHistory } from './delay-history.ts';
import type { Packet } from './packet.ts';

export class DelayMeter {
  /** Of the last packet that came: our clock less its sender's, to be sent back. */
  last = 0;
  readonly #ours = new DelayHistory();
  readonly #theirs = new DelayHistory();
  /** Of the last samples, in microseconds. */
  readonly #recent = new Float64Array(SAMPLES).fill(Number.POSITIVE_INFINITY);
  #count = 0;

  received({ sentAt, delay }: Packet, now: number): void {
    if (sentAt !== 0) {
      this.last = ((now * 1000) >>> 0) - sentAt;
      this.last >>>= 0;
      const before = this.#theirs.base;
      const isFirst = this.#theirs.isEmpty;
      this.#theirs.add(this.last, now);
      const drop = (before - this.#theirs.base) | 0;
      if (!isFirst && drop > 0 && drop < MAX_DRIFT) this.#ours.shift(drop);
    }
    // Old µTorrents send the largest int before they have measured anything.
    if (delay === 0 || delay === 0x7fff_ffff) return;
    this.#recent[this.#count++ % SAMPLES] = this.#ours.add(delay, now);
  }

  /** The least of the last few samples: what is more than that came about at the ends. Undefined before the first. */
  get queueMs(): number | undefined {
    if (this.#count === 0) return undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const sample of this.#recent) if (sample < least) least = sample;
    return least / 1000;
  }
}

// RFC 6817, CURRENT_FILTER: at most 4.
const SAMPLES = 4;
// libtorrent: what is more than 10 ms is no drift.
const MAX_DRIFT = 10_000;
