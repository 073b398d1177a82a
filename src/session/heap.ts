// Items of which the first is asked for again and again: a binary heap that also finds an item to take it away.

export class Heap<Item> {
  readonly #isBefore: (a: Item, b: Item) => boolean;
  readonly #items: Item[] = [];
  readonly #places = new Map<Item, number>();

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  has(item: Item): boolean {
    return this.#places.has(item);
  }

  add(item: Item): void {
    if (this.#places.has(item)) return;
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  delete(item: Item): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    this.#places.delete(item);
    const last = this.#items.pop()!;
    if (last === item) return true;
    this.#rise(last, place);
    this.#sink(last, this.#places.get(last)!);
    return true;
  }

  clear(): void {
    this.#items.length = 0;
    this.#places.clear();
  }

  #rise(item: Item, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = this.#items[(place - 1) >>> 1]!;
      if (!this.#isBefore(item, parent)) break;
      this.#put(parent, place);
      place = (place - 1) >>> 1;
    }
    this.#put(item, place);
  }

  #sink(item: Item, from: number): void {
    const items = this.#items;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#isBefore(items[child + 1]!, items[child]!)) child++;
      if (!this.#isBefore(items[child]!, item)) break;
      this.#put(items[child]!, place);
      place = child;
    }
    this.#put(item, place);
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}
