// The rows in view, as elements that are made once and used again: a row that is scrolled in takes the place of one that went
// out, and only the texts that differ are changed. No framework between: at a turn of the wheel all that is in view is
// another, sixty times a second (bench/dashboard.mjs).

import type { TorrentRow } from '../api-types.ts';
import { NarrowRow, type RowLook, type RowShape, WideRow } from './row-elements.ts';

export interface ShownRows {
  readonly first: number;
  /** Less than `first`: none. */
  readonly last: number;
  readonly rowHeight: number;
  readonly isNarrow: boolean;
  readonly cursor: number;
  readonly openId: string | undefined;
  readonly selected: ReadonlySet<string>;
  /** Undefined: it has not come yet. */
  readonly rowAt: (index: number) => TorrentRow | undefined;
}

interface Place {
  readonly shape: RowShape;
  index: number;
  row: TorrentRow | undefined;
  look: number;
}

export class RowPool {
  readonly #element: HTMLElement;
  #places: Place[] = [];
  #isNarrow: boolean | undefined;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;

  /** `element`: as high as all rows. */
  constructor(element: HTMLElement) {
    this.#element = element;
  }

  show(shown: ShownRows): void {
    const { first, last, isNarrow, rowHeight, rowAt } = shown;
    const count = Math.max(0, last - first + 1);
    if (isNarrow !== this.#isNarrow || count > this.#places.length) this.#build(count, isNarrow);
    let moved = false;
    for (let index = first; index <= last; index++) {
      const place = this.#places[index % this.#places.length]!;
      const row = rowAt(index);
      const look = lookOf(index, row, shown);
      if (place.index !== index) {
        place.index = index;
        place.shape.moveTo(index, index * rowHeight);
        moved = true;
      }
      if (place.look !== look) {
        place.look = look;
        place.shape.setLook(look);
      }
      if (place.row !== row) {
        place.row = row;
        place.shape.setRow(row);
      }
    }
    for (const place of this.#places) {
      if (place.index < 0 || (place.index >= first && place.index <= last)) continue;
      place.index = -1;
      place.shape.hide();
    }
    if (moved) this.#settleLater();
  }

  close(): void {
    clearTimeout(this.#settleTimer);
  }

  #build(count: number, isNarrow: boolean): void {
    this.#isNarrow = isNarrow;
    this.#places = Array.from({ length: count + SPARE }, () => ({
      shape: isNarrow ? new NarrowRow() : new WideRow(),
      index: -1,
      row: undefined,
      look: -1,
    }));
    for (const { shape } of this.#places) shape.hide();
    this.#element.replaceChildren(...this.#places.map(({ shape }) => shape.element));
  }

  /** Who hears the page hears the rows in the order of the page. */
  #settleLater(): void {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => {
      const places = this.#places.filter(({ index }) => index >= 0).sort((a, b) => a.index - b.index);
      const { children } = this.#element;
      for (const [i, { shape }] of places.entries())
        if (children[i] !== shape.element) this.#element.insertBefore(shape.element, children[i] ?? null);
    }, SETTLED_MS);
  }
}

function lookOf(
  index: number,
  row: TorrentRow | undefined,
  { cursor, openId, selected }: ShownRows,
): RowLook {
  return (
    (index === cursor ? 1 : 0) |
    (row !== undefined && row.id === openId ? 2 : 0) |
    (row !== undefined && selected.has(row.id) ? 4 : 0)
  );
}

const SETTLED_MS = 200;
/** So that a window that grows by a row does not make all anew. */
const SPARE = 4;
