// One torrent: what it is doing and why, its pieces, and a tab for each side of it.

import { useEffect, useRef } from 'preact/hooks';
import { askRates, open } from '../actions.ts';
import { PieceMap } from './piece-map.tsx';
import { usePolled } from './polled.ts';
import { type SideName, TorrentSides } from './torrent-sides.tsx';

export function Details({ id }: { readonly id: string }) {
  const { answer: details, again } = usePolled('torrents.get', { id });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => void askRates(id), [id]);
  // Where it covers the list, it is where one is now.
  useEffect(() => {
    if (matchMedia(COVERED).matches) heading.current?.focus();
  }, []);
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
          <TorrentSides details={details} again={again} tabs={ALL} />
        </>
      )}
    </section>
  );
}

const COVERED = '(max-width: 900px)';
const ALL: readonly SideName[] = ['overview', 'peers', 'files', 'trackers', 'log'];
