// An announcer, the trackers that it talks to, and a clock that jumps to the next thing to do: its tests are the lines of
// what is announced.

import { seededRandom } from '../src/core/bytes/prng.ts';
import type { AnnounceAnswer } from '../src/core/tracker/announce.ts';
import { type AnnounceOrder, Announcer, type AnnouncerOptions } from '../src/core/tracker/announcer.ts';

export const v1 = new Uint8Array(20).fill(1);
export const v2 = new Uint8Array(20).fill(2);
export const SECOND = 1_000;
export const MINUTE = 60_000;

export class Talk {
  now = 1_000_000;
  readonly announcer: Announcer;
  /** What each tracker does; one that is not here is dead. */
  readonly trackers: Record<string, Partial<AnnounceAnswer> | string> = {};
  readonly #started = this.now;
  readonly #wantsPeers: boolean;

  constructor(
    trackers: readonly (readonly string[])[],
    options: Partial<AnnouncerOptions> & { seed?: number; wantsPeers?: boolean } = {},
  ) {
    this.#wantsPeers = options.wantsPeers ?? false;
    const random = seededRandom(options.seed ?? 1);
    this.announcer = new Announcer(
      { trackers: trackers.map(tier => tier.map(url)), infoHashes: [v1], ...options },
      { random },
    );
  }

  /** How a tracker answers from now on. */
  says(tracker: string, answer: Partial<AnnounceAnswer> | string): void {
    this.trackers[tracker] = answer;
  }

  /** Answers everything that is due now, as lines: `+0s a started`. */
  talk(): string[] {
    const lines: string[] = [];
    for (let order = this.announcer.poll(this.now); order; order = this.announcer.poll(this.now)) {
      lines.push(this.line(order));
      this.answer(order);
    }
    return lines;
  }

  /** Goes on for so long, from one timeout to the next. */
  goOn(forMs: number): string[] {
    const end = this.now + forMs;
    const lines: string[] = [];
    for (
      let next = this.announcer.nextTimeout();
      next !== undefined && next <= end;
      next = this.announcer.nextTimeout()
    ) {
      this.now = Math.max(this.now, next);
      lines.push(...this.talk());
    }
    this.now = end;
    return lines;
  }

  answer(order: AnnounceOrder): void {
    const says = this.trackers[name(order.url)];
    if (says === undefined) this.announcer.failed(order.id, 'The connection was refused.', this.now);
    else if (typeof says === 'string')
      this.announcer.refused(order.id, { kind: 'refusal', reason: says }, this.now);
    else
      this.announcer.answered(
        order.id,
        { kind: 'answer', intervalSeconds: 1800, peers: [], ...says },
        this.now,
        this.#wantsPeers,
      );
  }

  line(order: AnnounceOrder): string {
    const hash = order.infoHash === v2 ? ' v2' : '';
    const event = order.event === undefined ? '' : ` ${order.event}`;
    const family = order.family === undefined ? '' : ` by IPv${order.family}`;
    return `+${Math.round((this.now - this.#started) / SECOND)}s ${name(order.url)}${event}${hash}${family}`;
  }

  stateOf(tracker: string) {
    return this.announcer.status().find(status => status.url === url(tracker))!;
  }
}

export const url = (tracker: string) =>
  tracker.includes(':') ? tracker : `http://${tracker}.example.com/announce`;
export const name = (text: string) => text.slice(7).split('.', 1)[0]!;
