// What a client asks an HTTP tracker: the query of an announce or a scrape. What is read can be written and read again.

import assert from 'node:assert/strict';
import {
  announceUrl,
  parseAnnounceQuery,
  parseScrapeQuery,
  scrapeUrl,
} from '../../dist/core/tracker/http-request.js';
import { outcomeOf } from '../outcome.mjs';

export function run(bytes) {
  // HTTP servers hand the request's first line out as one unit a byte.
  const query = Buffer.from(bytes).latin1Slice();
  return [outcomeOf(() => announce(query)), outcomeOf(() => scrape(query))].join('; ');
}

function announce(query) {
  const facts = parseAnnounceQuery(query);
  assert.equal(facts.infoHash.length, 20);
  assert.equal(facts.peerId.length, 20);
  assert.ok(Number.isInteger(facts.port) && facts.port > 0 && facts.port < 65_536);
  for (const count of [facts.uploaded, facts.downloaded, facts.left, facts.numWant ?? 0]) {
    assert.ok(Number.isSafeInteger(count) && count >= 0);
  }
  const url = announceUrl('http://tracker.example/announce', { ...facts, key: 1 });
  // A client of ours never says an address; a tracker behind a proxy that it trusts reads one.
  const { ip: _, ...said } = facts;
  assert.deepEqual(parseAnnounceQuery(url.slice(url.indexOf('?') + 1)), { ...said, compact: true });
  return `announce of ${Object.keys(facts).join()}, ${facts.event}`;
}

function scrape(query) {
  const hashes = parseScrapeQuery(query, 3);
  assert.ok(hashes.length > 0 && hashes.length <= 3);
  const url = scrapeUrl('http://tracker.example/announce', hashes);
  assert.deepEqual(parseScrapeQuery(url.slice(url.indexOf('?') + 1), 3), hashes);
  return `scrape of ${hashes.length}`;
}

const hash = '%12%34Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A';
export const seeds = [
  `info_hash=${hash}&peer_id=-SL0001-abcdefghijkl&port=6881&uploaded=0&downloaded=0&left=100&event=started&compact=1&numwant=50&key=ABCD`,
  `info_hash=${hash}&peer_id=-SL0001-abcdefghijkl&port=1&compact=0&left=0&event=completed&ip=1.2.3.4&trackerid=x`,
  `info_hash=${hash}&info_hash=aaaaaaaaaaaaaaaaaaaa`,
  `passkey=x&info_hash=${hash}`,
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  '&',
  '=',
  '%',
  '%00',
  '%ff',
  '%FF',
  '%g0',
  '%2',
  '+',
  '?',
  '#',
  ';',
  'info_hash=',
  'peer_id=',
  '&port=',
  '&port=0',
  '&port=65536',
  '&left=',
  '&left=-1',
  '&numwant=-1',
  '&event=',
  'stopped',
  'paused',
  'empty',
  '&compact=0',
  '&uploaded=99999999999999999999',
  '&'.repeat(513),
  'aaaaaaaaaaaaaaaaaaaa',
  `&info_hash=${hash}`,
  '\xe9',
  ' ',
  '\0',
];
