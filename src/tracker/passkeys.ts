// Who may announce to a private tracker: by a key in the path of its URL, `/KEY/announce`, by HTTP and WebSocket and by UDP
// (BEP 41). Each key has a name, limits and totals. Totals are what clients say of themselves: between two announces of one
// peer, by how much its figures have grown. What is known while it runs lies in a `key-table`, which threads may share.

import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AnnounceRefusal } from '../core/tracker/announce.ts';
import { type KeyFault, type KeyLimits, KeyTable, type KeyTotals, newKeyTableMemory } from './key-table.ts';
import { FULL, KEY_UNKNOWN, refusal } from './refusals.ts';
import type { KeyRing, TrackerAnnounce } from './tracker.ts';

export interface Passkey extends KeyLimits {
  /** How its owner is called: what totals go by. */
  readonly name: string;
  /** 8 to 64 letters and digits. */
  readonly key: string;
  /** Milliseconds since 1970. @default never */
  readonly expiresAt?: number | undefined;
}

/** The keys for another thread: cloned, but for the memory, which is shared. */
export interface SharedPasskeys {
  readonly holders: readonly Holder[];
  readonly memory: SharedArrayBuffer;
}

export interface PasskeysDeps {
  readonly wallTime: () => number;
  readonly random: Random;
  /** Makes the memory of what is known of keys. @default for 65,536 peers */
  readonly newMemory?: () => SharedArrayBuffer;
}

export class Passkeys implements KeyRing {
  readonly #byKey = new Map<string, Holder>();
  readonly #byName = new Map<string, Holder>();
  readonly #wallTime: () => number;
  readonly #table: KeyTable;
  /** Places that may be given to new names, and those that may be once nobody uses the keys of before any more. */
  readonly #free: number[] = [];
  readonly #leaving: number[] = [];
  #begun = 0;

  private constructor(table: KeyTable, wallTime: () => number) {
    this.#table = table;
    this.#wallTime = wallTime;
  }

  /**
   * What `before` knew of the same names goes on; it is not to be used to make others from.
   * @throws SwarmlineError `KEYS_INVALID` where there are more than may be
   */
  static of(keys: readonly Passkey[], deps: PasskeysDeps, before?: Passkeys): Passkeys {
    const { wallTime, random, newMemory = newKeyTableMemory } = deps;
    const table = before === undefined ? new KeyTable(newMemory(), random) : before.#table;
    if (keys.length > table.maxKeys)
      throw new SwarmlineError('KEYS_INVALID', `There are more than ${table.maxKeys} keys.`);
    const made = new Passkeys(table, wallTime);
    if (before !== undefined) made.#goOnFrom(before, new Set(keys.map(({ name }) => name)));
    for (const key of keys) {
      const known = before === undefined ? undefined : before.#byName.get(key.name);
      const place = known?.place ?? made.#free.pop() ?? made.#begun++;
      // Those that were just taken out have their places still.
      if (place >= table.maxKeys)
        throw new SwarmlineError('KEYS_INVALID', 'Too many keys were exchanged at once: try again.');
      made.#enter({ ...key, place });
    }
    return made;
  }

  /** The same keys, in another thread. */
  static shared({ holders, memory }: SharedPasskeys, { wallTime, random }: PasskeysDeps): Passkeys {
    const made = new Passkeys(new KeyTable(memory, random), wallTime);
    for (const holder of holders) made.#enter(holder);
    return made;
  }

  share(): SharedPasskeys {
    return { holders: [...this.#byKey.values()], memory: this.#table.memory };
  }

  get size(): number {
    return this.#byKey.size;
  }

  knows(url: string): boolean {
    return this.#holderOf(url) !== undefined;
  }

  refusalOf({ facts, ip, url }: TrackerAnnounce, now: number): AnnounceRefusal | undefined {
    const holder = url === undefined ? undefined : this.#holderOf(url);
    if (holder === undefined) return KEY_UNKNOWN;
    const fault = this.#table.announced(holder.place, holder, facts, ip, { now, wallTime: this.#wallTime() });
    return fault === undefined ? undefined : REFUSALS[fault];
  }

  totals(): ReadonlyMap<string, KeyTotals> {
    return new Map([...this.#byName].map(([name, { place }]) => [name, this.#table.totalsOf(place)]));
  }

  /** Totals of an earlier run; names that are no longer there are passed over. */
  restore(totals: ReadonlyMap<string, KeyTotals>): void {
    for (const [name, known] of totals) {
      const holder = this.#byName.get(name);
      if (holder !== undefined) this.#table.setTotals(holder.place, known);
    }
  }

  #enter(holder: Holder): void {
    this.#byKey.set(holder.key, holder);
    this.#byName.set(holder.name, holder);
  }

  /** Who is there no more leaves a place; it is given away at the next change, when no thread uses it by the keys of before. */
  #goOnFrom(before: Passkeys, names: ReadonlySet<string>): void {
    this.#begun = before.#begun;
    this.#free.push(...before.#free);
    for (const place of before.#leaving) {
      this.#table.clear(place);
      this.#free.push(place);
    }
    for (const [name, { place }] of before.#byName) if (!names.has(name)) this.#leaving.push(place);
  }

  #holderOf(url: string): Holder | undefined {
    const end = url.indexOf('/', 1);
    const question = url.indexOf('?');
    const stop = end < 0 ? (question < 0 ? url.length : question) : end;
    const holder = this.#byKey.get(url.slice(1, stop));
    if (holder?.expiresAt !== undefined && holder.expiresAt <= this.#wallTime()) return undefined;
    return holder;
  }
}

interface Holder extends Passkey {
  /** In the table. */
  readonly place: number;
}

const REFUSALS: Readonly<Record<KeyFault, AnnounceRefusal>> = {
  'too many announces': refusal(
    'key_limit',
    'There were too many announces by this key in the last hour.',
    30,
  ),
  'too many peers': refusal('key_limit', 'Too many peers announce by this key.', 30),
  'too many addresses': refusal('key_limit', 'This key is used from too many addresses.', 30),
  full: FULL,
};
