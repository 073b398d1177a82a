// How many peers to upload to at a time: so many, or as many as the uplink feeds. By rate it goes like this: peers are
// looked at from the one that takes fastest down, and each further one must take more than the one before had to. So a
// fast uplink, which fills many peers, opens many slots, and a slow one is not split into trickles.
//
//   takes, KiB/s    40  30   9   8   5   1
//   must exceed      1   3   5   7   9  11   →  4 slots, and one more for somebody to show what he takes
//
// The thought is libtorrent's rate-based choker (`choking_algorithm`, `rate_choker_initial_threshold` in its reference).

// A number that nobody has chosen is grown where the uplink feeds more: the fewer peers are served, the more of the swarm
// waits for what they pass on, a seed's most of all. No more than get a piece in two seconds: who has half of one can pass
// on nothing (`fedSlots`).

export type UploadSlots = number | 'rate';

export interface RateSlotsOptions {
  /** What the first peer must take. @default 1024 (libtorrent) */
  readonly firstBytesPerSecond: number;
  /** What each further one must take more. @default 2048 (libtorrent) */
  readonly stepBytesPerSecond: number;
  /** Slots that there are in any case. @default 4: those who know nothing of each other begin with BEP 3's number */
  readonly min: number;
  /** @default 64 */
  readonly max: number;
}

export const RATE_SLOTS_DEFAULTS: RateSlotsOptions = {
  firstBytesPerSecond: 1024,
  stepBytesPerSecond: 2048,
  min: 4,
  max: 64,
};

/** `rates`: what each peer that is uploaded to takes, in no order. */
export function slotsByRate(rates: readonly number[], options: RateSlotsOptions): number {
  let threshold = options.firstBytesPerSecond;
  let fed = 0;
  for (const rate of rates.toSorted((a, b) => b - a)) {
    if (rate <= threshold) break;
    fed++;
    threshold += options.stepBytesPerSecond;
  }
  return Math.min(options.max, Math.max(options.min, fed + 1));
}

/** `slots` in any case, and up to `max` where so much is sent. */
export function fedSlots(slots: number, max: number, bytesPerSecond: number, pieceLength: number): number {
  return Math.max(slots, Math.min(max, Math.floor((bytesPerSecond * PIECE_SECONDS) / pieceLength)));
}

const PIECE_SECONDS = 2;
