import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { type WsLimits, type WsPart, type WsRequest, WsRequestReader } from './ws.ts';
import { WsMessageWriter } from './ws-messages.ts';

const HASH = '\u00ff\u0000"\\\u007f'.padEnd(20, 'h');
const PEER = 'p'.repeat(20);
const named = { info_hash: HASH, peer_id: PEER };
const read = (text: string, limits: WsLimits = {}): WsRequest =>
  new WsRequestReader(limits).read(encodeUtf8(text));
const parse = (message: object, limits: WsLimits = {}) => read(JSON.stringify(message), limits);
/** A part of a message as text. */
const shown = (text: string, { start, end }: WsPart) =>
  new TextDecoder().decode(encodeUtf8(text).subarray(start, end));
const said = (message: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(message));

test('reads an announce with offers, and passes them on as the bytes that they were', () => {
  const offer = '{ "type" : "offer", "sdp":"v=0\\r\\n\\u00e9 é€😀" }';
  const text = `{"action":"announce","offers":[{"offer": ${offer},"offer_id" : "\\u006f\u00e9"}],"left":5.5,"numwant":-1,
    "info_hash":${JSON.stringify(HASH)},"peer_id":"${PEER}","event":"started","trackerid":null,"more":[{"a":[]}]}`;
  const request = read(text);
  expect(request).toMatchObject({
    ...{
      kind: 'announce',
      infoHash: HASH,
      peerId: PEER,
      uploaded: 0,
      downloaded: 0,
      left: 5,
      event: 'started',
    },
    ...{ numWant: 1, offers: [{ offerId: 'o\u00e9' }] },
  });
  if (request.kind !== 'announce') throw new Error(request.kind);
  const first = request.offers[0]!;
  expect(shown(text, first.offer)).toBe(offer);
  expect(shown(text, first.offerIdPart)).toBe('"\\u006f\u00e9"');
  const passedOn = new WsMessageWriter().offer(HASH, PEER, first, encodeUtf8(text));
  expect(new TextDecoder().decode(passedOn)).toContain(offer);
  expect(said(passedOn)).toEqual({
    ...{ action: 'announce', offer: { type: 'offer', sdp: 'v=0\r\né é€😀' }, offer_id: 'o\u00e9' },
    ...named,
  });
});

test('reads an answer and scrapes', () => {
  const answer = { type: 'answer', sdp: 'x' };
  const text = JSON.stringify({ action: 'announce', ...named, to_peer_id: HASH, offer_id: 'o', answer });
  const request = read(text);
  expect(request).toMatchObject({
    ...{ kind: 'answer', infoHash: HASH, peerId: PEER, toPeerId: HASH, offerId: 'o' },
  });
  if (request.kind !== 'answer') throw new Error(request.kind);
  expect(said(new WsMessageWriter().answer(PEER, request, encodeUtf8(text)))).toEqual({
    ...{ action: 'announce', answer, offer_id: 'o', peer_id: PEER, info_hash: PEER },
  });
  expect(parse({ action: 'scrape', info_hash: HASH })).toEqual({ kind: 'scrape', infoHashes: [HASH] });
  expect(parse({ action: 'scrape', info_hash: [HASH, PEER] })).toEqual({
    kind: 'scrape',
    infoHashes: [HASH, PEER],
  });
});

test('reads no more offers than it may', () => {
  const offers = Array.from({ length: 30 }, (_, i) => ({ offer_id: `${i}`, offer: {} }));
  expect(parse({ action: 'announce', ...named, offers }, { maxOffers: 2 })).toMatchObject({
    offers: [{ offerId: '0' }, { offerId: '1' }],
  });
});

describe.each<[string, string | object]>([
  ['an empty text', ''],
  ['an array', '[]'],
  ['two values', '{}{}'],
  ['an end too soon', '{"action":"announce"'],
  ['a comma too many', '{"action":"scrape",}'],
  ['a name without quotes', '{action:"scrape"}'],
  ['a number that is none', '{"left":01}'],
  ['a line break in a text', '{"a":"\n"}'],
  ['an escape that is none', '{"a":"\\x"}'],
  ['half an escape', '{"a":"\\u12"}'],
  ['a word that is none', '{"a":nul}'],
  ['depth', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
  ['depth without end', `{"a":${'['.repeat(100_000)}`],
  ['what is too long', `{"a":"${'x'.repeat(300_000)}"}`],
  ['no action', { ...named }],
  ['an action of another kind', { action: 'connect', ...named }],
  ['no info hash', { action: 'announce', peer_id: PEER }],
  ['a short info hash', { action: 'announce', ...named, info_hash: 'x' }],
  ['a hash of characters that are no bytes', { action: 'announce', ...named, info_hash: '€'.repeat(20) }],
  ['no peer id', { action: 'announce', info_hash: HASH }],
  ['an offer that is a text', { action: 'announce', ...named, offers: [{ offer_id: 'a', offer: 'x' }] }],
  ['an offer without an id', { action: 'announce', ...named, offers: [{ offer: {} }] }],
  [
    'an offer id without end',
    { action: 'announce', ...named, offers: [{ offer: {}, offer_id: 'x'.repeat(65) }] },
  ],
  [
    'an offer that is too long',
    { action: 'announce', ...named, offers: [{ offer: { sdp: 'x'.repeat(17_000) }, offer_id: 'a' }] },
  ],
  ['an answer to nobody', { action: 'announce', ...named, offer_id: 'a', answer: {} }],
  ['a scrape of everything', { action: 'scrape' }],
  ['a scrape of too much', { action: 'scrape', info_hash: Array.from({ length: 75 }, () => HASH) }],
  ['the same name twice', `{"action":"scrape","action":"scrape","info_hash":"${PEER}"}`],
  [
    'the same name twice, once by escapes',
    `{"action":"scrape","\\u0061ction":"scrape","info_hash":"${PEER}"}`,
  ],
  ['an offer id twice', `{"action":"announce","offer_id":"a","offer_id":"b"}`],
])('%s', (_, message) => {
  test('is refused with a sentence', () => {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'TRACKER_REQUEST_INVALID' }));
  });
});

test('one reader reads one message after another, long and short', () => {
  const reader = new WsRequestReader();
  const long = JSON.stringify({ action: 'scrape', info_hash: HASH, more: 'x'.repeat(50_000) });
  for (const text of [
    long,
    JSON.stringify({ action: 'scrape', info_hash: PEER }),
    '{"action":"scrape"',
    long,
  ])
    try {
      expect(reader.read(encodeUtf8(text))).toMatchObject({ kind: 'scrape' });
      expect(text.endsWith('}')).toBe(true);
    } catch (error) {
      expect(text.endsWith('}')).toBe(false);
      expect(error).toMatchObject({ code: 'TRACKER_REQUEST_INVALID' });
    }
});

test('reads names and numbers as JSON.parse does', () => {
  const anyByte = fc.integer({ min: 0, max: 0xff });
  const anyHash = fc
    .array(anyByte, { minLength: 20, maxLength: 20 })
    .map(bytes => String.fromCharCode(...bytes));
  /** As a client may write it: with more escapes than there need be. */
  const escaped = (text: string) =>
    `"${[...text].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
  fc.assert(
    fc.property(anyHash, anyHash, fc.double({ min: 0, noNaN: true }), fc.nat(3), (hash, peer, left, how) => {
      const text = [hash, peer].map((each, i) => ((how >> i) & 1 ? escaped(each) : JSON.stringify(each)));
      const message = `{"action":"announce","info_hash":${text[0]},"peer_id":${text[1]},"left":${JSON.stringify(left)}}`;
      const { info_hash, peer_id } = JSON.parse(message);
      expect(read(message)).toMatchObject({
        ...{ infoHash: info_hash, peerId: peer_id },
        left: Math.min(Math.floor(left), Number.MAX_SAFE_INTEGER),
      });
    }),
    { numRuns: 200 },
  );
});
