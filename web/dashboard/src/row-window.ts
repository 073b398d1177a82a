// The rows of the list that are in view, and those around them: the daemon filters, sorts and cuts, and this keeps what it
// gave, by position and by id. Fifty thousand torrents are a total and a few hundred rows. What changes is put into the rows
// that are here; where a change may move rows, those in view are asked for again, though not too often.
//
// Knows no page and no HTTP: it is given a function to ask, and a clock.

import type { Changes, Params, Result, TorrentRow } from '../../../src/rpc/methods.ts';

export type Query = Pick<
  Params<'torrents.list'>,
  'states' | 'label' | 'tracker' | 'text' | 'sort' | 'descending'
>;

export interface RowWindowDeps {
  readonly list: (params: Params<'torrents.list'>) => Promise<Result<'torrents.list'>>;
  /** Something that is shown is other than before. */
  readonly onChanged: () => void;
  readonly onError: (error: unknown) => void;
  readonly after: (delayMs: number, call: () => void) => () => void;
}

export class RowWindow {
  readonly #deps: RowWindowDeps;
  #query: Query = {};
  #total: number | undefined;
  /** Ids by position; empty where nothing is known. */
  #order: (string | undefined)[] = [];
  readonly #rows = new Map<string, TorrentRow>();
  #first = 0;
  #last = 0;
  /** Rows from one call of `show` to the next, which is a frame. */
  #pace = 0;
  /** What was heard lately: an answer may be older than that. */
  #heard: Changes[] = [];
  /** Answers to another query, or to an older question, are dropped. */
  #asked = 0;
  #isAsking = false;
  #isWanted = false;
  #isReplacing = true;
  #cancelTimer: (() => void) | undefined;
  #delayMs = 0;

  constructor(deps: RowWindowDeps) {
    this.#deps = deps;
  }

  /** Undefined until the daemon has answered. */
  get total(): number | undefined {
    return this.#total;
  }

  get query(): Query {
    return this.#query;
  }

  /** Undefined where the row has not come yet. */
  rowAt(index: number): TorrentRow | undefined {
    const id = this.#order[index];
    return id === undefined ? undefined : this.#rows.get(id);
  }

  rowOf(id: string): TorrentRow | undefined {
    return this.#rows.get(id);
  }

  indexOf(id: string): number {
    return this.#order.indexOf(id);
  }

  setQuery(query: Query): void {
    this.#query = query;
    this.#first = 0;
    this.#last = 0;
    this.#pace = 0;
    this.#isReplacing = true;
    this.#ask();
  }

  /** Positions that are in view: what is missing of them is asked for. */
  show(first: number, last: number): void {
    this.#pace = first - this.#first;
    this.#first = first;
    this.#last = last;
    this.#askMissing();
  }

  /** Everything may be other than before. */
  reload(): void {
    this.#isReplacing = true;
    this.#ask();
  }

  /** What is known of them is shown at once, whatever the daemon will say. */
  changesHeard(changes: Changes): void {
    if (changes.isReset) {
      this.#heard = [];
      this.reload();
      return;
    }
    this.#heard.push(changes);
    if (this.#heard.length > MAX_HEARD) this.#heard.shift();
    const moves = this.#apply(changes);
    if (moves) this.#askSoon(REFRESH_MS);
    if (changes.changed.length > 0 || changes.removed.length > 0) this.#deps.onChanged();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#asked++;
  }

  /** Whether rows may have moved by it. */
  #apply({ changed, removed }: Changes): boolean {
    let moves = removed.length > 0;
    for (const change of changed) {
      const row = this.#rows.get(change.id);
      if (row !== undefined) this.#rows.set(change.id, { ...row, ...change });
      moves ||= this.#mayMove(change);
    }
    for (const id of removed) {
      this.#rows.delete(id);
      const index = this.#order.indexOf(id);
      if (index >= 0) {
        this.#order.splice(index, 1);
        this.#total = Math.max(0, this.#total! - 1);
      }
    }
    return moves;
  }

  #mayMove(change: Changes['changed'][number]): boolean {
    const { states, label, tracker, text, sort = 'queue' } = this.#query;
    // One that is new has all its fields.
    if ('addedAt' in change || sort in change) return true;
    if (states !== undefined && ('state' in change || 'downRate' in change || 'upRate' in change))
      return true;
    return (
      (label !== undefined && 'labels' in change) ||
      (tracker !== undefined && 'tracker' in change) ||
      (text !== undefined && 'name' in change)
    );
  }

  /** Not when they are in view first: who scrolls on would see their places empty until they are answered. */
  #askMissing(): void {
    const soon = this.#ahead(FRAMES_EARLY);
    const end = Math.min(this.#last + 1 + Math.max(0, soon), this.#total ?? 0);
    let at = Math.max(0, this.#first + Math.min(0, soon));
    while (at < end && this.#order[at] !== undefined) at++;
    if (at < end) this.#askSoon(SCROLL_MS);
  }

  /** Rows that so many frames of this scroll go by. A jump is no scrolling. */
  #ahead(frames: number): number {
    return Math.abs(this.#pace) > MAX_PACE ? 0 : this.#pace * frames;
  }

  #askSoon(delayMs: number): void {
    if (this.#isAsking) {
      this.#isWanted = true;
      return;
    }
    // While it scrolls, each frame would put off the next question.
    if (this.#cancelTimer !== undefined && delayMs >= this.#delayMs) return;
    this.#cancelTimer?.();
    this.#delayMs = delayMs;
    this.#cancelTimer = this.#deps.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const number = ++this.#asked;
    const isReplacing = this.#isReplacing;
    // Where it will have been scrolled to when this is answered.
    const ahead = this.#ahead(FRAMES_AHEAD);
    const offset = Math.max(0, this.#first - MARGIN + Math.min(0, ahead));
    const limit = Math.max(MIN_ROWS, this.#last - offset + MARGIN + Math.max(0, ahead));
    this.#isAsking = true;
    this.#isWanted = false;
    this.#deps.list({ ...this.#query, offset, limit }).then(
      answer => {
        if (number !== this.#asked) return;
        this.#isAsking = false;
        this.#take(offset, limit, answer, isReplacing);
        if (this.#isWanted) this.#askSoon(SCROLL_MS);
      },
      error => {
        if (number !== this.#asked) return;
        this.#isAsking = false;
        this.#deps.onError(error);
      },
    );
  }

  #take(
    offset: number,
    limit: number,
    { total, rows, sequence }: Result<'torrents.list'>,
    isReplacing: boolean,
  ): void {
    if (isReplacing || this.#rows.size > MAX_ROWS) {
      this.#rows.clear();
      this.#order = [];
      this.#isReplacing = false;
    }
    this.#total = total;
    this.#order.length = total;
    for (let i = 0; i < Math.min(limit, Math.max(0, total - offset)); i++) {
      const row = rows[i];
      this.#order[offset + i] = row?.id;
      if (row !== undefined) this.#rows.set(row.id, row);
    }
    for (const heard of this.#heard) if (heard.sequence > sequence) this.#apply(heard);
    this.#deps.onChanged();
    // Scrolled on meanwhile.
    this.#askMissing();
  }
}

/** Beyond what is in view, so that a turn of the wheel finds rows. */
const MARGIN = 80;
const MIN_ROWS = 150;
const MAX_PACE = 60;
const FRAMES_AHEAD = 18;
/** About as long as the next question and its answer take. */
const FRAMES_EARLY = 8;
const SCROLL_MS = 40;
const REFRESH_MS = 1500;
const MAX_HEARD = 30;
const MAX_ROWS = 5000;
