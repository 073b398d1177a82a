import { expect, test } from 'vitest';
import { mustBePublic, parseTrackerUrl, refusalOf } from './tracker-url.ts';

test('takes a URL apart', () => {
  expect(parseTrackerUrl('HTTP://Tracker.Example.com:6969/x/announce?passkey=1&a#top')).toEqual({
    scheme: 'http',
    host: 'tracker.example.com',
    port: 6969,
    path: '/x/announce',
    query: 'passkey=1&a',
    scope: undefined,
  });
  expect(parseTrackerUrl('udp://[2001:db8::1]:80')).toMatchObject({
    host: '2001:db8::1',
    path: '',
    scope: 'public',
  });
  expect(parseTrackerUrl('https://user:word@192.168.1.5/announce')).toMatchObject({
    host: '192.168.1.5',
    scope: 'private',
  });
  expect(parseTrackerUrl('http://localhost/announce')).toMatchObject({ scope: 'loopback' });
});

test.each([
  'tracker.example.com/announce',
  'http://',
  'http:///announce',
  'http://host:0/announce',
  'http://host:65536/announce',
  'http://host/an nounce',
  'http://host/annoünce',
  'http://host/\nannounce',
  'http://[::1/announce',
  'http://[127.0.0.1]/announce',
  `http://host/${'a'.repeat(3_000)}`,
])('does not take %j for a URL', text => {
  expect(parseTrackerUrl(text)).toBeUndefined();
});

test.each([
  'http://127.1/announce',
  'http://2130706433/announce',
  'http://0x7f000001/announce',
  'http://127.0.0.0x1/announce',
  'http://0177.0.0.1/announce',
  'http://127.0.0.1./announce',
  'http://%31%32%37.0.0.1/announce',
  'http://１２７.0.0.1/announce',
  'http://example.com\\@127.0.0.1/announce',
])('does not take an address in disguise: %s', text => {
  expect(parseTrackerUrl(text)).toBeUndefined();
});

test.each([
  ['http://127.0.0.1:6969/announce', true],
  ['http://192.168.1.5/announce.php?passkey=1', true],
  ['http://[::1]/announce/secret', true],
  ['http://tracker.example.com/cgi/track', true],
  ['http://127.0.0.1/reboot', false],
  ['http://localhost:631/admin', false],
  ['http://localhost./admin', false],
  ['http://192.168.1.1/announce/../reboot', false],
  ['http://192.168.1.1/announce/%2e%2E/reboot', false],
  ['http://169.254.169.254/latest/announce', false],
  ['http://10.0.0.1/announcements', false],
  ['http://0.0.0.0/announce', false],
  ['http://239.1.1.1/announce', false],
  ['http://tracker.example.com/announce?port=25&info_hash=x', false],
] as const)('may ask %s: %s', (text, allowed) => {
  expect(refusalOf(parseTrackerUrl(text)!) === undefined).toBe(allowed);
});

test.each([
  ['http://evil.example.com/admin?x', true],
  ['http://evil.example.com/', true],
  ['http://evil.example.com', true],
  ['http://evil.example.com/announce/../admin', true],
  ['http://tracker.example.com/announce', false],
  ['http://tracker.example.com/announce.php?passkey=1', false],
  ['http://192.0.2.1/cgi/track', false],
  ['http://192.168.1.5/announce', false],
] as const)('of %s only its being on the Internet makes it fit to be asked: %s', (text, isSo) => {
  expect(mustBePublic(parseTrackerUrl(text)!)).toBe(isSo);
});
