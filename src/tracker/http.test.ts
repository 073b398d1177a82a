import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { parseAnnounceAnswer, parseScrapeAnswer } from '../core/tracker/http-answer.ts';
import { announceUrl, scrapeUrl } from '../core/tracker/http-request.ts';
import type { ServerResponse } from '../host/http-server.ts';
import { handleTrackerRequest } from './http.ts';
import { MemoryStore } from './stores/memory.ts';
import { Tracker } from './tracker.ts';

const infoHash = new Uint8Array(20).fill(0xf1);
const plain = {
  infoHash,
  peerId: new Uint8Array(20),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  key: 1,
};

function setUp() {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
  const get = (url: string, remoteHost = '192.0.2.1'): ServerResponse => {
    const [path, query = ''] = url.replace(/^http:\/\/t/, '').split('?');
    const responses: ServerResponse[] = [];
    handleTrackerRequest(tracker, { path: path!, query, remoteHost }, 0, response =>
      responses.push(response),
    );
    expect(responses).toHaveLength(1);
    return responses[0]!;
  };
  const announce = (remoteHost: string, more: Partial<typeof plain> & { compact?: string } = {}) => {
    const { compact = '', ...facts } = more;
    const response = get(announceUrl('http://t/announce', { ...plain, ...facts }) + compact, remoteHost);
    expect(response.status).toBe(200);
    return parseAnnounceAnswer(response.body!);
  };
  return { get, announce };
}

test('two clients find each other', () => {
  const { announce } = setUp();
  expect(announce('192.0.2.1')).toMatchObject({ peers: [], incomplete: 1, externalIp: '192.0.2.1' });
  expect(announce('192.0.2.2', { left: 0 })).toMatchObject({
    peers: [{ host: '192.0.2.1', port: 6881 }],
    complete: 1,
  });
  expect(announce('2001:db8::1')).toMatchObject({ externalIp: '2001:db8::1', peers: { length: 2 } });
});

test('IPv4 on an IPv6 socket is IPv4, and a zone is no part of an address', () => {
  const { announce } = setUp();
  expect(announce('::ffff:192.0.2.1')).toMatchObject({ externalIp: '192.0.2.1' });
  expect(announce('fe80::1%eth0')).toMatchObject({ externalIp: 'fe80::1' });
});

test('an answer that is not compact names the same peers', () => {
  const { get, announce } = setUp();
  announce('192.0.2.1');
  const url = announceUrl('http://t/announce', { ...plain, port: 2 }).replace('compact=1', 'compact=0');
  const { body } = get(url, '192.0.2.2');
  expect(new TextDecoder('latin1').decode(body)).toContain('5:peersld2:ip9:192.0.2.14:porti6881eee');
});

test('the address in the query is not believed', () => {
  const { get, announce } = setUp();
  get(
    `${announceUrl('http://t/announce', plain)}&ip=198.51.100.66&ipv4=198.51.100.66&ipv6=2001%3Adb8%3A%3A66`,
  );
  expect(announce('192.0.2.9')).toMatchObject({ peers: [{ host: '192.0.2.1', port: 6881 }] });
});

test('scrapes several torrents', () => {
  const { get, announce } = setUp();
  announce('192.0.2.1');
  const hashes = [new Uint8Array(20), infoHash];
  const { body } = get(scrapeUrl('http://t/announce', hashes)!);
  expect(parseScrapeAnswer(body!, hashes)).toEqual([
    undefined,
    { complete: 0, incomplete: 1, downloaded: 0 },
  ]);
});

test('says in the usual form what is wrong with a request, with status 200', () => {
  const { get } = setUp();
  const body = 'd14:failure reason27:The query has no info_hash.e';
  for (const url of ['/announce', '/scrape']) {
    const response = get(url);
    expect(response.status).toBe(200);
    expect(new TextDecoder().decode(response.body)).toBe(body);
  }
  expect(parseAnnounceAnswer(get(announceUrl('http://t/announce', plain), '').body!)).toMatchObject({
    kind: 'refusal',
  });
});

test.each(['/', '/favicon.ico', '/announce/', '/Announce', '//announce', '/announce.php', '/%61nnounce'])(
  'has nothing at %s',
  path => {
    expect(setUp().get(path)).toMatchObject({ status: 404, headers: { 'content-type': 'text/plain' } });
  },
);

test('answers whatever the query is', () => {
  const { get } = setUp();
  fc.assert(
    fc.property(fc.constantFrom('/announce', '/scrape'), fc.string({ maxLength: 300 }), (path, query) => {
      expect(get(`${path}?${query.replaceAll('?', '')}`).status).toBe(200);
    }),
  );
});
