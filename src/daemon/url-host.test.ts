import { expect, it } from 'vitest';
import { hostOf } from './url-host.ts';

it.each([
  ['http://Tracker.example:6969/announce', 'tracker.example'],
  ['udp://[2001:db8::1]:80', '[2001:db8::1]'],
  ['https://user:secret@tracker.example/key/announce', 'tracker.example'],
  ['wss://tracker.example', 'tracker.example'],
  ['tracker.example', undefined],
])('the host of %s is %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
});
