// What the session and its torrents received and gave lately: for a picture that is not empty after a reload. Every two
// seconds for five minutes, of the session and of each torrent that had a rate in that time; of the session the mean of each
// minute for a day too. As much room as that, and no more: whoever has had no rate for longest is forgotten first.

import type { Clock } from '../host/clock.ts';
import type { Library } from './library.ts';

/** Bytes per second, the oldest first, one each `everyMs` until `until` (milliseconds since 1970). */
export interface RateSeries {
  readonly everyMs: number;
  readonly until: number;
  readonly down: readonly number[];
  readonly up: readonly number[];
}

export interface RateHistoryOptions {
  /** From one look to the next. @default 2000 */
  readonly intervalMs?: number;
  /** So many looks are kept. @default 150, five minutes */
  readonly points?: number;
  /** Of the session: so many means are kept. @default 1440, a day */
  readonly minutes?: number;
  /** Torrents of which rates are kept, 1.2 KB each. @default 2000 */
  readonly maxTorrents?: number;
}

export class RateHistory {
  readonly #library: Pick<Library, 'torrents' | 'on'>;
  readonly #clock: Clock;
  readonly #options: Required<RateHistoryOptions>;
  readonly #session: Ring;
  readonly #minutes: Ring;
  /** In the order in which they last had a rate. */
  readonly #torrents = new Map<string, Ring>();
  #until: number;
  #minuteUntil: number;
  /** Of the minute that is not over: sums, and how many. */
  #minute = { down: 0, up: 0, looks: 0 };
  #cancelTimer: () => void = () => {};
  readonly #forget: () => void;

  constructor(library: Pick<Library, 'torrents' | 'on'>, clock: Clock, options: RateHistoryOptions = {}) {
    this.#library = library;
    this.#clock = clock;
    this.#options = { intervalMs: 2000, points: 150, minutes: 1440, maxTorrents: 2000, ...options };
    this.#session = new Ring(this.#options.points);
    this.#minutes = new Ring(this.#options.minutes);
    this.#until = clock.wallTime();
    this.#minuteUntil = this.#until;
    this.#forget = library.on('removed', ({ id }) => void this.#torrents.delete(id));
    this.#schedule();
  }

  session(): RateSeries {
    return this.#seriesOf(this.#session);
  }

  /** The session's, a mean a minute. */
  sessionByMinutes(): RateSeries {
    return { everyMs: MINUTE_MS, until: this.#minuteUntil, ...this.#minutes.read() };
  }

  /** Nothing where it had no rate lately. */
  of(id: string): RateSeries {
    return this.#seriesOf(this.#torrents.get(id));
  }

  close(): void {
    this.#cancelTimer();
    this.#forget();
  }

  #seriesOf(ring: Ring | undefined): RateSeries {
    return { everyMs: this.#options.intervalMs, until: this.#until, ...(ring?.read() ?? NOTHING) };
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.after(this.#options.intervalMs, () => {
      this.#look();
      this.#schedule();
    });
  }

  #look(): void {
    this.#until = this.#clock.wallTime();
    for (const ring of this.#torrents.values()) ring.push(0, 0);
    let down = 0;
    let up = 0;
    for (const { id, torrent } of this.#library.torrents()) {
      if (torrent.connectionCount === 0) continue;
      const { downloadBytesPerSecond, uploadBytesPerSecond } = torrent.stats();
      if (downloadBytesPerSecond < 1 && uploadBytesPerSecond < 1) continue;
      down += downloadBytesPerSecond;
      up += uploadBytesPerSecond;
      this.#ringOf(id).replaceLast(downloadBytesPerSecond, uploadBytesPerSecond);
    }
    // Those that had none for longest stand first.
    for (const [id, ring] of this.#torrents) {
      if (ring.sinceRate < this.#options.points && this.#torrents.size <= this.#options.maxTorrents) break;
      this.#torrents.delete(id);
    }
    this.#session.push(down, up);
    this.#noteMinute(down, up);
  }

  /** With a point for this look; the last in order. */
  #ringOf(id: string): Ring {
    let ring = this.#torrents.get(id);
    if (ring === undefined) {
      ring = new Ring(this.#options.points);
      ring.push(0, 0);
    }
    this.#torrents.delete(id);
    this.#torrents.set(id, ring);
    return ring;
  }

  #noteMinute(down: number, up: number): void {
    const minute = this.#minute;
    minute.down += down;
    minute.up += up;
    minute.looks++;
    if (this.#until - this.#minuteUntil < MINUTE_MS) return;
    this.#minutes.push(minute.down / minute.looks, minute.up / minute.looks);
    this.#minuteUntil = this.#until;
    this.#minute = { down: 0, up: 0, looks: 0 };
  }
}

/** The last points of two lines. */
class Ring {
  readonly #down: Float32Array;
  readonly #up: Float32Array;
  #at = 0;
  #count = 0;
  /** Points since there was a rate. */
  sinceRate = 0;

  constructor(points: number) {
    this.#down = new Float32Array(points);
    this.#up = new Float32Array(points);
  }

  push(down: number, up: number): void {
    this.#at = (this.#at + 1) % this.#down.length;
    this.#count = Math.min(this.#count + 1, this.#down.length);
    this.#down[this.#at] = down;
    this.#up[this.#at] = up;
    this.sinceRate++;
  }

  replaceLast(down: number, up: number): void {
    this.#down[this.#at] = down;
    this.#up[this.#at] = up;
    this.sinceRate = 0;
  }

  read(): { readonly down: number[]; readonly up: number[] } {
    const oldest = this.#at + 1 - this.#count + this.#down.length;
    const inOrder = (line: Float32Array) =>
      Array.from({ length: this.#count }, (_, i) => Math.round(line[(oldest + i) % line.length]!));
    return { down: inOrder(this.#down), up: inOrder(this.#up) };
  }
}

const MINUTE_MS = 60_000;
const NOTHING = { down: [], up: [] };
