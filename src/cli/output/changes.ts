// What an edit changed, line by line: what is gone with a minus, what is new with a plus.

import { toHex } from '../../core/bytes/hex.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { displayText } from './display-text.ts';
import { formatDate } from './figures.ts';
import type { Paint } from './paint.ts';

export interface Change {
  readonly field: string;
  /** What was there; null where there was nothing. */
  readonly before: Value | null;
  readonly after: Value | null;
}

/** A text, texts, or the tiers of trackers. */
type Value = string | readonly (string | readonly string[])[];

/** The fields in which two torrents differ. */
export function changesBetween(before: Metainfo, after: Metainfo): Change[] {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  return Object.keys(left)
    .map(field => ({ field, before: left[field]!, after: right[field]! }))
    .filter(change => JSON.stringify(change.before) !== JSON.stringify(change.after))
    .map(({ field, before, after }) => ({ field, before: emptyToNull(before), after: emptyToNull(after) }));
}

export function describeChanges(changes: readonly Change[], paint: Paint): string[] {
  return changes.flatMap(({ field, before, after }) => {
    const [old, now] = [lines(before), lines(after)];
    const gone = old.filter(line => !now.includes(line));
    const come = now.filter(line => !old.includes(line));
    const body = [
      ...gone.map(line => `${paint.failed('−')} ${displayText(line)}`),
      ...come.map(line => `${paint.complete('+')} ${displayText(line)}`),
    ];
    return [field, ...(body.length === 0 ? ['  in another order'] : body.map(line => `  ${line}`))];
  });
}

function fieldsOf(torrent: Metainfo): Record<string, Value> {
  return {
    name: torrent.name,
    private: torrent.private ? 'yes' : '',
    source: torrent.source ?? '',
    collections: torrent.collections,
    similar: torrent.similar.map(toHex),
    trackers: torrent.trackers,
    'web seeds': torrent.webSeeds,
    'DHT nodes': torrent.nodes.map(({ host, port }) => `${host} port ${port}`),
    comment: torrent.comment ?? '',
    'created by': torrent.createdBy ?? '',
    'creation date': torrent.creationDate === undefined ? '' : formatDate(torrent.creationDate),
  };
}

function emptyToNull(value: Value): Value | null {
  return value.length === 0 ? null : value;
}

function lines(value: Value | null): readonly string[] {
  return value === null ? [] : typeof value === 'string' ? [value] : value.flat();
}
