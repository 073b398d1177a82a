// The page: the session on top, filters on the left, the list, details below or beside it. Each part is its own file.

import { isTokenNeeded } from '../api.ts';
import { isOverPage } from '../drop.ts';
import { areFiltersOpen, openId } from '../state.ts';
import { Details } from './details.tsx';
import { Dialogs } from './dialogs.tsx';
import { Filters } from './filters.tsx';
import { Lost, Notices } from './frame.tsx';
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
      <Lost words="What is shown is as it last was; nothing is lost." />
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
