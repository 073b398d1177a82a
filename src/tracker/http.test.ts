import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { parseAnnounceAnswer, parseScrapeAnswer } from '../core/tracker/http-answer.ts';
import { announceUrl, scrapeUrl } from '../core/tracker/http-request.ts';
import type { ServerResponse } from '../host/http-server.ts';
import { handleTrackerRequest, type TrackerRequest } from './http.ts';
import type { TrackerOptions } from './options.ts';
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
  const body = 'd14:failure reason27:The query has no info_hash.8:intervali1800e8:retry ini30ee';
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

function setUpWith(options: TrackerOptions) {
  const random = seededRandom(1);
  const tracker = new Tracker(options, { store: new MemoryStore({}, { random }), random });
  const ask = (path: string, query: string, more: Partial<TrackerRequest> = {}) => {
    let text = '';
    handleTrackerRequest(
      tracker,
      { path, query, remoteHost: '192.0.2.1', ...more },
      0,
      ({ status, body }) => {
        text = status === 200 ? new TextDecoder('latin1').decode(body) : `${status}`;
      },
    );
    return text;
  };
  return { tracker, ask };
}

const query = announceUrl('http://t/announce', plain).split('?')[1]!;

test('the address in the query is believed of a proxy that says nothing else', () => {
  const { ask } = setUpWith({});
  const claimed = `${query}&ip=198.51.100.66`;
  expect(ask('/announce', claimed, { isProxys: false })).toContain('11:external ip4:\xc0\x00\x02\x01');
  expect(ask('/announce', claimed, { isProxys: true })).toContain('11:external ip4:\xc6\x33\x64\x42');
  expect(ask('/announce', `${query}&ip=2001%3Adb8%3A%3A1`, { isProxys: true })).toContain(
    'external ip16:\x20\x01',
  );
  expect(ask('/announce', `${query}&ip=example.org`, { isProxys: true })).toContain('ip must be an address.');
});

test('whoever a proxy names in the query has his own limits, and his own bans', () => {
  const { tracker, ask } = setUpWith({ rateLimits: { requestsPerSecond: 1, burst: 1 } });
  const of = (ip: string) => ask('/announce', `${query}&ip=${ip}`, { isProxys: true });
  expect(of('198.51.100.1')).toContain('8:complete');
  expect(of('203.0.113.2')).toContain('8:complete');
  expect(of('203.0.113.2')).toContain('Your address asks too often.');
  tracker.bans.add({ network: '192.0.2.64/32', note: '', since: 0 });
  expect(of('192.0.2.64')).toContain('This tracker does not answer your network.');
});

test('an address that asks too often is told so, and when to come again', () => {
  const { ask } = setUpWith({ rateLimits: { requestsPerSecond: 1, burst: 2 } });
  expect(
    [ask('/announce', query), ask('/scrape', query), ask('/announce', query)].map(text => text.slice(0, 20)),
  ).toEqual(['d8:completei0e10:dow', 'd5:filesd20:\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1', 'd14:failure reason28']);
  expect(ask('/announce', query)).toBe(
    'd14:failure reason28:Your address asks too often.8:intervali300e8:retry ini5ee',
  );
  expect(ask('/announce', query, { remoteHost: '192.0.2.2' })).toContain('8:complete');
});

test('there is a scrape of everything only where it is asked for', () => {
  expect(setUpWith({}).ask('/scrape', '')).toContain('The query has no info_hash.');
  const { ask } = setUpWith({ fullScrape: true });
  ask('/announce', query);
  expect(ask('/scrape', '')).toMatch(
    /^d5:filesd20:\xf1{20}d8:completei0e10:downloadedi0e10:incompletei1eeee$/,
  );
});

test('with keys, the key comes before the question', () => {
  const { tracker, ask } = setUpWith({});
  expect(ask('/key/announce', query)).toBe('404');
  const keys = { refusalOf: () => undefined, knows: (url: string) => url.startsWith('/key/') };
  tracker.configure({}, { keys });
  expect(ask('/key/announce', query)).toContain('8:complete');
  expect(ask('/key/scrape', query)).toContain('5:files');
  expect(ask('/scrape', query)).toContain('The tracker does not know the key in this URL.');
  expect(ask('/a/key/announce', query)).toBe('404');
});
