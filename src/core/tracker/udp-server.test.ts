import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape, parseUdpAnswer } from './udp.ts';
import {
  readUdpAnnounce,
  UdpAnnounceFacts,
  udpAnnounceFault,
  udpRequestKind,
  udpScrapeCount,
  udpScrapeFault,
  udpScrapeHash,
  udpUrlData,
  writeUdpAnnounceAnswer,
  writeUdpConnectAnswer,
  writeUdpError,
  writeUdpScrapeAnswer,
} from './udp-server.ts';

const id = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
const hash = (n: number) => new Uint8Array(20).fill(n);
const kindOf = (bytes: Uint8Array) => udpRequestKind(bytes, bytes.length);
const plain = {
  infoHash: hash(1),
  peerId: hash(2),
  port: 6881,
  uploaded: 3,
  downloaded: 4,
  left: 5,
  key: 6,
};
const announce = (more: object = {}, url = '') => encodeUdpAnnounce(id, 7, { ...plain, ...more }, url);

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 });
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const requests = fc.record({
  infoHash: twenty,
  peerId: twenty,
  port: fc.integer({ min: 1, max: 65_535 }),
  uploaded: count,
  downloaded: count,
  left: count,
  event: fc.constantFrom(undefined, 'started' as const, 'completed' as const, 'stopped' as const),
  numWant: fc.option(fc.nat(2 ** 31 - 1), { nil: undefined }),
});

test('reads whatever our client writes', () => {
  const url = fc.stringMatching(/^[!-~]{0,700}$/);
  fc.assert(
    fc.property(requests, url, fc.nat(2 ** 32 - 1), (request, path, key) => {
      const bytes = encodeUdpAnnounce(id, 7, { ...request, key }, path);
      expect(kindOf(bytes)).toBe('announce');
      expect(udpAnnounceFault(bytes, bytes.length)).toBeUndefined();
      const facts = new UdpAnnounceFacts();
      readUdpAnnounce(bytes, facts);
      const { request: _, ...read } = facts;
      expect({ ...read, peerId: facts.peerId }).toEqual(request);
      expect(udpUrlData(bytes, bytes.length)).toBe(path);
    }),
  );
});

test('our client reads whatever it answers', () => {
  const counts = fc.record({
    complete: fc.nat(2 ** 31 - 1),
    incomplete: fc.nat(2 ** 31 - 1),
    downloaded: fc.nat(2 ** 31 - 1),
  });
  fc.assert(
    fc.property(
      counts,
      fc.nat(86_400),
      fc.constantFrom(4 as const, 16 as const),
      fc.nat(50),
      (swarm, interval, width, peers) => {
        const out = new Uint8Array(1_452).fill(0xee);
        const request = announce();
        const list = new Uint8Array(peers * (width + 2)).fill(9);
        const answer = { ...swarm, intervalSeconds: interval };
        const length = writeUdpAnnounceAnswer(request, out, answer, list, width);
        expect(length).toBe(20 + list.length);
        expect(parseUdpAnswer(out.subarray(0, length), width)).toMatchObject({
          action: 'announce',
          answer: { intervalSeconds: interval, complete: swarm.complete, incomplete: swarm.incomplete },
        });
        expect(out.subarray(4, 8)).toEqual(request.subarray(12, 16));
        const scraped = writeUdpScrapeAnswer(request, out, [swarm, undefined]);
        expect(parseUdpAnswer(out.subarray(0, scraped), width)).toEqual({
          action: 'scrape',
          counts: [swarm, { complete: 0, incomplete: 0, downloaded: 0 }],
        });
      },
    ),
  );
});

test('a connect has sixteen bytes or more, its constant, and an answer of sixteen', () => {
  const connect = encodeUdpConnect(0x01020304);
  expect(kindOf(connect)).toBe('connect');
  for (let length = 0; length < 16; length++) expect(udpRequestKind(connect, length)).toBeUndefined();
  for (let at = 0; at < 12; at++) {
    const other = connect.slice();
    other[at]! ^= 0x80;
    expect(kindOf(other)).toBeUndefined();
  }
  const out = new Uint8Array(1_452);
  expect(writeUdpConnectAnswer(connect, out)).toBe(16);
  expect([...out.subarray(0, 8)]).toEqual([0, 0, 0, 0, 1, 2, 3, 4]);
});

test('an announce that is cut off or has no port is refused with a sentence', () => {
  const bytes = announce();
  for (let length = 16; length < 98; length++)
    expect(udpAnnounceFault(bytes, length)).toBe('The announce is cut off.');
  expect(udpAnnounceFault(announce({ port: 0 }), 98)).toBe('port must be 1 to 65535.');
});

test('an event without a number is the regular announce, a want below zero is none', () => {
  const bytes = announce({ event: 'stopped', numWant: 5 });
  const facts = new UdpAnnounceFacts();
  const view = new DataView(bytes.buffer);
  for (const event of [4, 255, 0x8000_0003, 0xffff_ffff]) {
    view.setUint32(80, event);
    readUdpAnnounce(bytes, facts);
    expect(facts.event).toBeUndefined();
  }
  for (const numWant of [-1, -2, -(2 ** 31)]) {
    view.setInt32(92, numWant);
    readUdpAnnounce(bytes, facts);
    expect(facts.numWant).toBeUndefined();
  }
});

test('counts beyond what JavaScript counts exactly are the largest that it does', () => {
  const bytes = announce();
  bytes.fill(255, 56, 80);
  const facts = new UdpAnnounceFacts();
  readUdpAnnounce(bytes, facts);
  expect(facts).toMatchObject({ left: Number.MAX_SAFE_INTEGER, uploaded: Number.MAX_SAFE_INTEGER });
});

test.each([
  ['nothing', [], ''],
  ['an end, and anything after it', [0, 2, 1, 65], ''],
  ['parts, and things that mean nothing', [1, 1, 2, 2, 47, 97, 1, 2, 1, 98, 0], '/ab'],
  ['an option of another kind', [9, 3, 2, 1, 65, 2, 1, 66], 'B'],
  ['an option that is cut off', [2, 1, 65, 2, 5, 66], 'A'],
  ['an option without its length', [2, 1, 65, 2], 'A'],
])('reads the URL from options that are %s', (_, options, expected) => {
  const bytes = new Uint8Array([...announce(), ...options]);
  expect(udpUrlData(bytes, bytes.length)).toBe(expected);
});

test('a scrape names whole hashes, one at least', () => {
  const bytes = encodeUdpScrape(id, 7, [hash(1), hash(2)]);
  expect(kindOf(bytes)).toBe('scrape');
  expect(udpScrapeFault(bytes.length)).toBeUndefined();
  expect(udpScrapeCount(bytes.length)).toBe(2);
  expect(udpScrapeHash(bytes, 1)).toEqual(hash(2));
  expect(udpScrapeFault(16)).toBe('The scrape names no torrent.');
  expect(udpScrapeFault(55)).toBe('The scrape is cut off.');
});

test('answers never leave their room', () => {
  const out = new Uint8Array(100);
  const swarm = { complete: 1, incomplete: 2, downloaded: 3, intervalSeconds: 4 };
  expect(writeUdpAnnounceAnswer(announce(), out, swarm, new Uint8Array(600), 4)).toBe(20 + 78);
  expect(writeUdpAnnounceAnswer(announce(), out, swarm, new Uint8Array(600), 16)).toBe(20 + 72);
  expect(writeUdpScrapeAnswer(announce(), out, Array(20).fill(swarm))).toBe(92);
  expect(writeUdpError(announce(), out, 'x'.repeat(200))).toBe(100);
});
