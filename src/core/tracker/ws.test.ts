import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { JsonReader } from './json-reader.ts';
import { parseWsRequest, wsOfferMessage, wsScrapeReply } from './ws.ts';

const HASH = '\u00ff\u0000"\\\u007f'.padEnd(20, 'h');
const PEER = 'p'.repeat(20);
const named = { info_hash: HASH, peer_id: PEER };
const parse = (message: object, limits = {}) => parseWsRequest(JSON.stringify(message), limits);

test('reads an announce with offers, which stay the text that they were', () => {
  const offer = ' { "type" : "offer", "sdp":"v=0\\r\\n\\u00e9" }';
  const text = `{"action":"announce","offers":[{"offer":${offer},"offer_id":"o"}],"left":5.5,"numwant":-1,
    "info_hash":${JSON.stringify(HASH)},"peer_id":"${PEER}","event":"started","trackerid":null,"more":[{"a":[]}]}`;
  expect(parseWsRequest(text)).toEqual({
    ...{
      kind: 'announce',
      infoHash: HASH,
      peerId: PEER,
      uploaded: 0,
      downloaded: 0,
      left: 5,
      event: 'started',
    },
    ...{ numWant: 1, offers: [{ offerId: 'o', offer: offer.trim() }] },
  });
  expect(JSON.parse(wsOfferMessage(HASH, PEER, { offerId: 'o', offer }))).toEqual({
    ...{ action: 'announce', offer: { type: 'offer', sdp: 'v=0\r\né' }, offer_id: 'o' },
    ...named,
  });
});

test('reads an answer and scrapes', () => {
  const answer = { type: 'answer', sdp: 'x' };
  expect(parse({ action: 'announce', ...named, to_peer_id: HASH, offer_id: 'o', answer })).toEqual({
    ...{ kind: 'answer', infoHash: HASH, peerId: PEER, toPeerId: HASH, offerId: 'o' },
    answer: JSON.stringify(answer),
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
])('%s', (_, message) => {
  test('is refused with a sentence', () => {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    expect(() => parseWsRequest(text)).toThrow(expect.objectContaining({ code: 'TRACKER_REQUEST_INVALID' }));
  });
});

test('agrees with JSON.parse on what is JSON, and passes it on unchanged', () => {
  const reads = (text: string): string | undefined => {
    try {
      const json = new JsonReader(text, 20);
      const raw = json.raw();
      json.end();
      return raw;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return undefined;
    }
  };
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '\\', '1', ']', ' '),
      (value, at, extra) => {
        const whole = JSON.stringify(value);
        expect(reads(whole)).toBe(whole);
        const place = at % (whole.length + 1);
        const changed = whole.slice(0, place) + extra + whole.slice(place + 1);
        expect(reads(changed) !== undefined).toBe(isJson(changed));
      },
    ),
    { numRuns: 500 },
  );
});

test('writes a scrape without what it does not know', () => {
  const counts = [undefined, { complete: 1, incomplete: 2, downloaded: 3 }];
  expect(JSON.parse(wsScrapeReply([HASH, PEER], counts, 60))).toEqual({
    ...{ action: 'scrape', files: { [PEER]: { complete: 1, incomplete: 2, downloaded: 3 } } },
    flags: { min_request_interval: 60 },
  });
});
