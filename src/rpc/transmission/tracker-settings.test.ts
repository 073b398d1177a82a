import { expect, it } from 'vitest';
import { parseTrackerList } from './tracker-settings.ts';

it('a list of trackers is a line each, with an empty one between tiers', () => {
  const text = '\nhttp://a/announce\r\nudp://b:1/announce\n\n\n  http://c/announce\nhttp://a/announce\n';
  expect(parseTrackerList(text)).toEqual([
    ['http://a/announce', 'udp://b:1/announce'],
    ['http://c/announce'],
  ]);
  expect(parseTrackerList('')).toEqual([]);
});

it('a list with something that is no tracker is no list', () => {
  expect(() => parseTrackerList('http://a/announce\nnothing')).toThrow('"nothing" is no tracker\'s URL');
});
