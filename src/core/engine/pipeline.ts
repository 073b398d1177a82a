// How many requests to keep with one peer: what it sends in a round trip, so that it never waits for us. Starts small
// and grows by one with each block, which doubles it every round trip, until the rate no longer rises (slow start, as
// libtorrent does); then follows the rate.

import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';

export interface PipelineOptions {
  /** @default 4 */
  readonly minRequests: number;
  /** In slow start so many more with each block. @default 1 */
  readonly growth?: number;
  /** With a peer that says that it keeps so many (BEP 10, "reqq"); others get 250 at most. @default 500 (libtorrent) */
  readonly maxRequests: number;
  /**
   * The round trip counts as this much at least: the answering peer's own queue and disk are in it.
   * @default 1000 (libtorrent keeps 3000)
   */
  readonly minRoundTripMs: number;
}

export const PIPELINE_DEFAULTS: PipelineOptions = { minRequests: 4, maxRequests: 500, minRoundTripMs: 1000 };

export class Pipeline {
  /** How many requests may be out. */
  depth: number;
  #max: number;
  #isSlowStart = true;
  #isSnubbed = false;
  #bestRate = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions = PIPELINE_DEFAULTS) {
    this.#options = options;
    this.#max = Math.min(options.maxRequests, MAX_UNTOLD);
    this.depth = options.minRequests;
  }

  /** The peer said how many requests it keeps (BEP 10, "reqq"). */
  limitTold(maxRequests: number): void {
    this.#max = Math.max(1, Math.min(this.#options.maxRequests, maxRequests));
    this.depth = Math.min(this.depth, this.#max);
  }

  blockReceived(roundTripMs: number): void {
    this.#roundTripMs = Math.min(this.#roundTripMs, roundTripMs);
    if (this.#isSnubbed) {
      this.#isSnubbed = false;
      this.#isSlowStart = true;
      this.depth = Math.min(this.#options.minRequests, this.#max);
    }
    if (this.#isSlowStart)
      this.depth = Math.max(this.depth, Math.min(this.#max, this.depth + (this.#options.growth ?? 1)));
  }

  /** Nothing came for too long: one request until something does. */
  snubbed(): void {
    this.#isSnubbed = true;
    this.depth = 1;
  }

  /** To be told once a second, while blocks arrive. */
  rateMeasured(rateBytesPerSecond: number): void {
    if (this.#isSnubbed || rateBytesPerSecond === 0) return;
    // Less than a tenth more than before: the path is full.
    if (rateBytesPerSecond < this.#bestRate * 1.1) this.#isSlowStart = false;
    this.#bestRate = Math.max(this.#bestRate, rateBytesPerSecond);
    if (this.#isSlowStart) return;
    const roundTripMs = Math.max(
      this.#options.minRoundTripMs,
      Math.min(2 * this.#roundTripMs, MAX_ROUND_TRIP_MS),
    );
    const wanted = Math.ceil((rateBytesPerSecond * roundTripMs) / 1000 / BLOCK_LENGTH);
    this.depth = Math.min(this.#max, Math.max(this.#options.minRequests, wanted));
  }
}

// What most peers keep, also those that do not say so.
const MAX_UNTOLD = 250;
const MAX_ROUND_TRIP_MS = 5000;
