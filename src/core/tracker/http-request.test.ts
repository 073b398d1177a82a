import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { type AnnounceRequest, LEFT_UNKNOWN } from './announce.ts';
import { announceUrl, parseAnnounceQuery, parseScrapeQuery, scrapeUrl } from './http-request.ts';

const infoHash = fromHex('000102fffe2b20262541424344454647487e2d2e')!;
const peerId = new TextEncoder().encode('-SW0100-0123456789ab');
const request: AnnounceRequest = {
  infoHash,
  peerId,
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  key: 0xbeef,
};
const fine = `info_hash=${'%00'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=6881&left=0`;

const queryOf = (url: string) => url.slice(url.indexOf('?') + 1);
const refusal = (query: string): string => {
  try {
    parseAnnounceQuery(query);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).code).toBe('TRACKER_REQUEST_INVALID');
    return (error as ProtocolError).message;
  }
  return 'none';
};

test('a client writes the URL that trackers expect', () => {
  expect(
    announceUrl('http://tracker.example.com/announce', { ...request, event: 'started', numWant: 80 }),
  ).toBe(
    'http://tracker.example.com/announce?info_hash=%00%01%02%FF%FE%2B%20%26%25ABCDEFGH~-.' +
      '&peer_id=-SW0100-0123456789ab&port=6881&uploaded=1&downloaded=2&left=3' +
      '&compact=1&no_peer_id=1&key=0000BEEF&event=started&numwant=80',
  );
});

test('a client says its addresses and the tracker id only when it is given them', () => {
  const more = { ...request, trackerId: new Uint8Array([0x26]), ipv4: '192.0.2.1', ipv6: '2001:db8::1' };
  expect(announceUrl('http://t/announce', request)).not.toMatch(
    /ipv4|ipv6|trackerid|event|numwant|supportcrypto/,
  );
  expect(announceUrl('http://t/announce', more)).toMatch(
    /&trackerid=%26&ipv4=192\.0\.2\.1&ipv6=2001%3Adb8%3A%3A1$/,
  );
});

test.each([
  ['http://t/announce?passkey=abc', 'http://t/announce?passkey=abc&info_hash='],
  ['http://t/announce?', 'http://t/announce?info_hash='],
  ['http://t/announce?a=1&', 'http://t/announce?a=1&info_hash='],
  ['http://t/x/y/announce.php#top', 'http://t/x/y/announce.php?info_hash='],
  ['http://t', 'http://t?info_hash='],
])('the path and the query of %s are kept', (trackerUrl, start) => {
  expect(announceUrl(trackerUrl, request).startsWith(start)).toBe(true);
});

test.each([
  ['http://t/announce', 'http://t/scrape?info_hash='],
  ['http://t/x/announce.php?passkey=1', 'http://t/x/scrape.php?passkey=1&info_hash='],
  ['http://t/a', undefined],
  ['http://t/announce/secret', undefined],
  ['http://announce.example.com/track', undefined],
  ['http://t/x?y=/announce', undefined],
])('the scrape beside %s is at %s', (trackerUrl, start) => {
  const url = scrapeUrl(trackerUrl, [infoHash, peerId]);
  if (start === undefined) expect(url).toBeUndefined();
  else expect(url).toBe(`${start}%00%01%02%FF%FE%2B%20%26%25ABCDEFGH~-.&info_hash=-SW0100-0123456789ab`);
});

test('a hash of the wrong length is the caller’s fault', () => {
  expect(() => announceUrl('http://t', { ...request, infoHash: new Uint8Array(32) })).toThrow(TypeError);
  expect(() => scrapeUrl('http://t/announce', [new Uint8Array(19)])).toThrow(TypeError);
});

test('a tracker reads what a client wrote, whatever the numbers are', () => {
  const count = fc.maxSafeNat();
  const requests = fc.record(
    {
      infoHash: fc.uint8Array({ minLength: 20, maxLength: 20 }),
      peerId: fc.uint8Array({ minLength: 20, maxLength: 20 }),
      port: fc.integer({ min: 1, max: 65_535 }),
      uploaded: count,
      downloaded: count,
      left: count,
      key: fc.nat(2 ** 32 - 1),
      event: fc.constantFrom('started', 'completed', 'stopped', 'paused'),
      numWant: fc.nat(),
    },
    { requiredKeys: ['infoHash', 'peerId', 'port', 'uploaded', 'downloaded', 'left', 'key'] },
  );
  fc.assert(
    fc.property(requests, made => {
      const { key: _, ...facts } = made;
      expect(
        parseAnnounceQuery(queryOf(announceUrl('http://t/announce?key=mine', made as AnnounceRequest))),
      ).toEqual({
        ...facts,
        infoHash: new Uint8Array(made.infoHash),
        peerId: new Uint8Array(made.peerId),
        compact: true,
      });
    }),
  );
});

test('a tracker reads the hashes of a scrape in their order', () => {
  const url = scrapeUrl('http://t/announce?passkey=1', [infoHash, peerId])!;
  expect(parseScrapeQuery(queryOf(url), 2)).toEqual([new Uint8Array(infoHash), new Uint8Array(peerId)]);
  expect(() => parseScrapeQuery(queryOf(url), 1)).toThrow('A scrape may name 1 torrents at most.');
  expect(() => parseScrapeQuery('', 10)).toThrow('The query has no info_hash.');
});

test('a short announce is enough', () => {
  expect(parseAnnounceQuery(fine)).toEqual({
    infoHash: new Uint8Array(20),
    peerId: new Uint8Array(20).fill(0x70),
    port: 6881,
    uploaded: 0,
    downloaded: 0,
    left: 0,
    compact: true,
  });
  expect(parseAnnounceQuery(fine.replace('&left=0', '')).left).toBe(LEFT_UNKNOWN);
});

test.each([
  ['&numwant=-1', { numWant: undefined }],
  ['&numwant=-99999999999999999999999', { numWant: undefined }],
  ['&numwant=', { numWant: undefined }],
  ['&numwant=0', { numWant: 0 }],
  ['&event=', { event: undefined }],
  ['&event=empty', { event: undefined }],
  ['&event=dancing', { event: undefined }],
  ['&compact=0', { compact: false }],
  ['&compact=1', { compact: true }],
  ['&uploaded=99999999999999999999', { uploaded: Number.MAX_SAFE_INTEGER }],
  ['&ip=192.0.2.66&ipv6=%ZZ', { port: 6881 }],
  ['&key=passkey&key=0000BEEF', { port: 6881 }],
  ['&&&=&novalue&=x', { port: 6881 }],
])('takes %s in its stride', (extra, expected) => {
  const { numWant, event, compact, uploaded, port } = parseAnnounceQuery(fine + extra);
  expect({ numWant, event, compact, uploaded, port }).toMatchObject(expected);
});

test.each([
  ['', 'The query has no info_hash.'],
  [fine.replace('&port=6881', ''), 'The query has no port.'],
  [fine.replace('6881', '0'), 'port must be 1 to 65535.'],
  [fine.replace('6881', '65536'), 'port must be 1 to 65535.'],
  [fine.replace('6881', '-1'), 'port must be a whole number.'],
  [fine.replace('6881', '0x1'), 'port must be a whole number.'],
  [fine.replace('6881', '1e3'), 'port must be a whole number.'],
  [fine.replace('left=0', 'left=-1'), 'left must be a whole number.'],
  [fine.replace('left=0', 'left=%30'), 'left must be a whole number.'],
  [`${fine}&uploaded=${'9'.repeat(400)}`, 'uploaded must be a whole number.'],
  [`${fine}&numwant=many`, 'numwant must be a whole number.'],
  [`${fine}&info_hash=${'%01'.repeat(20)}`, 'The query has info_hash twice.'],
  [`${fine}&port=6882`, 'The query has port twice.'],
  [fine.replace('%00', '%0'), 'info_hash must be 20 percent-encoded bytes.'],
  [fine.replace('%00', '%zz'), 'info_hash must be 20 percent-encoded bytes.'],
  [fine.replace('%00', ''), 'info_hash must be 20 percent-encoded bytes.'],
  [fine.replace('%00', '\u0100'), 'info_hash must be 20 percent-encoded bytes.'],
  [
    `info_hash=${'00'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1`,
    'info_hash must be 20 percent-encoded bytes.',
  ],
  [fine.replace('pp', 'p'), 'peer_id must be 20 percent-encoded bytes.'],
  [`${fine}${'&x='.repeat(600)}`, 'The query has too many parameters.'],
  [`${fine}&x=${'%00'.repeat(350_000)}`, 'The query is too long.'],
])('refuses %.60s', (query, sentence) => {
  expect(refusal(query)).toBe(sentence);
});

test('only a ProtocolError comes out of a query, whatever is in it', () => {
  const names = fc.constantFrom('info_hash', 'peer_id', 'port', 'left', 'event', 'numwant', 'compact', 'x');
  const values = fc.oneof(fc.string(), fc.constantFrom('%', '%00'.repeat(20), '0', '-1', '65536', '1', ''));
  const queries = fc.oneof(
    fc.string(),
    fc.array(fc.tuple(names, values)).map(pairs => pairs.map(pair => pair.join('=')).join('&')),
  );
  fc.assert(
    fc.property(queries, query => {
      refusal(query);
    }),
  );
});

test('a scrape of a megabyte is refused unread', () => {
  const query = `info_hash=${'%00'.repeat(20)}&`.repeat(15_000);
  expect(query.length).toBeGreaterThan(1_000_000);
  expect(() => parseScrapeQuery(query, 100_000)).toThrow('The query is too long.');
});
