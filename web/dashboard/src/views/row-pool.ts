// The rows in view, as elements that are made once and used again: a row that is scrolled in takes the place of one that went
// out, and only the texts that differ are changed. No framework between: at a turn of the wheel all that is in view is
// another, sixty times a second (bench/dashboard.mjs). While it flies past so that most rows are other ones in each frame, rows
// show their names alone; they are drawn whole in the first frame in which it does not.

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
  isWhole: boolean;
}

export class RowPool {
  readonly #element: HTMLElement;
  #places: Place[] = [];
  #isNarrow: boolean | undefined;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  /** In the frame that is under way. */
  #flew = false;

  /** `element`: as high as all rows. */
  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** `isScrolled`: it is shown for that, and for nothing that has changed. */
  show(shown: ShownRows, isScrolled: boolean): void {
    const { first, last, isNarrow, rowHeight, rowAt, cursor } = shown;
    const count = Math.max(0, last - first + 1);
    if (isNarrow !== this.#isNarrow || count > this.#places.length) this.#build(count, isNarrow);
    const fresh = this.#countFresh(first, last);
    const flies = isScrolled && fresh > count * FLYING_SHARE;
    for (let index = first; index <= last; index++) {
      const place = this.#places[index % this.#places.length]!;
      const row = rowAt(index);
      const look = lookOf(index, row, shown);
      const isFresh = place.index !== index;
      if (isFresh) {
        place.index = index;
        place.shape.moveTo(index * rowHeight);
        // What the keyboard is at is told to those who hear the page.
        place.isWhole = !flies || index === cursor;
      }
      if (place.look !== look) {
        place.look = look;
        place.shape.setLook(look);
      }
      if (isFresh || place.row !== row) {
        place.row = row;
        draw(place);
      }
    }
    for (const place of this.#places) {
      if (place.index < 0 || (place.index >= first && place.index <= last)) continue;
      place.index = -1;
      place.isWhole = true;
      place.shape.hide();
    }
    if (fresh > 0) this.#settleLater();
    if (!flies) return;
    this.#flew = true;
    this.#drawWholeLater();
  }

  /** The position of the row that is in this element. */
  indexOf(element: Element | null): number | undefined {
    const index = this.#places.find(({ shape }) => shape.element === element)?.index ?? -1;
    return index < 0 ? undefined : index;
  }

  close(): void {
    clearTimeout(this.#settleTimer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #countFresh(first: number, last: number): number {
    let count = 0;
    for (let index = first; index <= last; index++)
      if (this.#places[index % this.#places.length]!.index !== index) count++;
    return count;
  }

  #drawWholeLater(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#flew) {
        this.#flew = false;
        this.#drawWholeLater();
        return;
      }
      for (const place of this.#places) {
        if (place.isWhole) continue;
        place.isWhole = true;
        draw(place);
      }
    });
  }

  #build(count: number, isNarrow: boolean): void {
    this.#isNarrow = isNarrow;
    this.#places = Array.from({ length: count + SPARE }, () => ({
      shape: isNarrow ? new NarrowRow() : new WideRow(),
      index: -1,
      row: undefined,
      look: -1,
      isWhole: true,
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

function draw({ shape, index, row, isWhole }: Place): void {
  if (isWhole) shape.setRow(index, row);
  else shape.setPassing(row);
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
/** Of the rows in view. A wheel and a finger bring in a tenth of them a frame; a bar that is dragged, all of them. */
const FLYING_SHARE = 0.5;
/** So that a window that grows by a row does not make all anew. */
const SPARE = 4;
