// The keys: what each does, told by `?` in the same words. Keys that are typed into a field, or in a dialog, mean themselves.

import { open, removeMeant, rows, select, selectAll, startOrStop, toggle } from './actions.ts';
import { cursor, dialog, openId, selected } from './state.ts';

export interface KeyMeaning {
  readonly keys: string;
  readonly does: string;
}

export const KEYS: readonly KeyMeaning[] = [
  { keys: '/', does: 'search' },
  { keys: 'j  ↓', does: 'the next torrent' },
  { keys: 'k  ↑', does: 'the one before' },
  { keys: 'Home  End  PgUp  PgDn', does: 'further' },
  { keys: 'Space', does: 'select, or select no more' },
  { keys: 'Shift + j, k', does: 'select along the way' },
  { keys: 'Ctrl + a', does: 'select all that fit' },
  { keys: 'Enter', does: 'details' },
  { keys: 's', does: 'start or stop' },
  { keys: 'Del', does: 'remove' },
  { keys: 'l', does: 'labels' },
  { keys: 'a', does: 'add' },
  { keys: 'r', does: 'the session: rates, ratio, disk' },
  { keys: 'Esc', does: 'close details; select nothing' },
  { keys: '?', does: 'these keys' },
];

/** How many rows are in view: set by the list. */
export const pageOfRows = { length: 10 };

export function listenToKeys(target: Document): void {
  target.addEventListener('keydown', event => {
    if (dialog.value !== undefined || event.altKey || event.metaKey) return;
    const element = event.target instanceof Element ? event.target : undefined;
    if (element?.closest('input, textarea, select, dialog') && event.key !== 'Escape') return;
    // A button that is focused is pressed by these, and a tab moved.
    if (
      element?.closest('button, a, summary, [role=tab]') &&
      /^(?: |Enter|Arrow.*|Home|End)$/.test(event.key)
    )
      return;
    if (keyPressed(event.key, event)) event.preventDefault();
  });
}

function keyPressed(key: string, { shiftKey, ctrlKey }: KeyboardEvent): boolean {
  if (ctrlKey) {
    if (key !== 'a') return false;
    void selectAll();
    return true;
  }
  const last = Math.max(0, (rows.total ?? 0) - 1);
  switch (key) {
    case '/':
      document.querySelector<HTMLInputElement>('#search')?.select();
      return true;
    case 'j':
    case 'J':
    case 'ArrowDown':
      return moveTo(Math.min(last, cursor.value + 1), shiftKey);
    case 'k':
    case 'K':
    case 'ArrowUp':
      return moveTo(Math.max(0, cursor.value - 1), shiftKey);
    case 'Home':
      return moveTo(0, false);
    case 'End':
      return moveTo(last, false);
    case 'PageDown':
      return moveTo(Math.min(last, cursor.value + pageOfRows.length), false);
    case 'PageUp':
      return moveTo(Math.max(0, cursor.value - pageOfRows.length), false);
    case ' ': {
      const row = rows.rowAt(cursor.value);
      if (row !== undefined) toggle(row.id);
      return true;
    }
    case 'Enter': {
      const row = rows.rowAt(cursor.value);
      if (row !== undefined) open(row.id === openId.value ? undefined : row.id);
      return true;
    }
    case 's':
      void startOrStop();
      return true;
    case 'Delete':
      removeMeant();
      return true;
    case 'l': {
      const ids = idsMeant();
      if (ids.length > 0) dialog.value = { name: 'labels', ids };
      return true;
    }
    case 'a':
      dialog.value = { name: 'add', files: [], text: '' };
      return true;
    case 'r':
      dialog.value = { name: 'session' };
      return true;
    case 'Escape':
      if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
      else if (openId.value !== undefined) open(undefined);
      else select([]);
      return true;
    case '?':
      dialog.value = { name: 'help' };
      return true;
    default:
      return false;
  }
}

function idsMeant(): string[] {
  if (selected.value.size > 0) return [...selected.value];
  const row = rows.rowAt(cursor.value);
  return row === undefined ? [] : [row.id];
}

function moveTo(index: number, selects: boolean): true {
  if (selects) {
    const along = [rows.rowAt(cursor.value)?.id, rows.rowAt(index)?.id];
    select([...selected.value, ...along.filter(id => id !== undefined)]);
  }
  cursor.value = index;
  // Details follow, where they are shown.
  const row = rows.rowAt(index);
  if (openId.value !== undefined && row !== undefined) open(row.id);
  return true;
}
