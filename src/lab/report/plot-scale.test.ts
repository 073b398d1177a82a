import { describe, expect, it } from 'vitest';
import { niceStep, plotScale } from './plot-scale.ts';

const labelsOf = ({ ticks }: ReturnType<typeof plotScale>) => ticks.map(({ label }) => label);

describe('a scale', () => {
  it('steps by 1, 2 or 5 times a power of ten', () => {
    expect([1, 7, 18, 0.3, 0.07, 4_200].map(span => niceStep(span, 5))).toEqual([0.2, 2, 5, 0.1, 0.02, 1000]);
  });

  it('begins with nothing where that is near, and ends at ticks', () => {
    const scale = plotScale({ label: '' }, [12, 88], { count: 5 });
    expect(labelsOf(scale)).toEqual(['0', '20', '40', '60', '80', '100']);
    expect([scale.at(0), scale.at(100)]).toEqual([0, 1]);
  });

  it('stays near to what is far from nothing, with as many decimals each', () => {
    expect(labelsOf(plotScale({ label: '' }, [1.02, 1.16], { count: 4 }))).toEqual([
      '1.00',
      '1.05',
      '1.10',
      '1.15',
      '1.20',
    ]);
  });

  it('names the parameters that somebody chose where their names have room', () => {
    const labels = (labelSize: number) =>
      labelsOf(
        plotScale({ label: '', scale: 'log' }, [4, 8, 16, 256], { count: 5, labelSize: () => labelSize }),
      );
    expect(labels(0.05)).toEqual(['4', '8', '16', '256']);
    expect(labels(0.4)).toEqual(['10', '30', '100', '300']);
  });

  it('has a logarithm of what is above nothing, and is linear where nothing is', () => {
    const scale = plotScale({ label: '', scale: 'log' }, [0, 1, 100], { count: 5 });
    expect(scale.at(10)).toBeCloseTo(0.5);
    expect(labelsOf(scale)).toEqual(['1', '3', '10', '30', '100']);
    expect(labelsOf(plotScale({ label: '', scale: 'log' }, [0, 0], { count: 2 }))).toEqual([
      '0.0',
      '0.5',
      '1.0',
    ]);
  });

  it('has a place for each category', () => {
    const scale = plotScale({ label: '', categories: ['a', 'b'] }, [], { count: 5 });
    expect(scale.ticks).toEqual([
      { at: 0.25, label: 'a' },
      { at: 0.75, label: 'b' },
    ]);
    expect(scale.slot).toBe(0.5);
  });

  it('has an axis where all is the same, and where there is nothing', () => {
    const same = plotScale({ label: '' }, [5, 5], { count: 4 });
    expect(same.at(5)).toBeGreaterThan(0);
    expect(same.at(5)).toBeLessThan(1);
    expect(labelsOf(plotScale({ label: '' }, [Number.NaN], { count: 2 }))).toEqual(['0.0', '0.5', '1.0']);
  });
});
