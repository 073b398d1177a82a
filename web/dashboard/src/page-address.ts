// What is shown, in the page's address after the `#`: it is there again after a reload, and can be kept as a bookmark.

import type { ShownQuery, SortField } from './state.ts';

export interface Shown extends Partial<ShownQuery> {
  readonly id: string | undefined;
}

export function queryToHash(
  { text, state, label, tracker, sort, descending }: ShownQuery,
  id: string | undefined,
): string {
  const params = new URLSearchParams();
  if (text !== '') params.set('text', text);
  if (state !== undefined) params.set('state', state);
  if (label !== undefined) params.set('label', label);
  if (tracker !== undefined) params.set('tracker', tracker);
  if (sort !== 'queue' || descending) params.set('sort', `${descending ? '-' : ''}${sort}`);
  if (id !== undefined) params.set('torrent', id);
  const hash = params.toString();
  return hash === '' ? '' : `#${hash}`;
}

/** What is not understood is as if it were not there. */
export function queryOfHash(hash: string): Shown {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const [, sign, sort] = /^(-?)([A-Za-z]+)$/.exec(params.get('sort') ?? '') ?? [];
  const id = params.get('torrent');
  const state = params.get('state');
  return {
    text: params.get('text') ?? '',
    state: STATES.includes(state ?? '') ? (state as ShownQuery['state']) : undefined,
    label: params.get('label') ?? undefined,
    tracker: params.get('tracker') ?? undefined,
    ...(SORTS.includes(sort ?? '') && { sort: sort as SortField, descending: sign === '-' }),
    id: /^[0-9a-f]{40}$/.test(id ?? '') ? id! : undefined,
  };
}

const STATES = 'active metadata checking allocating downloading seeding queued paused failed'.split(' ');
const SORTS = 'name length progress state downRate upRate ratio eta peers queue addedAt'.split(' ');
