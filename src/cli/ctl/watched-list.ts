// The list of a daemon's torrents as it is kept up to date by the stream of changes.

import type { Changes, SessionFacts, TorrentRow } from '../../rpc/methods.ts';

export interface WatchFilter {
  readonly label?: string | undefined;
  readonly states?: readonly string[] | undefined;
}

/** What is other than it was. */
export interface WatchNews {
  /** That have come, or are in another state. */
  readonly told: readonly TorrentRow[];
  readonly removed: readonly TorrentRow[];
}

export class WatchedList {
  readonly #rows = new Map<string, TorrentRow>();
  #session: Partial<SessionFacts> = {};

  get session(): Partial<SessionFacts> {
    return this.#session;
  }

  /** Those with rates first, then in the order of the queue. */
  rows({ label, states }: WatchFilter): TorrentRow[] {
    const isActive = (row: TorrentRow) => row.downRate > 0 || row.upRate > 0;
    return [...this.#rows.values()]
      .filter(row => label === undefined || row.labels.includes(label))
      .filter(
        row =>
          states === undefined || states.includes(row.state) || (states.includes('active') && isActive(row)),
      )
      .sort((a, b) => Number(isActive(b)) - Number(isActive(a)) || a.queue - b.queue);
  }

  /** All that there are, anew. */
  fill(rows: readonly TorrentRow[]): WatchNews {
    const told = rows.filter(row => isNews(this.#rows.get(row.id), row));
    const ids = new Set(rows.map(({ id }) => id));
    const removed = [...this.#rows.values()].filter(({ id }) => !ids.has(id));
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id, row);
    return { told, removed };
  }

  apply({ changed, removed, session }: Changes): WatchNews {
    const told: TorrentRow[] = [];
    for (const change of changed) {
      const before = this.#rows.get(change.id);
      // A message from before the list was made may tell of one that is not in it any more.
      if (before === undefined && change.name === undefined) continue;
      const row = { ...before, ...change } as TorrentRow;
      this.#rows.set(row.id, row);
      if (isNews(before, row)) told.push(row);
    }
    const gone = removed.flatMap(id => this.#rows.get(id) ?? []);
    for (const { id } of gone) this.#rows.delete(id);
    this.#session = { ...this.#session, ...session };
    return { told, removed: gone };
  }
}

function isNews(before: TorrentRow | undefined, row: TorrentRow): boolean {
  return before?.state !== row.state || before.name !== row.name;
}
