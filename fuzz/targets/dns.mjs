// What anybody may send in a name server's place to one who has asked it.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { encodeDnsQuestion, parseDnsAnswer } from '../../dist/core/dns/packet.js';

const QUESTIONS = [4, 6].map(family => ({ id: 0x1234, name: 'tracker.example.org', family }));

export function run(bytes) {
  const said = QUESTIONS.map(question => {
    const answer = parseDnsAnswer(bytes, question);
    if (answer === undefined) return 'nothing';
    const { kind, hosts } = answer;
    assert.equal(hosts.length > 0, kind === 'addresses');
    assert.ok(hosts.length <= 32);
    for (const host of hosts) assert.equal(isIP(host), question.family);
    return `${kind} ${Math.min(hosts.length, 3)}`;
  });
  return said.join(', ');
}

const answerTo = (question, flags, count, ...records) => {
  const bytes = Buffer.concat([encodeDnsQuestion(question), ...records]);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(count, 6);
  return new Uint8Array(bytes);
};
const record = (type, data) => {
  const head = Buffer.from('c00c000000010000003c0000', 'hex');
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
};
const address = record(1, Buffer.from([20, 0, 0, 1]));
const address6 = record(28, Buffer.alloc(16, 0x20));
const alias = record(5, Buffer.from('036e6f77c014', 'hex'));
const [v4, v6] = QUESTIONS;

export const seeds = [
  answerTo(v4, 0x8180, 2, address, address),
  answerTo(v4, 0x8180, 2, alias, address),
  answerTo(v6, 0x8180, 1, address6),
  answerTo(v4, 0x8380, 3, address),
  answerTo(v4, 0x8183, 0),
  answerTo(v6, 0x8182, 0),
];
export const tokens = [address, address6, alias].map(bytes => new Uint8Array(bytes));
