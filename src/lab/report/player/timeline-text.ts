// A timeline as little text, and back. Of what peers have only what has changed is written, and of a flow three letters: a run
// of 240 frames of 33 peers, with 150 flows in each, is 160 kB, where its digits alone would be 380.
//
//   have    peer, then cell and digit of each that has changed · or peer, "=", the whole row; rows parted by "."
//   flows   sender, then receiver and two letters of bytes, for each to whom it sent; senders parted by "."
//
// Peers, cells and bytes are letters of base 64 (at most 64 peers, 48 cells); bytes are in parts of the largest flow.

import type { Timeline } from '../../timeline.ts';

export interface TimelineText {
  readonly stepMs: number;
  readonly peers: readonly PicturedPeer[];
  readonly atMs: readonly number[];
  readonly have: readonly string[];
  readonly flows: readonly string[];
  /** Bytes that the two letters of a flow count. */
  readonly unit: number;
}

export interface PicturedPeer {
  readonly name: string;
  readonly group: number;
  readonly hasEverything: boolean;
}

/** What the page shows of a moment. */
export interface Moment {
  readonly atMs: number;
  readonly have: readonly string[];
  readonly flows: readonly (readonly [from: number, to: number, bytes: number])[];
}

export function writeTimeline({ stepMs, peers, frames }: Timeline): TimelineText {
  const most = frames.reduce(
    (high, { flows }) => flows.reduce((top, [, , bytes]) => Math.max(top, bytes), high),
    0,
  );
  const unit = Math.max(1, most / LARGEST);
  let before: readonly string[] = peers.map(() => '');
  const have: string[] = [];
  for (const frame of frames) {
    have.push(changesText(before, frame.have));
    before = frame.have;
  }
  return {
    stepMs,
    peers: peers.map(({ name, group, hasEverything }) => ({ name, group, hasEverything })),
    atMs: frames.map(({ atMs }) => Math.round(atMs)),
    have,
    flows: frames.map(({ flows }) => flowsText(flows, unit)),
    unit: Math.ceil(unit * 1000) / 1000,
  };
}

/** Runs in the page too: it stands alone. */
export function readTimeline({ atMs, peers, have, flows, unit }: TimelineText): readonly Moment[] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const number = (letter: string | undefined) => letters.indexOf(letter!);
  const moments: Moment[] = [];
  let rows = peers.map(() => '');
  for (const [i, time] of atMs.entries()) {
    rows = [...rows];
    for (const change of (have[i] ?? '').split('.')) {
      if (change === '') continue;
      const peer = number(change[0]);
      if (change[1] === '=') {
        rows[peer] = change.slice(2);
        continue;
      }
      const cells = [...rows[peer]!];
      for (let at = 1; at < change.length; at += 2) cells[number(change[at])] = change[at + 1]!;
      rows[peer] = cells.join('');
    }
    const sent: [number, number, number][] = [];
    for (const sender of (flows[i] ?? '').split('.')) {
      for (let at = 1; at < sender.length; at += 3)
        sent.push([
          number(sender[0]),
          number(sender[at]),
          (64 * number(sender[at + 1]) + number(sender[at + 2])) * unit,
        ]);
    }
    moments.push({ atMs: time, have: rows, flows: sent });
  }
  return moments;
}

function changesText(before: readonly string[], after: readonly string[]): string {
  const changes: string[] = [];
  for (const [peer, row] of after.entries()) {
    const old = before[peer]!;
    if (row === old) continue;
    let cells = '';
    if (row.length === old.length)
      for (let cell = 0; cell < row.length; cell++)
        if (row[cell] !== old[cell]) cells += LETTERS[cell]! + row[cell];
    const isShorter = row.length === old.length && cells.length <= row.length;
    changes.push(LETTERS[peer]! + (isShorter ? cells : `=${row}`));
  }
  return changes.join('.');
}

function flowsText(flows: Timeline['frames'][number]['flows'], unit: number): string {
  const bySender = new Map<number, string>();
  for (const [from, to, bytes] of flows) {
    if (bytes <= 0) continue;
    const amount = Math.min(LARGEST, Math.max(1, Math.round(bytes / unit)));
    const text = LETTERS[to]! + LETTERS[amount >> 6]! + LETTERS[amount & 63]!;
    bySender.set(from, (bySender.get(from) ?? LETTERS[from]!) + text);
  }
  return [...bySender.values()].join('.');
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LARGEST = 64 * 64 - 1;
