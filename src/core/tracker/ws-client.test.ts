import { expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { WsRequestReader } from './ws.ts';
import { parseWsTold, wsAnnounceText, wsAnswerText, wsScrapeText } from './ws-client.ts';
import { WsMessageWriter, wsRefusal, wsScrapeReply } from './ws-messages.ts';

const HASH = 'h\0"\\é\x7fÿ'.padEnd(20, 'h');
const A = 'a'.repeat(20);
const B = 'ÿ'.repeat(20);
const offer = { type: 'offer', sdp: 'v=0\r\n' };
const answer = { type: 'answer', sdp: 'v=0\r\na=é\r\n' };

test('a tracker reads what a client says, and a client what a tracker passes on of it', () => {
  const reader = new WsRequestReader();
  const writer = new WsMessageWriter();
  const announce = { infoHash: HASH, peerId: A, left: 7, event: 'started' } as const;
  const said = encodeUtf8(wsAnnounceText({ ...announce, offers: [{ offerId: B, offer }] }));
  const asked = reader.read(said);
  if (asked.kind !== 'announce') throw new Error(`It is read as ${asked.kind}.`);
  expect(asked).toMatchObject({ ...announce, numWant: 1, offers: [{ offerId: B }] });
  const offered = parseWsTold(writer.offer(HASH, A, asked.offers[0]!, said));
  expect(offered).toEqual({ kind: 'offer', infoHash: HASH, peerId: A, offerId: B, description: offer });
  if (offered.kind !== 'offer') return;

  const back = encodeUtf8(wsAnswerText(offered, B, answer));
  const answered = reader.read(back);
  if (answered.kind !== 'answer') throw new Error(`It is read as ${answered.kind}.`);
  expect(answered).toMatchObject({ infoHash: HASH, peerId: B, toPeerId: A, offerId: B });
  expect(parseWsTold(writer.answer(HASH, answered, back))).toEqual({
    ...{ kind: 'answer', infoHash: HASH, peerId: B, offerId: B, description: answer },
  });
  expect(reader.read(encodeUtf8(wsScrapeText(HASH)))).toEqual({ kind: 'scrape', infoHashes: [HASH] });
});

test('reads the answer to an announce, the answer to a scrape, and a refusal', () => {
  const counts = { complete: 1, incomplete: 2, downloaded: 3 };
  expect(parseWsTold(new WsMessageWriter().announceReply(HASH, counts, 120))).toEqual({
    ...{ kind: 'reply', infoHash: HASH, intervalSeconds: 120, complete: 1, incomplete: 2 },
  });
  expect(parseWsTold(wsScrapeReply([HASH, A], [counts, undefined], 120))).toEqual({
    kind: 'scrape',
    counts: new Map([[HASH, counts]]),
  });
  const refused = { reason: 'Not today.', retryInMinutes: 5, intervalSeconds: 300 } as const;
  expect(parseWsTold(wsRefusal(refused, 'announce'))).toEqual({ kind: 'refusal', ...refused });
});

test('what says less than it might is read as far as it goes', () => {
  const told = (value: unknown) => parseWsTold(encodeUtf8(JSON.stringify(value)));
  expect(told({ action: 'announce', info_hash: A, offer: null, interval: -1, complete: '7' })).toEqual({
    ...{ kind: 'reply', infoHash: A, intervalSeconds: undefined, complete: undefined, incomplete: undefined },
  });
  expect(told({ 'failure reason': 'no\n\u202emore', 'retry in': 'never' })).toEqual({
    ...{ kind: 'refusal', reason: 'no more', retryInMinutes: 'never' },
  });
  expect(told({ 'failure reason': 7 })).toMatchObject({ reason: 'It does not say why.' });
});

test.each([
  ['a page', '<html>'],
  ['nothing', ''],
  ['a list', '[]'],
  ['no action', '{}'],
  ['another action', '{"action":"stats"}'],
  ['no hash', '{"action":"announce"}'],
  [
    'an offer of nobody',
    '{"action":"announce","info_hash":"h","offer":{"type":"offer","sdp":""},"offer_id":"o"}',
  ],
  ['an offer that is none', '{"action":"announce","info_hash":"h","offer":{},"peer_id":"p","offer_id":"o"}'],
  ['a scrape without files', '{"action":"scrape"}'],
])('refuses %s', (_, text) => {
  expect(() => parseWsTold(encodeUtf8(text))).toThrow(
    expect.objectContaining({ code: 'TRACKER_ANSWER_INVALID' }),
  );
});
