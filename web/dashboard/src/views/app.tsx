// The page: the session on top, filters on the left, the list, details below or beside it. Each part is its own file.

import { signal } from '@preact/signals';
import { dismiss } from '../actions.ts';
import { isTokenNeeded } from '../api.ts';
import { connection } from '../change-stream.ts';
import { isOverPage } from '../drop.ts';
import { areFiltersOpen, notices, openId, session } from '../state.ts';
import { Details } from './details.tsx';
import { Dialogs } from './dialogs.tsx';
import { Filters } from './filters.tsx';
import { LogIn } from './log-in.tsx';
import { SessionBar } from './session-bar.tsx';
import { Toolbar } from './toolbar.tsx';
import { TorrentList } from './torrent-list.tsx';

export function App() {
  if (isTokenNeeded.value) return <LogIn />;
  const id = openId.value;
  return (
    <div class={`app ${id === undefined ? '' : 'has-details'}`}>
      <SessionBar />
      <Lost />
      <div class="body">
        <aside class={`filters ${areFiltersOpen.value ? 'is-open' : ''}`} aria-label="Filters">
          <Filters />
        </aside>
        <main class="main">
          <h1 class="visually-hidden">Torrents</h1>
          <Toolbar />
          <div class="panes">
            <div class="list-place">
              <TorrentList />
            </div>
            {id !== undefined && <Details id={id} key={id} />}
          </div>
        </main>
      </div>
      <Dialogs />
      <Notices />
      {isOverPage.value && (
        <div class="drop-here" aria-hidden="true">
          <p>Let go to add it</p>
        </div>
      )}
    </div>
  );
}

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

function Lost() {
  return (
    <div role="status" class="lost-place">
      {isLostShown.value && (
        <p class="lost">
          <span class="failed">✗ The daemon does not answer.</span>{' '}
          {session.value === undefined
            ? 'Is it running? This page goes on trying.'
            : 'What is shown is as it last was; nothing is lost. This page goes on trying.'}
        </p>
      )}
    </div>
  );
}

function Notices() {
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
