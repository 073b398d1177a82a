import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceRequest } from './announce.ts';
import {
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  MAX_UDP_SCRAPE,
  parseUdpAnswer,
  udpTransactionId,
} from './udp.ts';

const id = fromHex('1122334455667788')!;
const infoHash = new Uint8Array(20).fill(0xaa);
const peerId = new Uint8Array(20).fill(0xbb);

const request: AnnounceRequest = {
  infoHash,
  peerId,
  port: 6881,
  uploaded: 0x1_0000_0002,
  downloaded: 3,
  left: 2 ** 53 - 1,
  key: 0xdeadbeef,
  numWant: 50,
  event: 'started',
};

describe('requests', () => {
  test('a connect is the constant, the action and the transaction', () => {
    expect(toHex(encodeUdpConnect(0xcafebabe))).toBe('00000417271019800000' + '0000cafebabe');
  });

  test('an announce has each number in its place', () => {
    expect(toHex(encodeUdpAnnounce(id, 7, request, ''))).toBe(
      [
        '1122334455667788',
        '00000001',
        '00000007',
        'aa'.repeat(20),
        'bb'.repeat(20),
        '0000000000000003',
        '001fffffffffffff',
        '0000000100000002',
        '00000002',
        '00000000',
        'deadbeef',
        '00000032',
        '1ae1',
      ].join(''),
    );
  });

  test.each([
    [undefined, 0],
    ['completed', 1],
    ['started', 2],
    ['stopped', 3],
    ['paused', 0],
  ] as const)('the event %s is number %i', (event, number) => {
    const { event: _, numWant: __, ...rest } = request;
    const bytes = encodeUdpAnnounce(id, 7, event === undefined ? rest : { ...rest, event }, '');
    expect(new DataView(bytes.buffer).getUint32(80)).toBe(number);
    // Not said, the number of peers is the tracker's to choose.
    expect(new DataView(bytes.buffer).getInt32(92)).toBe(-1);
  });

  // BEP 41, "Examples"
  test('the path and query of the URL follow as an option', () => {
    const bytes = encodeUdpAnnounce(id, 7, request, '/dir?a=b&c=d');
    expect(bytes.length).toBe(98 + 14);
    expect([...bytes.subarray(98, 100)]).toEqual([2, 12]);
    expect(new TextDecoder().decode(bytes.subarray(100))).toBe('/dir?a=b&c=d');
  });

  test('a path of more than 255 bytes is cut into several options', () => {
    const path = `/${'x'.repeat(600)}`;
    const bytes = encodeUdpAnnounce(id, 7, request, path);
    const parts: string[] = [];
    for (let at = 98; at < bytes.length; at += 2 + bytes[at + 1]!) {
      expect(bytes[at]).toBe(2);
      parts.push(new TextDecoder().decode(bytes.subarray(at + 2, at + 2 + bytes[at + 1]!)));
    }
    expect(parts.map(part => part.length)).toEqual([255, 255, 91]);
    expect(parts.join('')).toBe(path);
  });

  test('a scrape names its torrents one after the other', () => {
    expect(toHex(encodeUdpScrape(id, 7, [infoHash, peerId]))).toBe(
      `11223344556677880000000200000007${'aa'.repeat(20)}${'bb'.repeat(20)}`,
    );
  });

  test('hashes of other lengths are the caller’s fault', () => {
    const wrong = { ...request, infoHash: new Uint8Array(32) };
    expect(() => encodeUdpAnnounce(id, 7, wrong, '')).toThrow(TypeError);
    expect(() => encodeUdpScrape(id, 7, [new Uint8Array(19)])).toThrow(TypeError);
  });
});

describe('answers', () => {
  const parsed = (hex: string, width: 4 | 16 = 4) => parseUdpAnswer(fromHex(hex.replaceAll(' ', ''))!, width);

  test('a connect gives the connection id', () => {
    expect(parsed('00000000 00000007 1122334455667788')).toEqual({ action: 'connect', connectionId: id });
  });

  test('an announce over IPv4 has six bytes a peer, and a ragged end is left out', () => {
    expect(parsed('00000001 00000007 00000708 00000002 00000003 c0000201 1ae1 c0000202 1ae2 c000')).toEqual({
      action: 'announce',
      answer: {
        kind: 'answer',
        intervalSeconds: 1800,
        incomplete: 2,
        complete: 3,
        peers: [
          { host: '192.0.2.1', port: 6881 },
          { host: '192.0.2.2', port: 6882 },
        ],
      },
    });
  });

  test('an announce over IPv6 has eighteen bytes a peer', () => {
    const answer = parsed(
      `00000001 00000007 00000708 00000000 00000000 20010db8${'00'.repeat(11)}01 1ae1`,
      16,
    );
    expect(answer).toMatchObject({ answer: { peers: [{ host: '2001:db8::1', port: 6881 }] } });
  });

  test('counts below zero are counts that the tracker does not know', () => {
    expect(parsed('00000001 00000007 ffffffff ffffffff ffffffff')).toEqual({
      action: 'announce',
      answer: { kind: 'answer', intervalSeconds: 0, peers: [] },
    });
  });

  test('a scrape has seeds, downloads and leechers of each torrent', () => {
    expect(parsed('00000002 00000007 00000001 00000002 00000003 ffffffff 00000005 00000006 0000')).toEqual({
      action: 'scrape',
      counts: [
        { complete: 1, downloaded: 2, incomplete: 3 },
        { complete: 0, downloaded: 5, incomplete: 6 },
      ],
    });
    expect(parseUdpAnswer(fromHex(`0000000200000007${'00'.repeat(12 * 100)}`)!, 4)).toMatchObject({
      counts: { length: MAX_UDP_SCRAPE },
    });
  });

  test('an error is a line that can be shown', () => {
    const text = new TextEncoder().encode('Go \x1b[2Jaway\n');
    expect(parseUdpAnswer(new Uint8Array([0, 0, 0, 3, 0, 0, 0, 7, ...text]), 4)).toEqual({
      action: 'error',
      reason: 'Go [2Jaway',
    });
    expect(parsed('00000003 00000007')).toEqual({ action: 'error', reason: 'It gave no reason.' });
  });

  test.each([
    '',
    '00',
    '00000000',
    '00000000 000000',
    '00000000 00000007 11223344556677',
    '00000004 00000007',
  ])('refuses "%s"', hex => {
    expect(() => parsed(hex)).toThrow(ProtocolError);
  });

  test('says whose answer a datagram is, where it can be one', () => {
    expect(udpTransactionId(fromHex('00000001000000ff')!)).toBe(255);
    for (const hex of ['', '00000001000000', '00000004000000ff', '64313a61', '2100000000000000'])
      expect(udpTransactionId(fromHex(hex)!)).toBeUndefined();
  });

  test('whatever arrives, it is an answer or a ProtocolError', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(5),
        fc.constantFrom(4, 16),
        (bytes, action, width) => {
          if (bytes.length >= 4) bytes.set([0, 0, 0, action]);
          try {
            const answer = parseUdpAnswer(bytes, width as 4 | 16);
            expect(answer.action).toBe(['connect', 'announce', 'scrape', 'error'][action]);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
    );
  });
});
