// Lookups that are under way, with nodes that answer by hand.

import { describe, expect, it } from 'vitest';
import { formatAddress } from '../bytes/compact-address.ts';
import type { Asked, OwnQuery } from './asking.ts';
import { type Contact, encodeNodes } from './compact-nodes.ts';
import { decodeKrpc, type KrpcAnswer } from './krpc.ts';
import { encodeAnswer } from './krpc-write.ts';
import { DHT_NODE_DEFAULTS } from './options.ts';
import type { DhtOutput } from './output.ts';
import type { OpenQuery } from './queries.ts';
import type { Question, Search } from './search.ts';
import { Searches } from './searches.ts';

const TARGET = new Uint8Array(20).fill(7);

function node(n: number): Contact {
  const id = TARGET.slice();
  id[19]! ^= n;
  return { id, host: `5.${n}.5.5`, port: 6881 };
}

class Looking {
  readonly searches: Searches;
  readonly asked: OpenQuery[] = [];
  readonly outputs: DhtOutput[] = [];
  readonly nodesFound: Search[] = [];
  /** How many queries may be sent. */
  turns = 1000;

  constructor() {
    this.searches = new Searches(
      {
        id: node(255).id,
        options: DHT_NODE_DEFAULTS,
        family: 4,
        verify: () => true,
        emit: output => this.outputs.push(output),
      },
      {
        asking: {
          takeTurn: () => this.turns-- > 0,
          nextTurn: now => now + 100,
          ask: (to, query, now) => this.#ask(to, query, now),
        },
        nodesFound: search => this.nodesFound.push(search),
      },
    );
  }

  begin(question: Question, ...known: number[]): Search {
    const search = this.searches.begin(TARGET, question, known.map(node), []);
    this.searches.timePassed(0);
    return search;
  }

  /** Whom was asked since the last time. */
  hosts(): string[] {
    return this.asked.splice(0).map(({ host }) => host);
  }

  answer(query: OpenQuery, values: object = {}): void {
    const ip = Uint8Array.of(1, 1, 1, 1, 0, 1);
    const { id } = query;
    const bytes = encodeAnswer(Uint8Array.of(1), { id: id!, ...values }, ip);
    this.searches.answered(query, decodeKrpc(bytes) as KrpcAnswer, 0);
  }

  #ask(to: Asked, { method, lookup, candidate }: OwnQuery, now: number): void {
    const { host, port, id } = to;
    const transaction = this.asked.length;
    const known = { key: formatAddress(to), host, port, id, lookup, candidate };
    this.asked.push({ ...known, transaction, method, sentAt: now, isSlow: false });
  }
}

const PEERS: Question = { kind: 'peers' };

describe('lookups that are under way', () => {
  it('ask nobody before whoever began them knows their number', () => {
    const looking = new Looking();
    looking.searches.begin(TARGET, PEERS, [node(1)], []);
    expect(looking.asked).toEqual([]);
    looking.searches.timePassed(0);
    expect(looking.hosts()).toEqual([node(1).host]);
  });

  it('ask those that an answer names, but not ourselves', () => {
    const looking = new Looking();
    looking.begin(PEERS, 9);
    const [query] = looking.asked.splice(0);
    looking.answer(query!, { nodes: encodeNodes([node(3), node(255), node(4)]) });
    expect(looking.hosts()).toEqual([node(3).host, node(4).host]);
  });

  it('tell of peers as they are found, and of their end', () => {
    const looking = new Looking();
    const { lookup } = looking.begin(PEERS, 1);
    looking.answer(looking.asked[0]!, { values: [Uint8Array.of(6, 6, 6, 6, 0, 80)] });
    expect(looking.outputs).toMatchObject([
      { type: 'peers', lookup: lookup.number, addresses: [{ host: '6.6.6.6', port: 80 }] },
      { type: 'done', lookup: lookup.number, result: { nodesAsked: 1, nodesAnswered: 1, peerCount: 1 } },
    ]);
    expect(looking.searches.count).toBe(0);
  });

  it('wait where no query may be sent, and go on when one may', () => {
    const looking = new Looking();
    looking.turns = 1;
    looking.begin(PEERS, 1, 2);
    expect(looking.hosts()).toEqual([node(1).host]);
    expect(looking.searches.nextTimeout(50)).toBe(150);
    looking.turns = 1;
    looking.searches.timePassed(150);
    expect(looking.hosts()).toEqual([node(2).host]);
    expect(looking.searches.nextTimeout(150)).toBe(undefined);
  });

  it('ask another beside one that is late', () => {
    const looking = new Looking();
    looking.begin(PEERS, 1, 2, 3, 4, 5, 6);
    const asked = looking.asked.splice(0);
    expect(asked).toHaveLength(DHT_NODE_DEFAULTS.lookupWidth);
    looking.searches.late(asked[0]!, 1500);
    expect(looking.hosts()).toEqual([node(6).host]);
  });

  it('end when those that were to store something have answered or failed', () => {
    const looking = new Looking();
    looking.begin({ kind: 'peers', announce: { port: 1, isSeed: true } }, 1, 2);
    for (const query of looking.asked.splice(0)) looking.answer(query, { token: Uint8Array.of(1) });
    const [first, second] = looking.asked.splice(0);
    expect([first, second]).toMatchObject([{ method: 'announce_peer' }, { method: 'announce_peer' }]);
    looking.answer(first!);
    expect(looking.outputs).toEqual([]);
    looking.searches.failed(second!, 8000);
    expect(looking.outputs).toMatchObject([{ type: 'done', result: { storedAt: 1 } }]);
  });

  it('store nothing by a token that is longer than any', () => {
    const looking = new Looking();
    looking.begin({ kind: 'peers', announce: { port: 1, isSeed: true } }, 1);
    looking.answer(looking.asked.splice(0)[0]!, { token: new Uint8Array(101) });
    expect(looking.asked).toEqual([]);
    expect(looking.outputs).toMatchObject([{ type: 'done', result: { storedAt: 0 } }]);
  });

  it('for nodes alone are told to who began them, and to nobody else', () => {
    const looking = new Looking();
    const search = looking.begin({ kind: 'nodes' }, 1);
    looking.searches.failed(looking.asked[0]!, 8000);
    expect([looking.nodesFound, looking.outputs]).toEqual([[search], []]);
  });

  it('that are forgotten hear nothing and ask nothing', () => {
    const looking = new Looking();
    const { lookup } = looking.begin(PEERS, 1);
    const [query] = looking.asked.splice(0);
    looking.searches.forget(lookup.number);
    looking.answer(query!, { nodes: encodeNodes([node(3)]), values: [Uint8Array.of(6, 6, 6, 6, 0, 80)] });
    looking.searches.timePassed(1000);
    expect([looking.asked, looking.outputs, looking.searches.count]).toEqual([[], [], 0]);
  });
});
