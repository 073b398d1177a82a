import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode } from '../bencode/encode.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { type Address, encodeCompact } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import {
  type AnnounceReply,
  encodeAnnounceAnswer,
  encodeRefusal,
  encodeScrapeAnswer,
  parseAnnounceAnswer,
  parseScrapeAnswer,
} from './http-answer.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (raw: Uint8Array) => new TextDecoder('latin1').decode(raw);
const packed = (peers: readonly Address[]) => concatBytes(peers.map(peer => encodeCompact(peer)!));
const v4 = [
  { host: '192.0.2.1', port: 6881 },
  { host: '192.0.2.2', port: 1 },
];
const v6 = [{ host: '2001:db8::1', port: 65_535 }];
const reply: AnnounceReply = {
  complete: 3,
  incomplete: 4,
  downloaded: 5,
  intervalSeconds: 1800,
  minIntervalSeconds: 300,
  peers: packed(v4),
  peers6: packed(v6),
  externalIp: new Uint8Array([192, 0, 2, 9]),
};

test('a client reads a compact answer of both families', () => {
  expect(parseAnnounceAnswer(encodeAnnounceAnswer(reply, true))).toEqual({
    kind: 'answer',
    complete: 3,
    incomplete: 4,
    downloaded: 5,
    intervalSeconds: 1800,
    minIntervalSeconds: 300,
    peers: [...v4, ...v6],
    externalIp: '192.0.2.9',
  });
});

test('a client reads the same peers from an answer that is not compact', () => {
  expect(parseAnnounceAnswer(encodeAnnounceAnswer(reply, false))).toEqual(
    parseAnnounceAnswer(encodeAnnounceAnswer(reply, true)),
  );
});

test('a tracker writes the keys in order, and no peers6 without peers in it', () => {
  const none = { ...reply, peers: new Uint8Array(), peers6: new Uint8Array() };
  expect(text(encodeAnnounceAnswer(none, true))).toBe(
    'd8:completei3e10:downloadedi5e11:external ip4:\xc0\x00\x02\x0910:incompletei4e8:intervali1800e12:min intervali300e5:peers0:e',
  );
});

test('a refusal goes there and back with both words for "later"', () => {
  const refusal = { reason: 'Full.', retryInMinutes: 5, intervalSeconds: 300 };
  expect(text(encodeRefusal(refusal))).toBe('d14:failure reason5:Full.8:intervali300e8:retry ini5ee');
  expect(parseAnnounceAnswer(encodeRefusal(refusal))).toEqual({ kind: 'refusal', ...refusal });
  expect(parseScrapeAnswer(encodeRefusal(refusal), [])).toEqual({ kind: 'refusal', ...refusal });
});

test.each([
  ['5:never', 'never'],
  ['1:5', 5],
  ['i5e', 5],
  ['i0e', undefined],
  ['i-5e', undefined],
  ['4:soon', undefined],
  ['le', undefined],
])('"retry in" of %s means %s', (encoded, retryInMinutes) => {
  const answer = parseAnnounceAnswer(bytes(`d14:failure reason2:no8:retry in${encoded}e`));
  expect(answer).toEqual({
    kind: 'refusal',
    reason: 'no',
    ...(retryInMinutes !== undefined && { retryInMinutes }),
  });
});

test('what a tracker says is shown as one line of harmless text', () => {
  const nasty = `\u001b[2Jgo\r\n away\u202e\u0007 ${'!'.repeat(1_000)}`;
  const answer = parseAnnounceAnswer(encode({ 'failure reason': nasty }));
  expect(answer).toEqual({ kind: 'refusal', reason: `[2Jgo away ${'!'.repeat(289)}` });
  expect(parseAnnounceAnswer(encode({ 'failure reason': '\n' }))).toMatchObject({
    reason: 'It gave no reason.',
  });
});

test('dictionary peers may lack an id, and names in place of addresses are passed over', () => {
  const peers = [
    { ip: '192.0.2.1', port: 6881, 'peer id': 'x'.repeat(20) },
    { ip: '2001:db8::1', port: 6881 },
    { ip: 'localhost', port: 6881 },
    { ip: '192.0.2.1' },
    { ip: '192.0.2.1', port: 65_536 },
    { ip: '192.0.2.1', port: -1 },
    'garbage',
  ];
  expect(parseAnnounceAnswer(encode({ interval: 60, peers }))).toMatchObject({
    peers: [
      { host: '192.0.2.1', port: 6881 },
      { host: '2001:db8::1', port: 6881 },
    ],
  });
});

test('an answer with next to nothing has defaults', () => {
  expect(parseAnnounceAnswer(bytes('de'))).toEqual({ kind: 'answer', intervalSeconds: 1800, peers: [] });
  expect(parseAnnounceAnswer(bytes('d8:intervali-5e5:peers7:1234567e\n'))).toMatchObject({
    intervalSeconds: 1800,
    peers: [{ host: '49.50.51.52', port: 0x3536 }],
  });
});

test('an endless peer list is cut', () => {
  const answer = parseAnnounceAnswer(encode({ interval: 60, peers: new Uint8Array(6 * 100_000) }));
  expect(answer.kind === 'answer' && answer.peers.length).toBe(2_000);
});

test('keeps tracker id and warning', () => {
  const answer = parseAnnounceAnswer(
    encode({ 'tracker id': new Uint8Array([0, 255]), 'warning message': 'soon closed' }),
  );
  expect(answer).toMatchObject({ trackerId: new Uint8Array([0, 255]), warning: 'soon closed' });
});

test.each(['', '<html>', 'i5e', 'le', 'd', 'd5:peers', `d1:a${'l'.repeat(200)}`])('refuses %.20j', body => {
  expect(() => parseAnnounceAnswer(bytes(body))).toThrow(ProtocolError);
});

test('only a ProtocolError comes out of an answer, whatever is in it', () => {
  const keys = [
    'interval',
    'peers',
    'peers6',
    'external ip',
    'failure reason',
    'retry in',
    'files',
    'tracker id',
  ];
  const values = fc.oneof(
    fc.uint8Array(),
    fc.maxSafeInteger(),
    fc.constant([{ ip: 'x', port: 1 }]),
    fc.constant({}),
  );
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.dictionary(fc.constantFrom(...keys), values).map(entries => encode(entries)),
  );
  fc.assert(
    fc.property(bodies, body => {
      for (const parse of [
        parseAnnounceAnswer,
        (raw: Uint8Array) => parseScrapeAnswer(raw, [new Uint8Array(20)]),
      ]) {
        try {
          parse(body);
        } catch (error) {
          expect((error as ProtocolError).code).toBe('TRACKER_ANSWER_INVALID');
        }
      }
    }),
  );
});

test('a scrape goes there and back; what the tracker does not know is left out', () => {
  const hashes = [new Uint8Array(20).fill(255), new Uint8Array(20), new Uint8Array(20).fill(7)];
  const counts = [
    { complete: 1, incomplete: 2, downloaded: 3 },
    undefined,
    { complete: 0, incomplete: 0, downloaded: 9 },
  ];
  expect(parseScrapeAnswer(encodeScrapeAnswer(hashes, counts), hashes)).toEqual(counts);
});
