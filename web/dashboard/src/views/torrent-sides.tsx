// The sides of a torrent, a tab each.

import { signal } from '@preact/signals';
import { FilesTab } from './files-tab.tsx';
import { LogTab } from './log-tab.tsx';
import { Overview } from './overview.tsx';
import { PeersTab } from './peers-tab.tsx';
import type { TabProps } from './tab-props.ts';
import { TrackersTab } from './trackers-tab.tsx';

const SIDES = {
  overview: { text: 'Overview', View: Overview },
  peers: { text: 'Peers', View: PeersTab },
  files: { text: 'Files', View: FilesTab },
  trackers: { text: 'Trackers', View: TrackersTab },
  log: { text: 'Log', View: LogTab },
} as const;
export type SideName = keyof typeof SIDES;

const tab = signal<SideName>('overview');

export interface TorrentSidesProps extends TabProps {
  readonly tabs: readonly SideName[];
}

export function TorrentSides({ details, again, tabs }: TorrentSidesProps) {
  const chosen = tabs.includes(tab.value) ? tab.value : tabs[0]!;
  const { View } = SIDES[chosen];
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label="Sides of this torrent"
        onKeyDown={event => moveTab(event, tabs)}
      >
        {tabs.map(name => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={chosen === name}
            aria-controls="tab-panel"
            tabIndex={chosen === name ? 0 : -1}
            onClick={() => {
              tab.value = name;
            }}
          >
            {SIDES[name].text}
            {name === 'files' && details.fileCount > 0 && <span class="count"> {details.fileCount}</span>}
            {name === 'peers' && details.peers > 0 && <span class="count"> {details.peers}</span>}
          </button>
        ))}
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id="tab-panel"
        aria-labelledby={`tab-${chosen}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
        tabIndex={0}
      >
        <View details={details} again={again} />
      </div>
    </>
  );
}

function moveTab(event: KeyboardEvent, names: readonly SideName[]): void {
  const at = Math.max(0, names.indexOf(tab.value));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tab.value = names[(to + names.length) % names.length]!;
  document.getElementById(`tab-${tab.value}`)?.focus();
}
