import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WsMessageWriter, wsRefusal, wsScrapeReply } from './ws-messages.ts';

const said = (message: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(message));

test('writes an answer as JSON.stringify does', () => {
  const writer = new WsMessageWriter();
  const anyHash = fc
    .array(fc.integer({ min: 0, max: 0xff }), { minLength: 20, maxLength: 20 })
    .map(bytes => String.fromCharCode(...bytes));
  fc.assert(
    fc.property(anyHash, fc.nat(), fc.nat(), fc.nat(), (infoHash, complete, incomplete, interval) => {
      const reply = writer.announceReply(infoHash, { complete, incomplete }, interval);
      expect(new TextDecoder().decode(reply)).toBe(
        JSON.stringify({ action: 'announce', interval, info_hash: infoHash, complete, incomplete }),
      );
    }),
  );
});

test('an offer of any length goes in as it came', () => {
  const writer = new WsMessageWriter();
  for (const length of [0, 100, 16_384, 10]) {
    const offer = `{"sdp":"${'é'.repeat(length)}"}`;
    const text = `"id"${offer}`;
    const bytes = new TextEncoder().encode(text);
    const parts = {
      offerId: 'id',
      offerIdPart: { start: 0, end: 4 },
      offer: { start: 4, end: bytes.length },
    };
    expect(said(writer.offer('h'.repeat(20), 'p'.repeat(20), parts, bytes))).toEqual({
      ...{ action: 'announce', offer: JSON.parse(offer), offer_id: 'id' },
      ...{ peer_id: 'p'.repeat(20), info_hash: 'h'.repeat(20) },
    });
  }
});

test('writes a scrape without what it does not know', () => {
  const counts = [undefined, { complete: 1, incomplete: 2, downloaded: 3 }];
  expect(said(wsScrapeReply(['\u00ff'.repeat(20), 'p'.repeat(20)], counts, 60))).toEqual({
    ...{ action: 'scrape', files: { ['p'.repeat(20)]: counts[1] } },
    flags: { min_request_interval: 60 },
  });
});

test('writes a refusal with what there is to say', () => {
  const reason = 'This tracker does not serve this torrent.';
  expect(said(wsRefusal({ reason }, 'scrape'))).toEqual({ action: 'scrape', 'failure reason': reason });
  expect(said(wsRefusal({ reason, intervalSeconds: 60, retryInMinutes: 1 }, 'announce', '\u00ff'))).toEqual({
    ...{ action: 'announce', info_hash: '\u00ff', 'failure reason': reason, interval: 60, 'retry in': 1 },
  });
});
