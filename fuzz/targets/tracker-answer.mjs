// What HTTP trackers answer, to an announce and to a scrape: numbers in range, addresses that are some, texts fit to show.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { parseAnnounceAnswer, parseScrapeAnswer } from '../../dist/core/tracker/http-answer.js';
import { outcomeOf } from '../outcome.mjs';

export function run(bytes) {
  return [outcomeOf(() => announce(bytes)), outcomeOf(() => scrape(bytes))].join('; ');
}

function announce(bytes) {
  const answer = parseAnnounceAnswer(bytes);
  if (answer.kind === 'refusal') return refusal(answer);
  assert.ok(isCount(answer.intervalSeconds));
  for (const key of ['minIntervalSeconds', 'complete', 'incomplete', 'downloaded']) {
    assert.ok(answer[key] === undefined || isCount(answer[key]), key);
  }
  assert.ok(answer.peers.length <= 4000);
  for (const { host, port } of answer.peers) {
    assert.notEqual(isIP(host), 0);
    assert.ok(Number.isInteger(port) && port >= 0 && port < 65_536);
  }
  if (answer.externalIp !== undefined) assert.notEqual(isIP(answer.externalIp), 0);
  if (answer.warning !== undefined) checkShown(answer.warning);
  return `answer of ${Object.keys(answer).join()}, ${Math.min(answer.peers.length, 3)} peers`;
}

function scrape(bytes) {
  const hashes = [new Uint8Array(20).fill(0x61), new Uint8Array(20).fill(0x62)];
  const answer = parseScrapeAnswer(bytes, hashes);
  if (!Array.isArray(answer)) return refusal(answer);
  assert.equal(answer.length, 2);
  for (const counts of answer) for (const count of Object.values(counts ?? {})) assert.ok(isCount(count));
  return `scrape of ${answer.map(counts => counts !== undefined)}`;
}

function refusal(answer) {
  checkShown(answer.reason);
  const { retryInMinutes, intervalSeconds } = answer;
  assert.ok(retryInMinutes === undefined || retryInMinutes === 'never' || isCount(retryInMinutes));
  assert.ok(intervalSeconds === undefined || isCount(intervalSeconds));
  return `refusal of ${Object.keys(answer).join()}`;
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function checkShown(text) {
  assert.ok(text.length > 0 && text.length <= 600);
  assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
}

export const seeds = [
  'd8:completei1e10:downloadedi2e10:incompletei3e8:intervali1800e12:min intervali900e5:peers12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x1a\xe16:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x1a\xe1e',
  'd8:intervali60e5:peersld2:ip7:1.2.3.47:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti80eed2:ip11:2001:db8::14:porti81eed2:ip9:localhost4:porti82eeee',
  'd14:failure reason12:not for you.8:intervali120e8:retry ini5ee',
  'd14:failure reason4:gone8:retry in5:nevere',
  'd11:external ip4:\x09\x08\x07\x068:intervali1e5:peers0:10:tracker id3:abc15:warning message5:smalle',
  `d5:filesd20:${'a'.repeat(20)}d8:completei5e10:downloadedi50e10:incompletei10ee20:${'b'.repeat(20)}d8:completei0eee5:flagsd20:min_request_intervali60eee`,
  '<html><body>404</body></html>',
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  'complete',
  'incomplete',
  'downloaded',
  'interval',
  'min interval',
  'peers',
  'peers6',
  'external ip',
  'tracker id',
  'warning message',
  'failure reason',
  'retry in',
  'files',
  'never',
  'ip',
  'port',
  'peer id',
  '127.0.0.1',
  '::',
  '::ffff:1.2.3.4',
  '1.2.3.256',
  'i0e',
  'i-1e',
  'i65536e',
  'i9007199254740992e',
  'd2:ip7:1.2.3.44:porti1ee',
  '0:',
  'le',
  'de',
  '\u202e',
  '\x1b[31m',
];

export const bencoded = true;
