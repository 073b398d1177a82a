import { describe, expect, it } from 'vitest';
import { madeUpTimeline } from '../../../../test/made-up-results.ts';
import type { Timeline } from '../../timeline.ts';
import { readTimeline, writeTimeline } from './timeline-text.ts';

describe('a timeline as text', () => {
  it('says who had what at each moment, those that come late and leave early too', () => {
    const timeline = madeUpTimeline(33, 60, 48);
    const read = readTimeline(writeTimeline(timeline));
    expect(read.map(({ have }) => have)).toEqual(timeline.frames.map(({ have }) => have));
    expect(read.map(({ atMs }) => atMs)).toEqual(timeline.frames.map(({ atMs }) => atMs));
    const rows = timeline.frames.map(({ have }) => have[5]);
    expect(rows[0]).not.toBe('');
    expect(rows.at(-1)).toBe('');
  });

  it('says who sent how much to whom, to a four-thousandth of the largest', () => {
    const timeline = madeUpTimeline(33, 60, 48);
    const largest = Math.max(...timeline.frames.flatMap(({ flows }) => flows.map(([, , bytes]) => bytes)));
    const inOrder = (flows: readonly (readonly [number, number, number])[]) =>
      [...flows].sort(([a, b], [c, d]) => a - c || b - d);
    const read = readTimeline(writeTimeline(timeline));
    expect(read.some(({ flows }) => flows.length > 100)).toBe(true);
    const ends = (flows: readonly (readonly [number, number, number])[]) =>
      inOrder(flows).map(([from, to]) => `${from} ${to}`);
    expect(read.map(({ flows }) => ends(flows))).toEqual(timeline.frames.map(({ flows }) => ends(flows)));
    const errors = timeline.frames.flatMap(({ flows }, i) => {
      const found = inOrder(read[i]!.flows);
      return inOrder(flows).map(([, , bytes], at) => Math.abs(found[at]![2] - bytes));
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(largest / 4000);
  });

  it('is exact where there is little, and empty where nothing is', () => {
    const one: Timeline = {
      stepMs: 100,
      peers: [0, 1].map(group => ({ name: `p${group}`, group, hasEverything: group === 0 })),
      frames: [
        { atMs: 0, have: ['', ''], flows: [] },
        { atMs: 100, have: ['999', '019'], flows: [[0, 1, 17]] },
        { atMs: 150, have: ['999', '029'], flows: [] },
        { atMs: 200, have: ['999', '999'], flows: [[1, 0, 4000]] },
        { atMs: 300, have: ['', '999'], flows: [] },
      ],
    };
    const written = writeTimeline(one);
    expect(written.have).toEqual(['', 'A=999.B=019', 'BB2', 'B=999', 'A=']);
    expect(readTimeline(written)).toEqual(one.frames);
  });

  it('is small: 240 frames of 33 peers with 48 cells are less than 200 kB', () => {
    const text = JSON.stringify(writeTimeline(madeUpTimeline(33, 240, 48)));
    expect(text.length).toBeGreaterThan(20_000);
    expect(text.length).toBeLessThan(200_000);
  });
});
