// What WebSockets add to the counts of swarms, for the threads that do not have them: looked at in turn, so many swarms a
// step, and told where it has changed.

import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { ChangedCounts } from './threads.ts';

export interface CountedSwarm extends SwarmCounts {
  /** As a binary string. */
  readonly name: string;
}

export class OtherCounts {
  readonly #told = new Map<string, SwarmCounts & { round: number }>();
  #walk: Iterator<CountedSwarm> | undefined;
  #round = 0;

  /** What has changed among the next `most` of `swarms`, which may change meanwhile as a Map may. */
  step(swarms: Iterable<CountedSwarm>, most: number): readonly ChangedCounts[] {
    const changes: ChangedCounts[] = [];
    if (this.#walk === undefined) {
      this.#walk = swarms[Symbol.iterator]();
      this.#round++;
    }
    for (let i = 0; i < most; i++) {
      const { done, value } = this.#walk.next();
      if (done === true) {
        this.#walk = undefined;
        this.#forget(changes);
        break;
      }
      this.#look(value, changes);
    }
    return changes;
  }

  #look({ name, complete, incomplete, downloaded }: CountedSwarm, changes: ChangedCounts[]): void {
    const told = this.#told.get(name);
    if (told?.complete === complete && told.incomplete === incomplete && told.downloaded === downloaded) {
      told.round = this.#round;
      return;
    }
    const counts = { complete, incomplete, downloaded };
    this.#told.set(name, { ...counts, round: this.#round });
    changes.push({ name, counts });
  }

  /** Swarms that are there no more. */
  #forget(changes: ChangedCounts[]): void {
    for (const [name, { round }] of this.#told) {
      if (round === this.#round) continue;
      this.#told.delete(name);
      changes.push({ name, counts: undefined });
    }
  }
}
