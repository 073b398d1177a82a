import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { decodeKrpc } from '../core/dht/krpc.ts';
import { encodeAnswer } from '../core/dht/krpc-write.ts';
import { NamedNodes } from './named-nodes.ts';

const ID = new Uint8Array(20).fill(1);
const IP = Uint8Array.of(1, 2, 3, 4, 0, 5);
const answerTo = (ping: Uint8Array) => encodeAnswer(decodeKrpc(ping).transaction, { id: ID }, IP);

describe('nodes that are known by name', () => {
  it('are where an answer to their ping comes from, once, and from their port alone', () => {
    const nodes = new NamedNodes(seededRandom(1));
    const ping = nodes.ping({ host: 'router.example', port: 6881 }, ID);
    expect(decodeKrpc(ping)).toMatchObject({ kind: 'query', method: 'ping', isReadOnly: true });
    const answer = answerTo(ping);
    expect(nodes.hasAnswered(answer, 6882)).toBe(false);
    expect(nodes.hasAnswered(answer, 6881)).toBe(true);
    expect(nodes.hasAnswered(answer, 6881)).toBe(false);
  });

  it('are not found by what is no answer, or answers something else', () => {
    const nodes = new NamedNodes(seededRandom(1));
    const ping = nodes.ping({ host: 'router.example', port: 6881 }, ID);
    const other = encodeAnswer(new Uint8Array(8), { id: ID }, IP);
    for (const bytes of [ping, other, Uint8Array.of(100), new Uint8Array(0)])
      expect(nodes.hasAnswered(bytes, 6881)).toBe(false);
    expect(nodes.hasAnswered(answerTo(ping), 6881)).toBe(true);
  });

  it('are forgotten in the order in which they were asked, where they are many', () => {
    const nodes = new NamedNodes(seededRandom(1));
    const pings = Array.from({ length: 40 }, (_, port) =>
      nodes.ping({ host: 'a.example', port: port + 1 }, ID),
    );
    const answered = pings.filter((ping, port) => nodes.hasAnswered(answerTo(ping), port + 1));
    expect(answered).toEqual(pings.slice(-32));
  });
});
