// The items that others have left with us (BEP 44). Bounded: those whose target is next to our id stay. A mutable item is
// only replaced by one of a higher number, so that what was once sent and signed cannot be played again over what came later.

import { equalBytes } from '../bytes/bytes.ts';
import { toBinaryString } from '../bytes/utf8.ts';
import { type DhtItem, isMutable } from './items.ts';
import { compareDistance } from './node-id.ts';

interface StoredItem {
  readonly target: Uint8Array;
  readonly item: DhtItem;
  at: number;
}

/** BEP 44, "Errors". */
export type PutRefusal = 'cas-mismatch' | 'old-seq' | 'no-room';

export class ItemStore {
  readonly #options: { readonly maxItems: number; readonly itemMs: number };
  readonly #ownId: () => Uint8Array;
  readonly #items = new Map<string, StoredItem>();

  constructor(options: { readonly maxItems: number; readonly itemMs: number }, ownId: () => Uint8Array) {
    this.#options = options;
    this.#ownId = ownId;
  }

  get count(): number {
    return this.#items.size;
  }

  get(target: Uint8Array, now: number): DhtItem | undefined {
    const stored = this.#items.get(keyOf(target));
    return stored !== undefined && now - stored.at < this.#options.itemMs ? stored.item : undefined;
  }

  /**
   * Whether a mutable item may be put in the place of what is there, before its signature is looked at: that costs time.
   * `cas`: the number that what is there is to have.
   */
  refusal(target: Uint8Array, item: DhtItem, cas: number | undefined, now: number): PutRefusal | undefined {
    const before = this.get(target, now);
    if (before === undefined || !isMutable(before) || !isMutable(item)) return undefined;
    if (cas !== undefined && cas !== before.seq) return 'cas-mismatch';
    if (item.seq > before.seq) return undefined;
    const isAgain = item.seq === before.seq && equalBytes(item.value, before.value);
    return isAgain ? undefined : 'old-seq';
  }

  /** Keeps it, or keeps it longer. The bytes are the store's from here on. */
  put(target: Uint8Array, item: DhtItem, now: number): PutRefusal | undefined {
    const key = keyOf(target);
    if (
      !this.#items.has(key) &&
      this.#items.size >= this.#options.maxItems &&
      !this.#dropFurther(target, now)
    )
      return 'no-room';
    this.#items.set(key, { target, item, at: now });
    return undefined;
  }

  expire(now: number): void {
    for (const [key, { at }] of this.#items) if (now - at >= this.#options.itemMs) this.#items.delete(key);
  }

  #dropFurther(target: Uint8Array, now: number): boolean {
    this.expire(now);
    if (this.#items.size < this.#options.maxItems) return true;
    const ownId = this.#ownId();
    let furthest: StoredItem | undefined;
    for (const stored of this.#items.values())
      if (furthest === undefined || compareDistance(stored.target, furthest.target, ownId) > 0)
        furthest = stored;
    if (furthest === undefined || compareDistance(target, furthest.target, ownId) > 0) return false;
    return this.#items.delete(keyOf(furthest.target));
  }
}

function keyOf(target: Uint8Array): string {
  return toBinaryString(target, 0, target.length);
}
