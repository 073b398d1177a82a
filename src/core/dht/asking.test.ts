import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { Asking } from './asking.ts';
import { decodeKrpc, type KrpcQuery, listOf } from './krpc.ts';
import { DHT_NODE_DEFAULTS, type DhtNodeOptions } from './options.ts';
import { OpenQueries } from './queries.ts';

const ID = new Uint8Array(20).fill(7);
const TO = { host: '5.5.5.5', port: 6881, id: undefined };

function asking(more: Partial<DhtNodeOptions> = {}, wantsOtherFamily = false) {
  const options = { ...DHT_NODE_DEFAULTS, ...more };
  const sent: { readonly host: string; readonly query: KrpcQuery }[] = [];
  const queries = new OpenQueries(options, seededRandom(1));
  const node = {
    options,
    id: ID,
    wantsOtherFamily,
    emit: (output: Parameters<ConstructorParameters<typeof Asking>[0]['emit']>[0]) => {
      if (output.type !== 'send') throw new Error(`Not ${output.type}.`);
      sent.push({ host: output.host, query: decodeKrpc(output.bytes) as KrpcQuery });
    },
  };
  return { asking: new Asking(node, queries), queries, sent };
}

describe('what a node asks', () => {
  it('bears its id and a transaction id that the answer is taken by', () => {
    const { asking: it, queries, sent } = asking();
    it.ask(TO, { method: 'get_peers', args: { info_hash: ID } }, 100);
    expect(sent).toMatchObject([
      { host: TO.host, query: { method: 'get_peers', id: ID, isReadOnly: false } },
    ]);
    const { transaction } = sent[0]!.query;
    expect(queries.take(transaction, '5.5.5.6:6881')).toBe(undefined);
    expect(queries.take(transaction, '5.5.5.5:6881')).toMatchObject({ method: 'get_peers', sentAt: 100 });
  });

  it('names both families where the other has too few nodes, and says where it is not to be asked', () => {
    const { asking: it, sent } = asking({ isReadOnly: true }, true);
    it.ask(TO, { method: 'find_node', args: { target: ID } }, 0);
    it.ask(TO, { method: 'ping', args: {} }, 0);
    expect(sent.map(({ query }) => listOf(query.args, 'want').length)).toEqual([2, 0]);
    expect(sent[0]!.query.isReadOnly).toBe(true);
  });

  it('is so much a second, and half as much at once', () => {
    const { asking: it } = asking({ maxQueriesPerSecond: 10 });
    const turns = (now: number) => {
      let count = 0;
      while (it.takeTurn(now)) count++;
      return count;
    };
    expect(turns(0)).toBe(5);
    expect(it.nextTurn(0)).toBeGreaterThanOrEqual(100);
    expect(turns(it.nextTurn(0))).toBe(1);
  });

  it('is no second ping while the first is under way', () => {
    const { asking: it, queries, sent } = asking();
    it.ping(TO, 0);
    it.ping(TO, 10);
    expect(sent).toHaveLength(1);
    queries.take(sent[0]!.query.transaction, '5.5.5.5:6881');
    it.ping(TO, 20);
    expect(sent).toHaveLength(2);
  });

  it('is no more pings than there may be', () => {
    const { asking: it, sent } = asking({ maxPingsPerSecond: 2 });
    for (let i = 0; i < 100; i++) it.ping({ ...TO, host: `5.5.5.${i}` }, 0);
    expect(sent).toHaveLength(8);
    for (let i = 0; i < 100; i++) it.ping({ ...TO, host: `5.5.6.${i}` }, 1000);
    expect(sent).toHaveLength(10);
  });
});
