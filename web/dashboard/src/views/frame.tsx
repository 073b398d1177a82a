// What every page has beside its own: word that nothing answers any more, and short notices.

import { signal } from '@preact/signals';
import { dismiss } from '../actions.ts';
import { connection } from '../change-stream.ts';
import { isShare } from '../page-view.ts';
import { notices, session } from '../state.ts';

const isLostShown = signal(false);
let lostTimer: ReturnType<typeof setTimeout> | undefined;
// A connection that is back at once is no news.
connection.subscribe(state => {
  clearTimeout(lostTimer);
  if (state !== 'lost') isLostShown.value = false;
  else
    lostTimer = setTimeout(() => {
      isLostShown.value = true;
    }, 1500);
});

/** `words`: where something was heard before, what it means. */
export function Lost({ words }: { readonly words: string }) {
  return (
    <div role="status" class="lost-place">
      {isLostShown.value && (
        <p class="lost">
          <span class="failed">✗ {isShare ? 'The sender' : 'The daemon'} does not answer.</span>{' '}
          {session.value === undefined ? 'Is it running?' : words} This page goes on trying.
        </p>
      )}
    </div>
  );
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ key, kind, text }) => (
        <p key={key} class="notice">
          <span class={kind} aria-hidden="true">
            {kind === 'failed' ? '✗' : '✓'}
          </span>
          <span>{text}</span>
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(key)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
