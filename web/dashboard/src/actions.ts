// What can be done on this page: from a key, a button or a message of the daemon to a call, and from its answer to the state.

import { batch } from '@preact/signals';
import type { MethodName, Params } from '../../../src/rpc/methods.ts';
import { ask, isTokenNeeded, sentenceOf } from './api.ts';
import type { Changes, TorrentRow } from './api-types.ts';
import { followChanges } from './change-stream.ts';
import { formatPlural } from './figures.ts';
import { queryOfHash, queryToHash } from './page-address.ts';
import { isShare } from './page-view.ts';
import { fillRates, noteRates, noteSessionRates, ratesOf, sessionRates } from './rate-history.ts';
import { type Query, RowWindow } from './row-window.ts';
import {
  cursor,
  dialog,
  EVERYTHING,
  type Notice,
  notices,
  openId,
  query,
  rowsVersion,
  type ShownQuery,
  type SortField,
  selected,
  session,
  type Theme,
  theme,
} from './state.ts';

export const rows = new RowWindow({
  list: params => ask('torrents.list', params),
  onChanged: () => {
    rowsVersion.value++;
  },
  onError: error => {
    // The stream says so already, and goes on trying.
    if (!isTokenNeeded.value && session.value === undefined) tellError(error);
  },
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
});

let endStream: (() => void) | undefined;
let sessionTimer: ReturnType<typeof setTimeout> | undefined;

/** Asks for everything that is shown, and follows what changes. Again after a token was given. */
export function begin(): void {
  endStream?.();
  readAddress();
  rows.setQuery(asked(query.value));
  void askSession();
  void askRates();
  endStream = followChanges({ onChanges: changesHeard, onRefused: () => void askSession() });
}

function changesHeard(changes: Changes): void {
  batch(() => {
    rows.changesHeard(changes);
    const before = session.value;
    if (before !== undefined) session.value = { ...before, ...changes.session };
    const { downRate, upRate } = session.value ?? {};
    if (downRate !== undefined && upRate !== undefined) noteSessionRates(downRate, upRate, Date.now());
    const open = openId.value;
    if (open !== undefined && changes.removed.includes(open)) openId.value = undefined;
    if (changes.removed.length > 0) forget(changes.removed);
  });
  const opened = openId.value === undefined ? undefined : rows.rowOf(openId.value);
  if (opened !== undefined) noteRates(opened.id, opened.downRate, opened.upRate, Date.now());
  const counts = changes.changed.some(change => 'state' in change || 'labels' in change);
  if (changes.isReset || counts || changes.removed.length > 0) askSessionSoon(1000);
}

/** Totals, how many there are of each kind, room on the disk: what the stream does not tell. */
async function askSession(): Promise<void> {
  clearTimeout(sessionTimer);
  sessionTimer = undefined;
  try {
    session.value = await ask('session.get', {});
  } catch (error) {
    if (!isTokenNeeded.value && session.value === undefined) tellError(error);
  }
  askSessionSoon(isShare ? 1000 : 10_000);
}

/** What was received and given before this page was there: of the session, or of a torrent. */
export async function askRates(id?: string): Promise<void> {
  try {
    const before = id === undefined ? await ask('session.rates', {}) : await ask('torrents.rates', { id });
    fillRates(id === undefined ? sessionRates : ratesOf(id), before, Date.now());
  } catch {
    // The picture begins now, then.
  }
}

function askSessionSoon(delayMs: number): void {
  if (sessionTimer !== undefined && delayMs < 10_000) clearTimeout(sessionTimer);
  sessionTimer = setTimeout(() => {
    if (isTokenNeeded.value || document.hidden) askSessionSoon(10_000);
    else void askSession();
  }, delayMs);
}

export function setQuery(part: Partial<ShownQuery>): void {
  batch(() => {
    query.value = { ...query.value, ...part };
    cursor.value = 0;
  });
  rows.setQuery(asked(query.value));
  writeAddress();
}

export function sortBy(sort: SortField): void {
  const { sort: before, descending } = query.value;
  // What is large is looked for first.
  const first = sort !== 'name' && sort !== 'queue' && sort !== 'state' && sort !== 'eta';
  setQuery({ sort, descending: sort === before ? !descending : first });
}

function asked({ text, state, label, tracker, sort, descending }: ShownQuery): Query {
  return {
    ...(text !== '' && { text }),
    ...(state !== undefined && { states: [state] }),
    ...(label !== undefined && { label }),
    ...(tracker !== undefined && { tracker }),
    sort,
    descending,
  };
}

export function open(id: string | undefined): void {
  openId.value = id;
  writeAddress();
}

function readAddress(): void {
  const { id, ...shown } = queryOfHash(location.hash);
  query.value = { ...EVERYTHING, ...shown };
  openId.value = id;
}

function writeAddress(): void {
  history.replaceState(null, '', queryToHash(query.value, openId.value) || location.pathname);
}

/** What is meant where nothing is selected: the row that the keyboard is at, or the one whose details are shown. */
export function meant(): TorrentRow[] {
  const ids = [...selected.value];
  if (ids.length > 0)
    return ids.map(id => rows.rowOf(id)).filter((row): row is TorrentRow => row !== undefined);
  const row = rows.rowAt(cursor.value) ?? (openId.value && rows.rowOf(openId.value));
  return row ? [row] : [];
}

/** Ids, which are known of selected rows that are not here any more too. */
export function meantIds(): string[] {
  return selected.value.size > 0 ? [...selected.value] : meant().map(({ id }) => id);
}

export function select(ids: Iterable<string>): void {
  selected.value = new Set(ids);
}

export function toggle(id: string): void {
  const next = new Set(selected.value);
  if (!next.delete(id)) next.add(id);
  selected.value = next;
}

/** All that fit the filters, in view or not. */
export async function selectAll(): Promise<void> {
  const ids: string[] = [];
  await tried(async () => {
    for (;;) {
      const { rows: page, total } = await ask('torrents.list', {
        ...asked(query.value),
        offset: ids.length,
        limit: 10_000,
      });
      ids.push(...page.map(({ id }) => id));
      if (ids.length >= total || page.length === 0) break;
    }
    select(ids);
  });
}

function forget(ids: readonly string[]): void {
  const left = [...selected.value].filter(id => !ids.includes(id));
  if (left.length < selected.value.size) select(left);
}

/** Starts what stands still where any of them does; else stops them. */
export async function startOrStop(ids = meantIds()): Promise<void> {
  const isStill = ids.some(id => STILL.has(rows.rowOf(id)?.state ?? ''));
  await act(isStill ? 'torrents.start' : 'torrents.stop', { ids });
}

/** Whether it was done; what was refused is told. */
export async function act<Name extends MethodName>(name: Name, params: Params<Name>): Promise<boolean> {
  return await tried(async () => {
    await ask(name, params);
  });
}

async function tried(call: () => Promise<void>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    tellError(error);
    return false;
  }
}

export function removeMeant(): void {
  const ids = meantIds();
  if (ids.length > 0) dialog.value = { name: 'remove', ids };
}

export async function remove(ids: readonly string[], deleteData: boolean): Promise<boolean> {
  const isDone = await act('torrents.remove', { ids: [...ids], deleteData });
  if (isDone) tell('complete', `${formatPlural(ids.length, 'torrent')} removed.`);
  return isDone;
}

export function tellError(error: unknown): void {
  tell('failed', sentenceOf(error));
}

export function tell(kind: Notice['kind'], text: string): void {
  const notice = { key: nextNotice++, kind, text };
  // The same sentence twice says no more.
  notices.value = [...notices.value.filter(other => other.text !== text), notice].slice(-4);
  setTimeout(() => dismiss(notice.key), kind === 'failed' ? 12_000 : 4000);
}

export function dismiss(key: number): void {
  notices.value = notices.value.filter(notice => notice.key !== key);
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  const { dataset } = document.documentElement;
  if (chosen === 'system') delete dataset['theme'];
  else dataset['theme'] = chosen;
  try {
    if (chosen === 'system') localStorage.removeItem('swarmline-theme');
    else localStorage.setItem('swarmline-theme', chosen);
  } catch {
    // A browser that remembers nothing.
  }
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell('complete', `${what} copied.`);
  } catch {
    tell('failed', `This browser does not let the page copy: select the ${what.toLowerCase()} by hand.`);
  }
}

const STILL: ReadonlySet<string> = new Set(['paused', 'failed']);
let nextNotice = 0;
