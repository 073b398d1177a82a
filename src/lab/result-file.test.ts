import { describe, expect, it } from 'vitest';
import { SwarmlineError } from '../core/errors.ts';
import { formatResultFile, parseResultFile, type ResultFile } from './result-file.ts';

const FILE: ResultFile = {
  facts: {
    machine: { cpu: 'made up', cores: 2, memoryBytes: 8e9, os: 'Linux 6', node: 'v20.19.0' },
    version: '0.1.0',
    madeAt: '2026-01-02T03:04:05.000Z',
    command: 'swarmline lab run made-up',
  },
  result: {
    format: 1,
    scenario: { name: 'made-up', title: 'Made up', question: 'Is it?', setting: 'None.', theory: 'None.' },
    way: 'sim',
    size: 'quick',
    seeds: [1],
    findings: {
      answer: 'It is.',
      checks: [{ claim: 'It is at most 2.', value: Number.NaN, limit: { atMost: 2 }, unit: 'times' }],
      plots: [],
    },
    runs: [
      {
        label: 'N = 1',
        way: 'sim',
        seeds: 1,
        summary: { ratio: { mean: 1.5, margin: Number.NaN } } as never,
      },
    ],
    timeline: {
      label: 'N = 1',
      stepMs: 125,
      peers: [{ name: 'seed', group: 0, hasEverything: true }],
      frames: [{ atMs: 0, have: ['9'], flows: [[0, 0, 5]] }],
    },
    tookMs: 12,
  },
};

describe('the file of a result', () => {
  it('is read as it was written, what was not measured too', () => {
    expect(parseResultFile(formatResultFile(FILE), 'a.json')).toEqual(FILE);
  });

  it.each([
    ['what is no JSON', 'nothing', 'it is not JSON'],
    ['another format', formatResultFile(FILE).replace('"format":1', '"format":2'), 'result.format'],
    ['what lacks a part', '{"facts":{}}', 'at facts'],
    ['what is cut off', formatResultFile(FILE).slice(0, 400), 'it is not JSON'],
  ])('is not %s', (_, text, why) => {
    const read = () => parseResultFile(text, 'a.json');
    expect(read).toThrow(SwarmlineError);
    expect(read).toThrow(why);
    expect(read).toThrow('"a.json" is not a result of the lab');
  });
});
