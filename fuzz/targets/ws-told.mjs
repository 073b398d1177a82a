// What a tracker says over WebSocket: texts and numbers in range, a reason that is fit to be shown.

import assert from 'node:assert/strict';
import { parseWsTold } from '../../dist/core/tracker/ws-client.js';
import { outcomeOf } from '../outcome.mjs';

export function run(bytes) {
  return outcomeOf(() => {
    const told = parseWsTold(bytes);
    switch (told.kind) {
      case 'refusal':
        assert.ok(told.reason.length > 0 && told.reason.length <= 600);
        assert.doesNotMatch(told.reason, /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
        assert.ok(told.retryInMinutes === 'never' || isCount(told.retryInMinutes ?? 0));
        assert.ok(isCount(told.intervalSeconds ?? 0));
        break;
      case 'scrape':
        for (const counts of told.counts.values())
          for (const count of Object.values(counts)) assert.ok(isCount(count));
        return `scrape of ${Math.min(told.counts.size, 3)}`;
      case 'reply':
        for (const name of ['intervalSeconds', 'complete', 'incomplete'])
          assert.ok(isCount(told[name] ?? 0), name);
        break;
      default:
        for (const text of [
          told.infoHash,
          told.peerId,
          told.offerId,
          told.description.type,
          told.description.sdp,
        ])
          assert.equal(typeof text, 'string');
    }
    return `${told.kind} of ${Object.keys(told).filter(key => told[key] !== undefined)}`;
  });
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

const passedOn = '"info_hash":"h","peer_id":"p","offer_id":"o"';
export const seeds = [
  '{"action":"announce","interval":120,"info_hash":"\u00ff","complete":0,"incomplete":1}',
  `{"action":"announce","offer":{"type":"offer","sdp":"v=0"},${passedOn}}`,
  `{"action":"announce","answer":{"type":"answer","sdp":"v=0"},${passedOn}}`,
  '{"action":"scrape","files":{"h":{"complete":1,"incomplete":2,"downloaded":3}},"flags":{"min_request_interval":1}}',
  '{"failure reason":"no","interval":60,"retry in":"never"}',
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  ...['{', '}', '[', ']', '"', ':', ',', 'null', '-1', '1e5', '0.5', '9007199254740993', '\\u202e', '\xff'],
  ...[
    '"action":"announce"',
    '"action":"scrape"',
    '"failure reason":',
    '"files":{',
    '"offer":',
    '"answer":null',
  ],
  ...['"__proto__":{}', '"complete":', '"interval":', '"retry in":', '"sdp":"', '[[[[[[[[[[[[[[[['],
];
