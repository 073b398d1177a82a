import { expect, test } from 'vitest';
import { isPublicOnly, webSeedRefusal, webSeedUrls } from './web-seed-urls.ts';

const file = (...path: string[]) => ({ path, length: 1, offset: 0 });

// BEP 19, "Metadata Extension" and "Multi-File Torrents"
test.each([
  ['http://mirror.com/file.exe', false, 'http://mirror.com/file.exe'],
  ['http://mirror.com/pub/', false, 'http://mirror.com/pub/Readme%20%231.txt'],
])('one file at %s', (base, isFolder, url) => {
  expect(webSeedUrls(base, { isFolder, files: [file('Readme #1.txt')] })(0)).toBe(url);
});

test.each([
  ['http://mirror.com/pub/', 'http://mirror.com/pub/michael/50%25/%C3%BC%3F%26.txt'],
  ['http://mirror.com/pub', 'http://mirror.com/pub/michael/50%25/%C3%BC%3F%26.txt'],
])('a file of a folder below %s', (base, url) => {
  const info = { isFolder: true, files: [file('michael', 'a'), file('michael', '50%', 'ü?&.txt')] };
  expect(webSeedUrls(base, info)(1)).toBe(url);
});

test('a file is asked for by the name that its maker gave it, unless that leads elsewhere', () => {
  const files = [
    { ...file('con_', 'a_'), writtenPath: ['con', 'a:'] },
    { ...file('x', '_'), writtenPath: ['x', '..'] },
  ];
  const urlOf = webSeedUrls('http://mirror.com/', { isFolder: true, files });
  expect([urlOf(0), urlOf(1)]).toEqual(['http://mirror.com/con/a%3A', 'http://mirror.com/x/_']);
});

test.each([
  ['http://mirror.com/pub/', undefined, false],
  ['https://mirror.com/get?file=1', undefined, true],
  ['http://192.168.1.5/pub/', undefined, false],
  [
    'http://192.168.1.5/reboot?now',
    'A web seed on this machine or network must have no query in its URL.',
    false,
  ],
  ['http://localhost/x?y', 'A web seed on this machine or network must have no query in its URL.', false],
  ['ftp://mirror.com/pub/', 'Web seeds by ftp: are not supported.', false],
  ['http://0.0.0.0/', 'Its host is no address that can be reached.', false],
  ['http://127.1/', 'This is no URL of a web seed.', true],
])('%s: refused with %j, on the Internet only %j', (url, refusal, publicOnly) => {
  expect(webSeedRefusal(url)).toBe(refusal);
  expect(isPublicOnly(url)).toBe(publicOnly);
});
