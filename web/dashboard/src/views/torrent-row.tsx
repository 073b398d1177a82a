// One torrent's line. It is drawn anew only when something that it shows is other than before: rows are replaced, not changed.

import { Component } from 'preact';
import type { TorrentRow } from '../api-types.ts';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatRateCell,
  formatRatio,
} from '../figures.ts';
import { STATES } from '../words.ts';

export interface TorrentRowProps {
  /** Undefined: it has not come yet. */
  readonly row: TorrentRow | undefined;
  readonly index: number;
  readonly top: number;
  readonly isAt: boolean;
  readonly isSelected: boolean;
  readonly isOpen: boolean;
  readonly isNarrow: boolean;
}

export class TorrentRowView extends Component<TorrentRowProps> {
  override shouldComponentUpdate(next: TorrentRowProps): boolean {
    const { props } = this;
    return (
      next.row !== props.row ||
      next.top !== props.top ||
      next.isAt !== props.isAt ||
      next.isSelected !== props.isSelected ||
      next.isOpen !== props.isOpen ||
      next.isNarrow !== props.isNarrow
    );
  }

  render({ row, index, top, isAt, isSelected, isOpen, isNarrow }: TorrentRowProps) {
    const classes = `row-line${isAt ? ' is-at' : ''}${isOpen ? ' is-open' : ''}${isSelected ? ' is-selected' : ''}`;
    return (
      <div
        role="row"
        id={`row-${index}`}
        data-index={index}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        class={classes}
        style={{ transform: `translateY(${top}px)` }}
      >
        {row === undefined ? <Waiting /> : isNarrow ? <NarrowCells row={row} /> : <Cells row={row} />}
      </div>
    );
  }
}

function Cells({ row }: { readonly row: TorrentRow }) {
  const { mark, text, colour } = STATES[row.state];
  return (
    <>
      <Check />
      <Cell place="cell-name">
        <span class="name" title={row.name}>
          {row.name}
        </span>
        {row.labels.map(label => (
          <span key={label} class="label">
            {label}
          </span>
        ))}
        <Bar row={row} />
      </Cell>
      <Cell place="cell-size">{formatBytes(row.length)}</Cell>
      <Cell place="cell-done">{row.length === null ? '' : formatPercent(row.progress)}</Cell>
      <Cell place="cell-state">
        <span class={colour} title={row.error ?? undefined}>
          <span aria-hidden="true">{mark}</span> {text}
        </span>
      </Cell>
      <Cell place="cell-down received">{formatRateCell(row.downRate)}</Cell>
      <Cell place="cell-up given">{formatRateCell(row.upRate)}</Cell>
      <Cell place="cell-ratio">{formatRatio(row.ratio)}</Cell>
      <Cell place="cell-left">{row.state === 'downloading' ? formatDuration(row.eta) : ''}</Cell>
      <Cell place="cell-peers">{row.peers === 0 ? '' : row.peers}</Cell>
      <Cell place="cell-queue">{row.queue + 1}</Cell>
    </>
  );
}

/** Two lines, for a phone. */
function NarrowCells({ row }: { readonly row: TorrentRow }) {
  const { mark, text, colour } = STATES[row.state];
  return (
    <>
      <Check />
      <Cell place="cell-name">
        <span class="name">{row.name}</span>
        <span class="second">
          <span class={colour}>
            <span aria-hidden="true">{mark}</span> {text}
          </span>
          <span>{doneOf(row)}</span>
          {row.downRate > 0 && <span class="received">↓ {formatRate(row.downRate)}</span>}
          {row.upRate > 0 && <span class="given">↑ {formatRate(row.upRate)}</span>}
          {row.downRate > 0 && row.upRate === 0 && row.eta !== null && <span>{formatDuration(row.eta)}</span>}
        </span>
        <Bar row={row} />
      </Cell>
    </>
  );
}

/** Where there are rates to show there is no room for more. */
function doneOf({ length, progress, downRate }: TorrentRow): string {
  if (length === null) return 'size not known yet';
  return downRate > 0 ? formatPercent(progress) : `${formatPercent(progress)} of ${formatBytes(length)}`;
}

function Check() {
  return (
    <span role="gridcell" class="cell-check">
      <span class="box" aria-hidden="true" />
    </span>
  );
}

function Cell({ place, children }: { readonly place: string; readonly children: preact.ComponentChildren }) {
  return (
    <span role="gridcell" class={place}>
      {children}
    </span>
  );
}

function Bar({ row: { progress, state } }: { readonly row: TorrentRow }) {
  return (
    <span class="progress" aria-hidden="true">
      <span class={`progress-done state-${state}`} style={{ width: `${progress * 100}%` }} />
    </span>
  );
}

function Waiting() {
  return (
    <>
      <Check />
      <Cell place="cell-name">
        <span class="idle">…</span>
      </Cell>
    </>
  );
}
