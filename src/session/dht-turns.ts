// When each torrent is looked up and announced in the DHT: at once when it becomes active, then every 15 to 30 minutes, sooner
// while it has nobody to fetch from. Turns are given out at a rate, so that ten thousand torrents are spread over time; those that
// have no peers go first. A torrent that waits has no timer of its own: an alarm in the session's schedule.

import type { Random } from '../core/bytes/prng.ts';
import { Spending } from '../core/dht/spending.ts';
import type { Clock } from '../host/clock.ts';
import type { DhtSettings } from './dht-settings.ts';
import { Alarm, type Schedule } from './schedule.ts';

/** Who takes turns. */
export interface DhtSeeker {
  /** Nobody is connected, and something is to be fetched: it goes first. */
  isInNeed(): boolean;
  /** Looks up all of its hashes; `done` comes once, later. */
  seek(done: (outcome: SeekOutcome) => void): void;
}

export interface SeekOutcome {
  /** As many nodes have stored it as there are to be. */
  readonly isStoredWell: boolean;
}

/** One seeker's place among all. */
export class DhtPlace {
  readonly seeker: DhtSeeker;
  readonly alarm: Alarm;
  /** Of an earlier stay: what comes back from it does not count. */
  stay = 0;
  isActive = false;
  isSeeking = false;
  isWaiting = false;
  /** Lookups in a row that have led to nobody. */
  inVain = 0;
  /** When it is to be announced again, whether there are peers or not. */
  dueAt = 0;

  constructor(seeker: DhtSeeker, ring: () => void) {
    this.seeker = seeker;
    this.alarm = new Alarm(ring);
  }
}

export class DhtTurns {
  readonly #settings: Pick<DhtSettings, 'announceMs' | 'lookupsPerSecond' | 'maxLookups'>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #pace: Spending;
  readonly #active = new Set<DhtPlace>();
  readonly #inNeed = new Set<DhtPlace>();
  readonly #others = new Set<DhtPlace>();
  /** Found too few nodes: to try again as soon as there are more. */
  readonly #poor = new Set<DhtPlace>();
  readonly #next = new Alarm(() => this.#giveOut());
  readonly #again = new Alarm(() => this.#tryAgain());
  #seeking = 0;
  #isOpen = false;

  constructor(
    settings: Pick<DhtSettings, 'announceMs' | 'lookupsPerSecond' | 'maxLookups'>,
    deps: { readonly clock: Clock; readonly random: Random; readonly schedule: Schedule },
  ) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#schedule = deps.schedule;
    const { lookupsPerSecond } = settings;
    this.#pace = new Spending(lookupsPerSecond, Math.max(1, lookupsPerSecond));
  }

  join(seeker: DhtSeeker): DhtPlace {
    const place: DhtPlace = new DhtPlace(seeker, () => this.#rang(place));
    return place;
  }

  /** From here on turns are given out. */
  open(): void {
    this.#isOpen = true;
    this.#giveOut();
  }

  start(place: DhtPlace): void {
    if (place.isActive) return;
    place.isActive = true;
    this.#active.add(place);
    place.inVain = 0;
    this.#wait(place);
  }

  stop(place: DhtPlace): void {
    place.isActive = false;
    this.#active.delete(place);
    place.stay++;
    this.#schedule.set(place.alarm, undefined);
    this.#leave(place);
  }

  /** It wants a turn as soon as there is one. */
  hurry(place: DhtPlace): void {
    if (place.isActive && !place.isSeeking) this.#wait(place);
  }

  /** What was announced is not true any more: all of them again. Who is under way has still said what was. */
  hurryAll(): void {
    for (const place of this.#active)
      if (place.isSeeking) place.stay++;
      else this.#wait(place);
  }

  /** There are more nodes than before. */
  grown(): void {
    if (this.#poor.size > 0 && this.#again.place < 0)
      this.#schedule.set(this.#again, this.#clock.now() + GROWN_MS);
  }

  close(): void {
    this.#isOpen = false;
    for (const alarm of [this.#next, this.#again]) this.#schedule.set(alarm, undefined);
  }

  #tryAgain(): void {
    const poor = [...this.#poor];
    this.#poor.clear();
    for (const place of poor) this.hurry(place);
  }

  #wait(place: DhtPlace): void {
    if (!place.isActive || place.isWaiting) return;
    place.isWaiting = true;
    this.#schedule.set(place.alarm, undefined);
    (place.seeker.isInNeed() ? this.#inNeed : this.#others).add(place);
    this.#giveOut();
  }

  #leave(place: DhtPlace): void {
    place.isWaiting = false;
    this.#inNeed.delete(place);
    this.#others.delete(place);
    this.#poor.delete(place);
  }

  #giveOut(): void {
    const now = this.#clock.now();
    while (this.#isOpen && this.#seeking < this.#settings.maxLookups) {
      const [place] = this.#inNeed.size > 0 ? this.#inNeed : this.#others;
      if (place === undefined) return;
      if (!this.#pace.spend(1, now)) {
        this.#schedule.set(this.#next, this.#pace.enoughAt(1, now));
        return;
      }
      this.#leave(place);
      this.#seek(place);
    }
  }

  #seek(place: DhtPlace): void {
    const { stay } = place;
    place.isSeeking = true;
    this.#seeking++;
    place.seeker.seek(outcome => {
      this.#seeking--;
      place.isSeeking = false;
      if (!this.#isOpen) return;
      if (place.isActive && place.stay === stay) this.#sought(place, outcome);
      else if (place.isActive) this.#wait(place);
      this.#giveOut();
    });
  }

  #sought(place: DhtPlace, { isStoredWell }: SeekOutcome): void {
    if (!isStoredWell) this.#poor.add(place);
    const now = this.#clock.now();
    const [least, most] = this.#settings.announceMs;
    place.dueAt = now + least + this.#random.below(Math.max(1, most - least));
    // Those that were found are still to be reached, and may be gone.
    const isInNeed = place.seeker.isInNeed();
    const again = isInNeed ? now + IN_VAIN_MS * 2 ** Math.min(10, place.inVain) : place.dueAt;
    place.inVain = isInNeed ? place.inVain + 1 : 0;
    this.#schedule.set(place.alarm, Math.min(place.dueAt, again));
  }

  #rang(place: DhtPlace): void {
    if (this.#clock.now() >= place.dueAt || place.seeker.isInNeed()) this.#wait(place);
    else this.#schedule.set(place.alarm, place.dueAt);
  }
}

const GROWN_MS = 1000;
const IN_VAIN_MS = 15_000;
