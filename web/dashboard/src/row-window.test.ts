import { describe, expect, it } from 'vitest';
import type { Changes, Params, Result, TorrentRow } from '../../../src/rpc/methods.ts';
import { RowWindow } from './row-window.ts';

describe('the rows in view', () => {
  it('are asked for with some around them, and no others', async () => {
    const { rows, asked, answer, tick } = windowOf(50_000);
    rows.setQuery({ sort: 'name' });
    await answer();
    expect(asked).toEqual([{ sort: 'name', offset: 0, limit: 150 }]);
    expect(rows.total).toBe(50_000);
    expect(rows.rowAt(0)?.id).toBe(idOf(0));
    rows.show(20, 60);
    rows.show(30_000, 30_040);
    tick();
    await answer();
    expect(asked.slice(1)).toEqual([{ sort: 'name', offset: 29_920, limit: 200 }]);
    expect(rows.rowAt(30_040)?.id).toBe(idOf(30_040));
    expect(rows.rowAt(20_000)).toBeUndefined();
  });

  it('are asked for further on in the direction in which they are scrolled', async () => {
    const { rows, asked, answer, tick } = windowOf(50_000);
    rows.setQuery({});
    await answer();
    for (const first of [150, 175]) rows.show(first, first + 25);
    tick();
    await answer();
    expect(asked.slice(1)).toEqual([{ offset: 95, limit: 635 }]);
    // What is there already is not asked for again.
    rows.show(500, 525);
    expect(tick()).toBe(0);
    // Scrolled on from there, the next are asked for before they are in view.
    for (const first of [505, 510, 515, 520]) rows.show(first, first + 25);
    expect(tick()).toBe(0);
    for (const first of [545, 570]) rows.show(first, first + 25);
    expect(rows.rowAt(595)).toBeDefined();
    expect(tick()).toBe(1);
    await answer();
    expect(rows.rowAt(1000)).toBeDefined();
  });

  it('are those of the last of several scrolls', async () => {
    const { rows, asked, answer, tick } = windowOf(50_000);
    rows.setQuery({});
    await answer();
    for (const first of [1000, 2000, 3000]) rows.show(first, first + 30);
    tick();
    await answer();
    expect(asked.map(({ offset }) => offset)).toEqual([0, 2920]);
  });

  it('take what changes at once, and ask again only where it may move them', async () => {
    const { rows, asked, answer, tick } = windowOf(3);
    rows.setQuery({ sort: 'name' });
    await answer();
    rows.changesHeard(changes(1, { id: idOf(1), downRate: 7 }));
    expect(rows.rowAt(1)?.downRate).toBe(7);
    expect(tick()).toBe(0);
    rows.changesHeard(changes(2, { id: idOf(1), name: 'other' }));
    expect(tick()).toBe(1);
    await answer();
    expect(asked).toHaveLength(2);
  });

  it('keep what was heard after an answer was made, though it came before it', async () => {
    const { rows, answer } = windowOf(3, 4);
    rows.setQuery({});
    rows.changesHeard(changes(4, { id: idOf(0), upRate: 4 }));
    rows.changesHeard(changes(5, { id: idOf(0), downRate: 5 }));
    await answer();
    expect(rows.rowAt(0)).toMatchObject({ upRate: 0, downRate: 5 });
  });

  it('close up where one is removed', async () => {
    const { rows, answer } = windowOf(3);
    rows.setQuery({});
    await answer();
    rows.changesHeard({ ...changes(1), removed: [idOf(1)] });
    expect(rows.total).toBe(2);
    expect(rows.rowAt(1)?.id).toBe(idOf(2));
  });

  it('are all asked anew after a reset, and of an old answer nothing is taken', async () => {
    const { rows, asked, answer, drop } = windowOf(3);
    rows.setQuery({ text: 'a' });
    drop();
    rows.changesHeard({ ...changes(1), isReset: true });
    await answer();
    expect(asked).toHaveLength(2);
    expect(rows.total).toBe(3);
  });
});

function windowOf(total: number, sequence = 0) {
  const asked: Params<'torrents.list'>[] = [];
  let waiting: (() => void)[] = [];
  let timers: (() => void)[] = [];
  const rows = new RowWindow({
    list: params => {
      asked.push(params);
      const { offset = 0, limit = 100 } = params;
      const length = Math.max(0, Math.min(limit, total - offset));
      const answer: Result<'torrents.list'> = {
        total,
        sequence,
        rows: Array.from({ length }, (_, i) => rowOf(offset + i)),
      };
      return new Promise(resolve => waiting.push(() => resolve(answer)));
    },
    onChanged: () => {},
    onError: error => {
      throw error;
    },
    after: (_, call) => {
      timers.push(call);
      return () => {
        timers = timers.filter(other => other !== call);
      };
    },
  });
  return {
    rows,
    asked,
    drop: () => {
      waiting = [];
    },
    answer: async () => {
      for (const answer of waiting.splice(0)) answer();
      await Promise.resolve();
      await Promise.resolve();
    },
    tick: () => {
      const due = timers.splice(0);
      for (const call of due) call();
      return due.length;
    },
  };
}

function changes(sequence: number, ...changed: Changes['changed'][number][]): Changes {
  return { sequence, isReset: false, changed, removed: [], session: {} };
}

function idOf(index: number): string {
  return `${index}`.padStart(40, '0');
}

function rowOf(index: number): TorrentRow {
  return {
    id: idOf(index),
    name: `torrent ${index}`,
    state: 'paused',
    error: null,
    length: 1,
    left: 1,
    progress: 0,
    downRate: 0,
    upRate: 0,
    downloaded: 0,
    uploaded: 0,
    ratio: null,
    eta: null,
    peers: 0,
    labels: [],
    addedAt: 0,
    completedAt: null,
    queue: index,
    tracker: null,
    downloadDir: '/',
    isPrivate: false,
  };
}
