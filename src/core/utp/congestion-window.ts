// How many bytes may be on their way: LEDBAT, which fills what others leave and yields when a queue grows. BEP 29,
// "congestion control", with what experience has added since:
//   - Below the target the window grows by BEP 29's rule: by at most GAIN_BYTES a round trip, less the nearer the target.
//   - Above it, it shrinks by its own measure (LEDBAT++, draft-irtf-iccrg-ledbat-plus-plus, section 4.2): at twice the target
//     to a half each round trip. By BEP 29's rule alone a window of a megabyte would need a minute to yield.
//   - A small constant part of the growth lets flows that share a queue become equal (the same, section 4.1).
//   - It slows down from time to time, so that the queue it keeps is empty for a moment and everybody sees the true base of
//     the delay (the same, section 4.4): else who comes later takes the standing queue for the path and wins.

export interface CongestionOptions {
  /** The delay that it aims at, in a queue on the way. @default 100 (BEP 29, "CCONTROL_TARGET") */
  readonly targetMs: number;
  /** Whether it slows down from time to time. @default true */
  readonly slowsDown: boolean;
}

export const CONGESTION_DEFAULTS: CongestionOptions = { targetMs: 100, slowsDown: true };

/** What an ack says. */
export interface AckFacts {
  readonly bytes: number;
  /** On their way before it. */
  readonly inFlight: number;
  /** Whether the window was used up: one that was not says nothing of the path. */
  readonly wasFull: boolean;
  /** Of the queue; undefined while there is no sample. */
  readonly delayMs: number | undefined;
  readonly roundTripMs: number;
  /** Of a packet. */
  readonly packetLength: number;
}

export class CongestionWindow {
  bytes: number;
  readonly #options: CongestionOptions;
  #isSlowStart = true;
  /** Where slow start ends. */
  #threshold = Number.POSITIVE_INFINITY;
  /** Slowing down: when it is to begin, when it began, until when nothing grows. */
  #slowAt = Number.POSITIVE_INFINITY;
  #slowedAt = Number.NaN;
  #frozenUntil = 0;
  /** On its way back from slowing down it has waited to see whether the line is free. */
  #hasWaited = false;

  constructor(packetLength: number, options: CongestionOptions) {
    this.#options = options;
    this.bytes = Math.max(MIN_PACKETS * packetLength, INITIAL_BYTES);
  }

  get isSlowStart(): boolean {
    return this.#isSlowStart;
  }

  acked(ack: AckFacts, now: number): void {
    if (ack.wasFull && now >= this.#slowAt) this.#slowDown(ack, now);
    if (now < this.#frozenUntil) return;
    const target = this.#options.targetMs;
    const delay = ack.delayMs ?? 0;
    if (this.#isSlowStart) {
      this.#slowStart(ack, delay / target, now);
      return;
    }
    const share = Math.min(1, ack.bytes / Math.max(1, ack.inFlight));
    const over = delay / target - 1;
    let change = over > 0 ? -Math.min(over, MOST_LOSS) * this.bytes : 0;
    if (ack.wasFull) change += ack.packetLength + (over < 0 ? -over * GAIN_BYTES : 0);
    this.#set(this.bytes + share * change, ack.packetLength);
  }

  /** "When a packet is lost, the max_window is multiplied by 0.5 to mimic TCP." Once for all that were sent together. */
  lost(packetLength: number): void {
    this.#isSlowStart = false;
    this.#hasWaited = false;
    this.#slowedAt = Number.NaN;
    this.#frozenUntil = 0;
    this.#set(this.bytes / 2, packetLength);
    this.#threshold = this.bytes;
  }

  /** Nothing came for so long that all that was on its way counts as lost. */
  timedOut(packetLength: number): void {
    this.#threshold = Math.max(this.bytes / 2, MIN_PACKETS * packetLength);
    this.bytes = packetLength;
    this.#isSlowStart = true;
    this.#hasWaited = false;
    this.#slowedAt = Number.NaN;
    this.#frozenUntil = 0;
  }

  /** Packets have become longer: there must be room for one. */
  packetLengthChanged(packetLength: number): void {
    if (this.bytes < MIN_PACKETS * packetLength) this.bytes = MIN_PACKETS * packetLength;
  }

  #slowStart(ack: AckFacts, delayShare: number, now: number): void {
    const most = this.#hasWaited ? SPARE : SLOW_START_END;
    if (delayShare > most) {
      this.#endSlowStart(ack, now);
      return;
    }
    if (!ack.wasFull) return;
    this.bytes += ack.bytes;
    if (!Number.isNaN(this.#slowedAt) && !this.#hasWaited && this.bytes >= KEPT * this.#threshold) {
      this.bytes = KEPT * this.#threshold;
      this.#hasWaited = true;
      this.#frozenUntil = now + WAIT_ROUND_TRIPS * ack.roundTripMs;
    } else if (this.bytes >= this.#threshold) {
      this.bytes = this.#threshold;
      this.#endSlowStart(ack, now);
    }
  }

  #slowDown({ packetLength, roundTripMs }: AckFacts, now: number): void {
    this.#threshold = this.bytes;
    this.#hasWaited = false;
    this.#slowedAt = now;
    this.#slowAt = Number.POSITIVE_INFINITY;
    this.#frozenUntil = now + 2 * roundTripMs;
    this.#isSlowStart = true;
    this.#set(0, packetLength);
  }

  /** "2 RTT after the end of the initial slow start", then so seldom that it takes a tenth of the time. */
  #endSlowStart({ roundTripMs }: AckFacts, now: number): void {
    this.#isSlowStart = false;
    this.#hasWaited = false;
    if (!this.#options.slowsDown) return;
    const lasted = Number.isNaN(this.#slowedAt) ? 0 : now - this.#slowedAt;
    this.#slowedAt = Number.NaN;
    if (lasted > 0) this.#slowAt = now + SLOWDOWN_EVERY * lasted;
    else if (this.#slowAt === Number.POSITIVE_INFINITY) this.#slowAt = now + 2 * roundTripMs;
  }

  #set(bytes: number, packetLength: number): void {
    this.bytes = Math.min(MAX_BYTES, Math.max(MIN_PACKETS * packetLength, bytes));
  }
}

// RFC 3390 lets TCP begin with as much.
const INITIAL_BYTES = 4380;
// RFC 6817, section 2.4.2: MIN_CWND.
const MIN_PACKETS = 2;
// libutp, MAX_CWND_INCREASE_BYTES_PER_RTT; libtorrent, `utp_gain_factor`.
const GAIN_BYTES = 3000;
const MOST_LOSS = 0.5;
// LEDBAT++, section 4.3.
const SLOW_START_END = 0.75;
const SLOWDOWN_EVERY = 9;
// Ours. What of its window a flow takes back before it looks whether others have a queue standing: with all of it, of two that
// share a line of 50 Mbit/s the one that came later had 88 % after a minute and a half, and the other 5 %.
const KEPT = 0.75;
const WAIT_ROUND_TRIPS = 1.5;
const SPARE = 0.5;
const MAX_BYTES = 2 ** 30;
