// For tests: one node, and whoever speaks to it by hand. What it sends to the stranger is read as the stranger would.

import { encodeCompact } from '../src/core/bytes/compact-address.ts';
import { seededRandom } from '../src/core/bytes/prng.ts';
import type { Contact } from '../src/core/dht/compact-nodes.ts';
import type { VerifySignature } from '../src/core/dht/items.ts';
import { decodeKrpc, type KrpcAnswer, type KrpcMessage, type KrpcQuery } from '../src/core/dht/krpc.ts';
import { encodeAnswer, encodeQuery } from '../src/core/dht/krpc-write.ts';
import { DhtNode } from '../src/core/dht/node.ts';
import type { DhtNodeOptions } from '../src/core/dht/options.ts';
import type { DhtOutput } from '../src/core/dht/output.ts';
import { secureId } from '../src/core/dht/secure-id.ts';

export interface Sent {
  readonly host: string;
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly message: KrpcMessage;
}

export class Talk {
  readonly node: DhtNode;
  now = 1000;
  readonly outputs: DhtOutput[] = [];
  readonly #told = new Map<string, Uint8Array>();

  /** `other`: its node of IPv6. */
  constructor(options: Partial<DhtNodeOptions> = {}, verify: VerifySignature = () => true, other?: DhtNode) {
    const deps = { random: seededRandom(1), secrets: seededRandom(2), verify, other: () => other };
    this.node = new DhtNode(4, options, deps);
  }

  /** What it sends now. Other outputs are kept in `outputs`. */
  sent(): Sent[] {
    const sent: Sent[] = [];
    for (let output = this.node.poll(); output !== undefined; output = this.node.poll()) {
      if (output.type === 'send') sent.push({ ...output, message: decodeKrpc(output.bytes) });
      else this.outputs.push(output);
    }
    return sent;
  }

  /** Nodes that were told of: a liar answers for them under the id that it has given them. */
  learn(nodes: readonly Contact[]): void {
    for (const { id, host, port } of nodes) this.#told.set(`${host}:${port}`, id);
  }

  idTold({ host, port }: Sent): Uint8Array | undefined {
    return this.#told.get(`${host}:${port}`);
  }

  pass(ms: number): Sent[] {
    this.now += ms;
    this.node.timePassed(this.now);
    return this.sent();
  }
}

export class Stranger {
  readonly host: string;
  readonly port: number;
  readonly id: Uint8Array;
  readonly #talk: Talk;

  constructor(talk: Talk, host = '9.8.7.6', port = 6881) {
    this.host = host;
    this.port = port;
    this.#talk = talk;
    this.id = secureId(encodeCompact({ host, port })!.subarray(0, -2), seededRandom(port));
  }

  /** Asks, and gives what is answered; the node may ask in turn: `asked`. */
  ask(method: string, args: object, more: { readonly isReadOnly?: boolean } = {}): Sent | undefined {
    this.query(method, args, more);
    return this.#talk.sent().find(({ message }) => message.kind !== 'query');
  }

  /** Asks, and looks at nothing. */
  query(method: string, args: object, more: { readonly isReadOnly?: boolean } = {}): void {
    const bytes = encodeQuery({
      transaction: Uint8Array.of(1, 2),
      method,
      args: { id: this.id, ...args },
      isReadOnly: more.isReadOnly ?? false,
    });
    this.send(bytes);
  }

  /** The same, where it is to be answered as asked. */
  answerTo(method: string, args: object): KrpcAnswer['values'] {
    const message = this.ask(method, args)?.message;
    if (message?.kind !== 'answer') throw new Error(`It did not answer: ${JSON.stringify(message)}`);
    return message.values;
  }

  /** And where it is to be refused: the code. */
  refusalOf(method: string, args: object): number {
    const message = this.ask(method, args)?.message;
    if (message?.kind !== 'error') throw new Error(`It did not refuse: ${JSON.stringify(message)}`);
    return message.code;
  }

  send(bytes: Uint8Array): void {
    this.#talk.node.received(bytes, this.host, this.port, this.#talk.now);
  }

  /** Answers a query of the node's. */
  answer(query: Sent, values: object = {}, ip?: Uint8Array): void {
    const { transaction } = query.message as KrpcQuery;
    this.send(encodeAnswer(transaction, { id: this.id, ...values }, ip ?? Uint8Array.of(1, 1, 1, 1, 0, 1)));
  }
}
