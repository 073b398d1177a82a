import { describe, expect, it } from 'vitest';
import { changedOf, parametersOf, type ScenarioSize, valuesOf } from './parameters.ts';
import { SCENARIOS } from './scenarios/index.ts';

const FULL = { way: 'sim', size: 'full' } as const;
const byItself = ({ size }: ScenarioSize) => ({
  peers: size === 'full' ? 16 : 8,
  length: 1_048_576,
  pieceLength: 65_536,
});
const scenario = { name: 'made-up', parameters: byItself };

describe('what of a scenario can be changed', () => {
  it('is what it says, each beside what it is by itself', () => {
    const values = valuesOf(scenario, FULL, { peers: 40, length: undefined });
    expect(values).toEqual([
      { name: 'peers', value: 40, byItself: 16 },
      { name: 'length', value: 1_048_576, byItself: 1_048_576 },
      { name: 'pieceLength', value: 65_536, byItself: 65_536 },
    ]);
    expect(changedOf(values).map(({ name }) => name)).toEqual(['peers']);
    expect(changedOf(valuesOf(scenario, { ...FULL, size: 'quick' }, { peers: 8 }))).toEqual([]);
  });

  it('is what the scenario goes by', () => {
    const lab = { ...FULL, changed: { peers: 40, upBytesPerSecond: 1 } };
    expect(parametersOf(lab, byItself)).toEqual({ peers: 40, length: 1_048_576, pieceLength: 65_536 });
  });

  it.each([
    [
      { upBytesPerSecond: 1000 },
      /"made-up" does not take --up; it takes --peers, --length, --piece-length\./,
    ],
    [{ peers: 2 }, /needs 3 leechers at least: --peers 3/],
    [{ pieceLength: 20_000 }, /power of two/],
    [{ pieceLength: 8192 }, /from 16K to 256M/],
    [{ pieceLength: 2 ** 29 }, /from 16K to 256M/],
    [{ length: 100_000 }, /two pieces at least/],
  ])('is nothing else: %j', (changed, sentence) => {
    expect(() => valuesOf({ ...scenario, leastPeers: 3 }, FULL, changed)).toThrow(
      expect.objectContaining({ code: 'LAB_PARAMETER', message: expect.stringMatching(sentence) }),
    );
  });

  it('is nothing where it says nothing', () => {
    expect(() => valuesOf({ name: 'fixed' }, FULL, { peers: 5 })).toThrow(/it takes none of these/);
    expect(valuesOf({ name: 'fixed' }, FULL, {})).toEqual([]);
  });

  it.each(SCENARIOS.map(each => [each.name, each] as const))('is within its own limits: %s', (_, each) => {
    for (const way of each.ways.filter(name => name !== 'model')) {
      for (const size of ['quick', 'full'] as const) {
        const values = valuesOf(each, { way, size }, {});
        const again = Object.fromEntries(values.map(({ name, byItself }) => [name, byItself]));
        expect(changedOf(valuesOf(each, { way, size }, again))).toEqual([]);
      }
    }
  });
});
