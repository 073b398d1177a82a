// Maps and sets that take no memory before something is in them: a torrent that nobody asks for has a score of them, and
// ten thousand of those would fill forty megabytes with nothing. Beside that they are as the platform's.

export class LazyMap<Key, Value> {
  #map: Map<Key, Value> | undefined;

  get size(): number {
    return this.#map === undefined ? 0 : this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map?.get(key);
  }

  has(key: Key): boolean {
    return this.#map?.has(key) === true;
  }

  set(key: Key, value: Value): this {
    this.#map ??= new Map();
    this.#map.set(key, value);
    return this;
  }

  delete(key: Key): boolean {
    return this.#map?.delete(key) === true;
  }

  clear(): void {
    this.#map = undefined;
  }

  keys(): MapIterator<Key> {
    return (this.#map ?? NO_MAP).keys();
  }

  values(): MapIterator<Value> {
    return (this.#map ?? NO_MAP).values();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return (this.#map ?? NO_MAP)[Symbol.iterator]();
  }
}

export class LazySet<Item> {
  #set: Set<Item> | undefined;

  get size(): number {
    return this.#set === undefined ? 0 : this.#set.size;
  }

  has(item: Item): boolean {
    return this.#set?.has(item) === true;
  }

  add(item: Item): this {
    this.#set ??= new Set();
    this.#set.add(item);
    return this;
  }

  delete(item: Item): boolean {
    return this.#set?.delete(item) === true;
  }

  clear(): void {
    this.#set = undefined;
  }

  [Symbol.iterator](): SetIterator<Item> {
    return (this.#set ?? NO_SET)[Symbol.iterator]();
  }
}

// Nothing is ever put in.
const NO_MAP = new Map<never, never>();
const NO_SET = new Set<never>();
