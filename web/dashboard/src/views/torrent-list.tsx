// The list: as high as all its rows, and drawn where it is looked at. A grid for those who hear it: the grid has the focus,
// the row that the keyboard is at is its active one. Scrolling draws rows (row-pool) and nothing else of the page.

import { effect, signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { open, rows, select, setQuery, sortBy, toggle } from '../actions.ts';
import { pageOfRows } from '../keyboard.ts';
import {
  cursor,
  dialog,
  EVERYTHING,
  isFiltered,
  openId,
  query,
  rowsVersion,
  type SortField,
  selected,
} from '../state.ts';
import { RowPool } from './row-pool.ts';

const height = signal(600);
const isNarrow = signal(false);

export function TorrentList() {
  const grid = useRef<HTMLDivElement>(null);
  void rowsVersion.value;
  const { total } = rows;
  const isEmpty = total === 0;
  // An empty list is another element.
  useEffect(() => watchSize(grid.current!), [isEmpty]);
  useEffect(() => effect(() => bringIntoView(grid.current!, cursor.value)), []);
  useLayoutEffect(() => (isEmpty ? undefined : drawRows(grid.current!)), [isEmpty]);
  // Another list begins at its top.
  useEffect(() => {
    grid.current!.scrollTop = 0;
  }, [query.value]);

  if (isEmpty) return <Empty gridRef={grid} />;
  return (
    <div
      ref={grid}
      class="list"
      role="grid"
      aria-label="Torrents"
      aria-rowcount={(total ?? 0) + 1}
      aria-multiselectable="true"
      aria-busy={total === undefined}
      tabIndex={0}
    >
      <Head />
      <div class="rows" role="rowgroup" style={{ height: `${(total ?? 0) * rowHeightNow()}px` }} />
      {total === undefined && <p class="note waiting">Asking the daemon …</p>}
    </div>
  );
}

/** Draws the rows in view as they are scrolled, and whenever one of them is another. Returns a function that ends it. */
function drawRows(grid: HTMLDivElement): () => void {
  const pool = new RowPool(grid.querySelector<HTMLElement>('.rows')!);
  // Asked once a frame: it would be laid out for it.
  let { scrollTop } = grid;
  const draw = (isScrolled: boolean) => {
    void rowsVersion.value;
    const rowHeight = rowHeightNow();
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const last = Math.min(
      (rows.total ?? 0) - 1,
      Math.ceil((scrollTop + height.value) / rowHeight) + OVERSCAN,
    );
    const shown = {
      ...{ first, last, rowHeight },
      isNarrow: isNarrow.value,
      cursor: cursor.value,
      openId: openId.value,
      selected: selected.value,
      rowAt: (index: number) => rows.rowAt(index),
    };
    pool.show(shown, isScrolled);
    if (cursor.value >= first && cursor.value <= last)
      grid.setAttribute('aria-activedescendant', `row-${cursor.value}`);
    else grid.removeAttribute('aria-activedescendant');
    rows.show(first, last);
  };
  const scrolled = () => {
    scrollTop = grid.scrollTop;
    draw(true);
  };
  // One listener for all rows: a row's own would be made anew with each that is scrolled in.
  const clicked = (event: MouseEvent) => {
    const index = pool.indexOf((event.target as Element).closest('.row-line'));
    if (index !== undefined) rowClicked(index, event);
  };
  const stop = effect(() => draw(false));
  grid.addEventListener('scroll', scrolled, { passive: true });
  grid.addEventListener('click', clicked);
  return () => {
    grid.removeEventListener('scroll', scrolled);
    grid.removeEventListener('click', clicked);
    stop();
    pool.close();
  };
}

function rowHeightNow(): number {
  return isNarrow.value ? NARROW_ROW : WIDE_ROW;
}

function Head() {
  const { sort, descending } = query.value;
  return (
    <div role="rowgroup" class="head-group">
      <div role="row" class="head" aria-rowindex={1}>
        <span role="columnheader" class="cell-check">
          <span class="visually-hidden">Selected</span>
        </span>
        {COLUMNS.map(({ field, text, title, place }) => (
          <span
            key={field}
            role="columnheader"
            class={place}
            aria-sort={sort === field ? (descending ? 'descending' : 'ascending') : 'none'}
          >
            <button type="button" class="sort" title={title} onClick={() => sortBy(field)}>
              {text}
              <span aria-hidden="true">{sort === field ? (descending ? ' ▾' : ' ▴') : ''}</span>
            </button>
          </span>
        ))}
      </div>
    </div>
  );
}

function Empty({ gridRef }: { readonly gridRef: { current: HTMLDivElement | null } }) {
  return (
    <div ref={gridRef} class="list empty">
      {isFiltered.value ? (
        <>
          <h2>Nothing fits</h2>
          <p>No torrent here has this in its name, this state, label and tracker.</p>
          <button type="button" onClick={() => setQuery(EVERYTHING)}>
            Show all
          </button>
        </>
      ) : (
        <>
          <h2>No torrents yet</h2>
          <p>Drop a .torrent file or a magnet link here, paste one, or make a torrent of a folder.</p>
          <p class="row">
            <button
              type="button"
              class="chief"
              onClick={() => {
                dialog.value = { name: 'add', files: [], text: '' };
              }}
            >
              Add a torrent
            </button>
            <button
              type="button"
              onClick={() => {
                dialog.value = { name: 'create' };
              }}
            >
              Create one
            </button>
          </p>
        </>
      )}
    </div>
  );
}

function rowClicked(index: number, event: MouseEvent): void {
  const row = rows.rowAt(index);
  if (row === undefined) return;
  const before = cursor.value;
  cursor.value = index;
  if (event.shiftKey) {
    const [from, to] = before < index ? [before, index] : [index, before];
    const ids = [...selected.value];
    for (let i = from; i <= to; i++) ids.push(...[rows.rowAt(i)?.id].filter(id => id !== undefined));
    select(ids);
    getSelection()?.removeAllRanges();
  } else if (event.ctrlKey || event.metaKey || (event.target as Element).closest('.cell-check') !== null)
    toggle(row.id);
  else open(row.id === openId.value ? undefined : row.id);
}

function watchSize(grid: HTMLDivElement): () => void {
  const look = () => {
    height.value = grid.clientHeight;
    isNarrow.value = grid.clientWidth < NARROW_WIDTH;
    pageOfRows.length = Math.max(
      1,
      Math.floor(grid.clientHeight / (isNarrow.value ? NARROW_ROW : WIDE_ROW)) - 2,
    );
  };
  const observer = new ResizeObserver(look);
  observer.observe(grid);
  look();
  return () => observer.disconnect();
}

function bringIntoView(grid: HTMLDivElement, index: number): void {
  const rowHeight = isNarrow.peek() ? NARROW_ROW : WIDE_ROW;
  const head = grid.querySelector<HTMLElement>('.head-group')?.offsetHeight ?? 0;
  const top = index * rowHeight;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + rowHeight + head > grid.scrollTop + grid.clientHeight)
    grid.scrollTop = top + rowHeight + head - grid.clientHeight;
}

const COLUMNS: readonly { field: SortField; text: string; title: string; place: string }[] = [
  { field: 'name', text: 'Name', title: 'By name', place: 'cell-name' },
  { field: 'length', text: 'Size', title: 'By size', place: 'cell-size' },
  { field: 'progress', text: 'Done', title: 'By what is done', place: 'cell-done' },
  { field: 'state', text: 'State', title: 'By state', place: 'cell-state' },
  { field: 'downRate', text: '↓', title: 'By what is received', place: 'cell-down' },
  { field: 'upRate', text: '↑', title: 'By what is given', place: 'cell-up' },
  { field: 'ratio', text: 'Ratio', title: 'By ratio', place: 'cell-ratio' },
  { field: 'eta', text: 'Left', title: 'By time left', place: 'cell-left' },
  { field: 'peers', text: 'Peers', title: 'By peers', place: 'cell-peers' },
  { field: 'queue', text: '#', title: 'By place in the queue', place: 'cell-queue' },
];
/** Pixels; style/list.css has the same. */
const WIDE_ROW = 32;
const NARROW_ROW = 56;
const NARROW_WIDTH = 640;
const OVERSCAN = 3;
