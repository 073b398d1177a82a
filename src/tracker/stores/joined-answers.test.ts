import { expect, test } from 'vitest';
import { joinedAnswers, joinedCounts } from './joined-answers.ts';

test('the peers of both, nobody twice, as many as are wanted', () => {
  const first = { complete: 1, incomplete: 5, downloaded: 2, peers: peers(1, 2), peers6: peers() };
  const second = { complete: 3, incomplete: 2, downloaded: 1, peers: peers(2, 3, 4), peers6: peers() };
  expect(joinedAnswers(first, second, { want4: 50, want6: 50 })).toEqual({
    complete: 3,
    incomplete: 5,
    downloaded: 2,
    peers: peers(1, 2, 3, 4),
    peers6: peers(),
  });
  expect(joinedAnswers(first, second, { want4: 3, want6: 0 }).peers).toEqual(peers(1, 2, 3));
  expect(joinedAnswers(first, second, { want4: 2, want6: 0 }).peers).toEqual(peers(1, 2));
});

test('a swarm that one knows is known', () => {
  const counts = { complete: 1, incomplete: 2, downloaded: 3 };
  expect(joinedCounts(undefined, counts)).toEqual(counts);
  expect(joinedCounts(counts, undefined)).toEqual(counts);
  expect(joinedCounts(undefined, undefined)).toBeUndefined();
});

function peers(...hosts: number[]): Uint8Array {
  return new Uint8Array(hosts.flatMap(host => [192, 0, 2, host, 26, 225]));
}
