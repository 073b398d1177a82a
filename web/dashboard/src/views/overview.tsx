// What there is to know of a torrent in figures, and its rates.

import { act, copy } from '../actions.ts';
import {
  formatAgo,
  formatBytes,
  formatDate,
  formatDuration,
  formatPercent,
  formatPieceLength,
  formatPlural,
  formatRate,
  formatRatio,
  shortenHash,
} from '../figures.ts';
import { ratesOf } from '../rate-history.ts';
import { dialog } from '../state.ts';
import { Fact } from './fact.tsx';
import { RatePlot } from './rate-plot.tsx';
import type { TabProps } from './tab-props.ts';

export function Overview({ details, again }: TabProps) {
  const now = Date.now();
  const { limits } = details;
  return (
    <div class="overview">
      <RatePlot
        series={ratesOf(details.id)}
        downLimit={limits.downloadBytesPerSecond}
        upLimit={limits.uploadBytesPerSecond}
        label={`Rates of ${details.name}`}
      />
      <dl class="table-list">
        <Fact name="Done">
          {formatPercent(details.progress)} of {formatBytes(details.length)}
          {details.left > 0 && `, ${formatBytes(details.left)} left`}
        </Fact>
        {details.progress < 1 && <Fact name="Time left">{formatDuration(details.eta)}</Fact>}
        <Fact name="Received">
          {formatBytes(details.downloaded)}
          {details.wasted > 0 && `, ${formatBytes(details.wasted)} of it for nothing`}
        </Fact>
        <Fact name="Given">
          {formatBytes(details.uploaded)}, ratio {formatRatio(details.ratio)}
        </Fact>
        <Fact name="Peers">
          {formatPlural(details.peers, 'connected', 'connected')},{' '}
          {formatPlural(details.knownPeers, 'known', 'known')}
        </Fact>
        <Fact name="Added">
          <time title={formatDate(details.addedAt)}>{formatAgo(details.addedAt, now)}</time>
        </Fact>
        <Fact name="Complete since">
          {details.completedAt === null ? (
            '—'
          ) : (
            <time title={formatDate(details.completedAt)}>{formatAgo(details.completedAt, now)}</time>
          )}
        </Fact>
        <Fact name="Active">
          {formatDuration(details.activeMs)}, {formatDuration(details.seedingMs)} of it seeding
        </Fact>
        <Fact name="Version">
          {details.version ?? '—'}
          {details.isPrivate && ', private'}
        </Fact>
        <Fact name="Pieces">
          {details.pieceCount === 0
            ? '—'
            : `${formatPlural(details.pieceCount, 'piece')} of ${formatPieceLength(details.pieceLength)}`}
        </Fact>
        <Fact name="Folder">
          <span class="path">{details.downloadDir}</span>
        </Fact>
        <Fact name="Labels">{details.labels.length === 0 ? '—' : details.labels.join(', ')}</Fact>
        <Fact name="Limits">
          {limitWords(details)}{' '}
          <button
            type="button"
            class="small"
            onClick={() => {
              dialog.value = { name: 'limits', ids: [details.id] };
            }}
          >
            Change
          </button>
        </Fact>
        {details.infoHashV1 !== null && <Hash name="Info hash v1" hash={details.infoHashV1} />}
        {details.infoHashV2 !== null && <Hash name="Info hash v2" hash={details.infoHashV2} />}
        <Fact name="Magnet link">
          <button type="button" class="small" onClick={() => void copy(details.magnet, 'Magnet link')}>
            Copy
          </button>
        </Fact>
        <Fact name="Queue">
          <label class="inline">
            <input
              type="checkbox"
              checked={details.isForced}
              onChange={async ({ currentTarget }) => {
                await act('torrents.set', { ids: [details.id], isForced: currentTarget.checked });
                again();
              }}
            />{' '}
            active whatever the queue says
          </label>
        </Fact>
      </dl>
    </div>
  );
}

function Hash({ name, hash }: { readonly name: string; readonly hash: string }) {
  return (
    <Fact name={name}>
      <code title={hash}>{shortenHash(hash)}</code>{' '}
      <button
        type="button"
        class="small"
        aria-label={`Copy ${name}`}
        onClick={() => void copy(hash, 'Info hash')}
      >
        Copy
      </button>
    </Fact>
  );
}

function limitWords({
  limits: { downloadBytesPerSecond: down, uploadBytesPerSecond: up },
}: TabProps['details']): string {
  if (down === null && up === null) return 'none';
  return [down !== null && `↓ ${formatRate(down)}`, up !== null && `↑ ${formatRate(up)}`]
    .filter(Boolean)
    .join('  ');
}
