// One torrent: what it is doing and why, its pieces, and a tab for each side of it.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { open } from '../actions.ts';
import { FilesTab } from './files-tab.tsx';
import { LogTab } from './log-tab.tsx';
import { Overview } from './overview.tsx';
import { PeersTab } from './peers-tab.tsx';
import { PieceMap } from './piece-map.tsx';
import { usePolled } from './polled.ts';
import { TrackersTab } from './trackers-tab.tsx';

const TABS = {
  overview: { text: 'Overview', View: Overview },
  peers: { text: 'Peers', View: PeersTab },
  files: { text: 'Files', View: FilesTab },
  trackers: { text: 'Trackers', View: TrackersTab },
  log: { text: 'Log', View: LogTab },
} as const;
type TabName = keyof typeof TABS;

const tab = signal<TabName>('overview');

export function Details({ id }: { readonly id: string }) {
  const { answer: details, again } = usePolled('torrents.get', { id });
  const heading = useRef<HTMLHeadingElement>(null);
  // Where it covers the list, it is where one is now.
  useEffect(() => {
    if (matchMedia(COVERED).matches) heading.current?.focus();
  }, []);
  const { View } = TABS[tab.value];
  return (
    <section class="details" aria-labelledby="details-name">
      <header class="details-head">
        <h2 id="details-name" ref={heading} tabIndex={-1} title={details?.name}>
          {details?.name ?? '…'}
        </h2>
        <button type="button" class="plain" aria-label="Close details" onClick={() => open(undefined)}>
          ×
        </button>
      </header>
      {details !== undefined && (
        <>
          <p class={`reason ${details.state === 'failed' ? 'failed' : ''}`}>
            {details.state === 'failed' && <span aria-hidden="true">✗ </span>}
            {details.reason}
          </p>
          {details.pieceCount > 0 && <PieceMap details={details} />}
          <div class="tabs" role="tablist" aria-label="Sides of this torrent" onKeyDown={moveTab}>
            {(Object.keys(TABS) as TabName[]).map(name => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`tab-${name}`}
                aria-selected={tab.value === name}
                aria-controls="tab-panel"
                tabIndex={tab.value === name ? 0 : -1}
                onClick={() => {
                  tab.value = name;
                }}
              >
                {TABS[name].text}
                {name === 'files' && details.fileCount > 0 && <span class="count"> {details.fileCount}</span>}
                {name === 'peers' && details.peers > 0 && <span class="count"> {details.peers}</span>}
              </button>
            ))}
          </div>
          <div
            class="tab-panel"
            role="tabpanel"
            id="tab-panel"
            aria-labelledby={`tab-${tab.value}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
            tabIndex={0}
          >
            <View details={details} again={again} />
          </div>
        </>
      )}
    </section>
  );
}

function moveTab(event: KeyboardEvent): void {
  const names = Object.keys(TABS) as TabName[];
  const at = names.indexOf(tab.value);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tab.value = names[(to + names.length) % names.length]!;
  document.getElementById(`tab-${tab.value}`)?.focus();
}

const COVERED = '(max-width: 900px)';
