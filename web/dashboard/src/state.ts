// What the page knows and shows, as signals. What happens to it is in actions.ts; this file decides nothing.

import { computed, signal } from '@preact/signals';
import type { SessionFacts, TorrentRow, TorrentState } from './api-types.ts';

export type SortField =
  | 'name'
  | 'length'
  | 'progress'
  | 'state'
  | 'downRate'
  | 'upRate'
  | 'ratio'
  | 'eta'
  | 'peers'
  | 'queue'
  | 'addedAt';

export interface ShownQuery {
  readonly text: string;
  readonly state: TorrentState | 'active' | undefined;
  readonly label: string | undefined;
  readonly tracker: string | undefined;
  readonly sort: SortField;
  readonly descending: boolean;
}

export const EVERYTHING: ShownQuery = {
  text: '',
  state: undefined,
  label: undefined,
  tracker: undefined,
  sort: 'queue',
  descending: false,
};

export type OpenDialog =
  | { readonly name: 'add'; readonly files: readonly File[]; readonly text: string }
  | { readonly name: 'create' }
  | { readonly name: 'remove'; readonly ids: readonly string[] }
  | { readonly name: 'labels'; readonly ids: readonly string[] }
  | { readonly name: 'limits'; readonly ids: readonly string[] }
  | { readonly name: 'move'; readonly row: TorrentRow }
  | { readonly name: 'session' }
  | { readonly name: 'settings' }
  | { readonly name: 'help' };

export interface Notice {
  readonly key: number;
  readonly kind: 'failed' | 'complete';
  readonly text: string;
}

export type Theme = 'system' | 'light' | 'dark';

export const session = signal<SessionFacts | undefined>(undefined);
export const query = signal<ShownQuery>(EVERYTHING);
/** Counts up whenever the rows in view are other than before. */
export const rowsVersion = signal(0);
/** The position that the keyboard is at. */
export const cursor = signal(0);
export const selected = signal<ReadonlySet<string>>(new Set());
/** Whose details are shown. */
export const openId = signal<string | undefined>(undefined);
export const dialog = signal<OpenDialog | undefined>(undefined);
export const notices = signal<readonly Notice[]>([]);
export const theme = signal<Theme>('system');
/** Filters are shown, where there is no room for them beside the list. */
export const areFiltersOpen = signal(false);

export const isFiltered = computed(() => {
  const { text, state, label, tracker } = query.value;
  return text !== '' || state !== undefined || label !== undefined || tracker !== undefined;
});
