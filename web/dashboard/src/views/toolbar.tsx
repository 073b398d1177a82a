// What can be done: add and create always; the rest to the torrents that are selected, or the one that the keyboard is at.

import { act, meantIds, removeMeant, rows, select, startOrStop } from '../actions.ts';
import { formatPlural } from '../figures.ts';
import { cursor, dialog, rowsVersion, selected } from '../state.ts';

export function Toolbar() {
  // Shown anew with the rows.
  void rowsVersion.value;
  const count = selected.value.size;
  const ids = count > 0 ? [...selected.value] : [rows.rowAt(cursor.value)?.id].filter(id => id !== undefined);
  const isNone = ids.length === 0;
  const [only] = ids.length === 1 ? ids : [];
  const row = only === undefined ? undefined : rows.rowOf(only);
  const isStill = ids.some(id => /^(?:paused|failed)$/.test(rows.rowOf(id)?.state ?? ''));
  return (
    <div class="toolbar" role="toolbar" aria-label="Actions">
      <button
        type="button"
        class="chief"
        onClick={() => {
          dialog.value = { name: 'add', files: [], text: '' };
        }}
      >
        Add
      </button>
      <button
        type="button"
        onClick={() => {
          dialog.value = { name: 'create' };
        }}
      >
        Create
      </button>
      <span class="gap" />
      <button type="button" disabled={isNone} onClick={() => void startOrStop()}>
        {isStill ? 'Start' : 'Stop'}
      </button>
      <button type="button" disabled={isNone} onClick={removeMeant}>
        Remove
      </button>
      <button
        type="button"
        class="not-narrow"
        disabled={isNone}
        onClick={() => {
          dialog.value = { name: 'labels', ids: meantIds() };
        }}
      >
        Labels
      </button>
      <button
        type="button"
        class="not-narrow"
        disabled={isNone}
        onClick={() => {
          dialog.value = { name: 'limits', ids: meantIds() };
        }}
      >
        Limits
      </button>
      <label class="more">
        <span class="visually-hidden">More</span>
        <select
          disabled={isNone}
          value=""
          onChange={({ currentTarget }) => {
            const { value } = currentTarget;
            currentTarget.value = '';
            doMore(value, ids);
          }}
        >
          <option value="">More</option>
          <option value="labels">Labels …</option>
          <option value="limits">Limits …</option>
          <option value="move" disabled={row === undefined}>
            Move or rename …
          </option>
          <option value="recheck">Check the data again</option>
          <option value="reannounce">Ask the trackers now</option>
          <option value="top">To the top of the queue</option>
          <option value="up">Up in the queue</option>
          <option value="down">Down in the queue</option>
          <option value="bottom">To the end of the queue</option>
        </select>
      </label>
      {count > 0 && (
        <span class="chosen-count">
          <span class="chosen">{formatPlural(count, 'torrent')} selected</span>{' '}
          <button type="button" class="plain" aria-label="Select nothing" onClick={() => select([])}>
            ×
          </button>
        </span>
      )}
    </div>
  );
}

function doMore(what: string, ids: readonly string[]): void {
  const all = [...ids];
  switch (what) {
    case 'labels':
    case 'limits':
      dialog.value = { name: what, ids };
      return;
    case 'move': {
      const row = rows.rowOf(ids[0] ?? '');
      if (row !== undefined) dialog.value = { name: 'move', row };
      return;
    }
    case 'recheck':
      void act('torrents.recheck', { ids: all });
      return;
    case 'reannounce':
      void act('torrents.reannounce', { ids: all });
      return;
    case 'top':
    case 'up':
    case 'down':
    case 'bottom':
      void act('torrents.queue', { ids: all, to: what });
  }
}
