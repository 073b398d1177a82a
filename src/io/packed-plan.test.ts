import { expect, test } from 'vitest';
import type { HashPlan } from '../host/piece-hasher.ts';
import { packPlan, unpackPlan } from './packed-plan.ts';

test.each(['Ünïcode ✓ 🎵', 'letters'])('a plan with names of %s is the same when it is unpacked', name => {
  const plan: HashPlan = {
    files: [
      { path: `/music/${name}.flac`, length: 5, offset: 0, modifiedMs: 1_764_000_000_000.25 },
      { path: '/b', length: 2 ** 40, offset: 16_384 },
      { path: '', length: 1, offset: 2 ** 41, modifiedMs: 0 },
    ],
    pieceLength: 16_384,
    length: 2 ** 42,
    v1: true,
    v2: false,
    onFault: 'fail',
  };
  const { files, ...rest } = unpackPlan(packPlan(plan));
  const { files: before, ...restBefore } = plan;
  expect(rest).toEqual(restBefore);
  expect(files.map(({ path, length, offset, modifiedMs }) => ({ path, length, offset, modifiedMs }))).toEqual(
    before.map(file => ({ modifiedMs: undefined, ...file })),
  );
});
