// Accepted connections until they have said which torrent they mean. There are so many places for them; where all are
// taken, whoever has been long about it makes room, so that a few who say nothing cannot shut out the others.

import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Stream } from '../host/stream.ts';
import { type AdmissionFacts, type AdmissionSettings, isAdmitted } from './admission.ts';
import { type GreetingOptions, greetAccepted } from './greeting.ts';
import type { Greeted } from './greeting-link.ts';

/** Where connections are counted. */
export interface GreetingCounts extends AdmissionFacts {
  greetingBegan(remote: Address): void;
  greetingEnded(remote: Address): void;
}

interface Waiting {
  readonly since: number;
  readonly giveUp: (reason: SwarmlineError) => void;
}

export class Greetings {
  readonly #options: GreetingOptions;
  readonly #counts: GreetingCounts;
  readonly #onGreeted: (remote: Address, greeted: Greeted) => void;
  /** The one that came first is first. */
  readonly #waiting = new Map<Stream, Waiting>();

  /** `onGreeted` takes the connection over, or closes it. */
  constructor(
    options: GreetingOptions,
    counts: GreetingCounts,
    onGreeted: (remote: Address, greeted: Greeted) => void,
  ) {
    this.#options = options;
    this.#counts = counts;
    this.#onGreeted = onGreeted;
  }

  accept(stream: Stream, admission: AdmissionSettings): void {
    const { remote } = stream;
    if (remote === undefined || !this.#hasRoomFor(remote, admission)) {
      stream.close();
      return;
    }
    this.#counts.greetingBegan(remote);
    const giveUp = greetAccepted(stream, this.#options, result => {
      this.#waiting.delete(stream);
      // Before its place as one that is greeted is given away.
      if (!(result instanceof Error)) this.#onGreeted(remote, result);
      this.#counts.greetingEnded(remote);
    });
    this.#waiting.set(stream, { since: this.#options.clock.now(), giveUp });
  }

  close(): void {
    const reason = new SwarmlineError('SESSION_CLOSED', 'The session is closed.');
    for (const { giveUp } of [...this.#waiting.values()]) giveUp(reason);
  }

  #hasRoomFor(remote: Address, admission: AdmissionSettings): boolean {
    const counts = this.#counts;
    if (isAdmitted(remote, admission, counts)) return true;
    const [oldest] = this.#waiting.values();
    if (oldest === undefined || this.#options.clock.now() - oldest.since < SLOW_MS) return false;
    const without = {
      count: counts.count - 1,
      greetedCount: counts.greetedCount - 1,
      countFrom: (address: Address) => counts.countFrom(address),
    };
    if (!isAdmitted(remote, admission, without)) return false;
    oldest.giveUp(
      new SwarmlineError('PEER_MADE_ROOM', 'All places are taken, and the peer made room for others.'),
    );
    return true;
  }
}

// A handshake comes with the first round trip, one with keys with the second.
const SLOW_MS = 2000;
