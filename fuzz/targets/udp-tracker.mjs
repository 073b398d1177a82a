// What arrives by UDP where a tracker was asked: read over both families, and given to an exchange that has questions open.
// The first byte says to whom: a connect, an announce or a scrape; the transaction is put right, so that it gets through.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { MAX_UDP_SCRAPE, parseUdpAnswer, udpTransactionId } from '../../dist/core/tracker/udp.js';
import { UdpExchange } from '../../dist/core/tracker/udp-exchange.js';
import { outcomeOf } from '../outcome.mjs';

export function run(bytes) {
  return (
    [4, 16].map(width => outcomeOf(() => check(parseUdpAnswer(bytes, width)))).join('; ') + exchanged(bytes)
  );
}

function check(answer) {
  switch (answer.action) {
    case 'connect':
      assert.equal(answer.connectionId.length, 8);
      return 'connect';
    case 'announce': {
      const { peers, intervalSeconds, complete = 0, incomplete = 0 } = answer.answer;
      for (const count of [intervalSeconds, complete, incomplete])
        assert.ok(Number.isSafeInteger(count) && count >= 0);
      assert.ok(peers.length <= 2000);
      for (const { host, port } of peers) {
        assert.notEqual(isIP(host), 0);
        assert.ok(Number.isInteger(port) && port >= 0 && port < 65_536);
      }
      return `announce of ${Object.keys(answer.answer).join()}, ${Math.min(peers.length, 3)} peers`;
    }
    case 'scrape':
      assert.ok(answer.counts.length <= MAX_UDP_SCRAPE);
      for (const counts of answer.counts)
        for (const count of Object.values(counts)) assert.ok(Number.isSafeInteger(count) && count >= 0);
      return `scrape of ${Math.min(answer.counts.length, 3)}`;
    default:
      assert.ok(answer.reason.length > 0 && answer.reason.length <= 600);
      assert.doesNotMatch(answer.reason, /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
      return answer.action;
  }
}

/** Datagrams, each with its length before it, to an exchange: no question ends twice, and all of them end. */
function exchanged(bytes) {
  const exchange = new UdpExchange({ retransmits: 2 }, { random: seededRandom(1) });
  const open = new Set(
    QUESTIONS.map((question, i) => exchange.ask(ADDRESSES[i % ADDRESSES.length], question, 0)),
  );
  const said = [];
  let sent = [];
  let now = 0;
  const drain = () => {
    for (let output = exchange.poll(); output !== undefined; output = exchange.poll()) {
      if (output.type === 'send') {
        sent.push(output);
        continue;
      }
      said.push(output.type);
      assert.ok(open.delete(output.id), 'a question ended twice');
    }
    sent = sent.slice(-20);
  };
  drain();
  for (let at = 0; at < bytes.length; ) {
    const datagram = bytes.slice(at + 2, at + 2 + bytes[at]);
    // Which of the datagrams that were sent this one answers.
    const asked = sent[bytes[at + 1] % sent.length];
    if (asked !== undefined) {
      if (datagram.length >= 8) datagram.set(asked.bytes.subarray(12, 16), 4);
      const isOurs = exchange.received(asked.to, datagram, now);
      if (udpTransactionId(datagram) === undefined) assert.equal(isOurs, false);
    }
    drain();
    at += 2 + bytes[at];
    now += 7000;
    exchange.timePassed(now);
    drain();
  }
  for (let due = exchange.nextTimeout(); due !== undefined; due = exchange.nextTimeout()) {
    exchange.timePassed(due);
    drain();
  }
  assert.equal(open.size, 0, 'a question never ended');
  return said.slice(0, 4).join();
}

const ADDRESSES = [
  { host: '192.0.2.1', port: 80 },
  { host: '2001:db8::1', port: 80 },
];
const request = {
  infoHash: new Uint8Array(20),
  peerId: new Uint8Array(20),
  port: 1,
  uploaded: 0,
  downloaded: 0,
  left: 0,
  key: 0,
};
const QUESTIONS = [
  { kind: 'announce', request, urlData: '' },
  { kind: 'announce', request, urlData: '/announce' },
  { kind: 'scrape', infoHashes: [new Uint8Array(20)] },
];

const words = (...numbers) =>
  numbers.flatMap(number => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]);
const connect = words(0, 7, 0x11223344, 0x55667788);
const announce = [...words(1, 7, 1800, 2, 3), 192, 0, 2, 1, 26, 225, 192, 0, 2, 2, 26, 225];
const scrape = words(2, 7, 1, 2, 3);
const refusal = [...words(3, 7), ...Buffer.from('not registered\u001b[2J')];
const addressed = (to, datagram) => [datagram.length, to, ...datagram];

export const seeds = [
  connect,
  announce,
  [...words(1, 7, 1800, 0, 0), 0x20, 1, 13, 184, ...Array(11).fill(0), 1, 26, 225],
  words(1, 7, -1, -1, -1),
  scrape,
  refusal,
  words(1, 7),
  [...addressed(0, connect), ...addressed(2, announce), ...addressed(1, connect), ...addressed(4, announce)],
  [...addressed(0, refusal), ...addressed(1, refusal)],
  [...addressed(0, connect), ...addressed(2, refusal), ...addressed(3, connect), ...addressed(3, scrape)],
].map(bytes => Uint8Array.from(bytes));

export const tokens = [connect, announce, scrape, refusal, words(0), words(1), words(2), words(3)].map(
  bytes => String.fromCharCode(...bytes.map(byte => byte & 255)),
);
