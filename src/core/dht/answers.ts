// What a node answers to the queries of others (BEP 5, 32, 33, 44, 51). No answer is longer than 1,024 bytes (BEP 32), nothing
// is sent but to the address that asked, and nothing is stored without a token that was given to it.

import { type Encodable, encode, RawBencode } from '../bencode/encode.ts';
import { scopeOfBytes } from '../bytes/address-scope.ts';
import { concatBytes } from '../bytes/bytes.ts';
import type { Family } from './compact-nodes.ts';
import type { ItemStore, PutRefusal } from './item-store.ts';
import {
  type DhtItem,
  isMutable,
  KEY_LENGTH,
  MAX_SALT_LENGTH,
  MAX_VALUE_LENGTH,
  SIGNATURE_LENGTH,
  signedBytes,
  targetOf,
  type VerifySignature,
} from './items.ts';
import { bytesOf, idOf, integerOf, type KrpcQuery, listOf } from './krpc.ts';
import { encodeAnswer, encodeError } from './krpc-write.ts';
import { ID_LENGTH } from './node-id.ts';
import type { DhtNodeOptions } from './options.ts';
import type { PeerStore } from './peer-store.ts';
import type { RoutingTable } from './routing-table.ts';
import { Spending } from './spending.ts';
import type { Tokens } from './tokens.ts';

/** A node, as far as it is asked things. */
export interface AnsweringNode {
  readonly options: DhtNodeOptions;
  readonly family: Family;
  readonly table: RoutingTable;
  /** Of the other family, where there is one. BEP 32 */
  otherTable(): RoutingTable | undefined;
  readonly tokens: Tokens;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  readonly verify: VerifySignature;
}

/** Who asks. */
export interface Asker {
  readonly host: string;
  readonly port: number;
  /** 4 or 16 bytes, then the port. */
  readonly compact: Uint8Array;
}

type Values = { readonly [key: string]: Encodable | undefined };

class Refusal {
  readonly code: number;
  readonly text: string;

  constructor(code: number, text: string) {
    this.code = code;
    this.text = text;
  }
}

export class Answers {
  readonly #node: AnsweringNode;
  readonly #signatures: Spending;
  #samples: Uint8Array | undefined;
  #samplesAt = 0;

  constructor(node: AnsweringNode) {
    this.#node = node;
    const { maxVerifiedPerSecond } = node.options;
    this.#signatures = new Spending(maxVerifiedPerSecond, maxVerifiedPerSecond);
  }

  answer(query: KrpcQuery, asker: Asker, now: number): Uint8Array {
    const said = this.#values(query, asker, now);
    const { transaction } = query;
    if (said instanceof Refusal) return encodeError(transaction, said.code, said.text, asker.compact);
    return encodeAnswer(transaction, { id: this.#node.table.ownId, ...said }, asker.compact);
  }

  #values(query: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const { args } = query;
    switch (query.method) {
      case 'ping':
        return {};
      case 'find_node': {
        const target = idOf(args, 'target');
        return target === undefined ? lacks('target') : this.#nodes(query, asker, target);
      }
      case 'get_peers':
        return this.#getPeers(query, asker, now);
      case 'announce_peer':
        return this.#announcePeer(query, asker, now);
      case 'get':
        return this.#get(query, asker, now);
      case 'put':
        return this.#put(query, asker, now);
      case 'sample_infohashes':
        return this.#sample(query, asker, now);
      default: {
        // What is not known and has a target is answered with nodes, so that what comes later can be looked up (libtorrent,
        // "Forward Compatibility").
        const target = idOf(args, 'target') ?? idOf(args, 'info_hash');
        return target === undefined ? new Refusal(204, 'Method Unknown') : this.#nodes(query, asker, target);
      }
    }
  }

  /** BEP 32, "find_nodes and get_peers". Who is on a local network with us is nobody else's business. */
  #nodes({ args }: KrpcQuery, asker: Asker, target: Uint8Array): Values {
    const { family, table, options } = this.#node;
    const want = listOf(args, 'want');
    const wants = (other: Family) =>
      want.some(word => word instanceof Uint8Array && word.length === 2 && word[1] === 0x30 + other);
    const isNamed = wants(4) || wants(6);
    const nodesOf = (which: Family) => {
      if (isNamed ? !wants(which) : which !== family) return undefined;
      const asked = which === family ? table : this.#node.otherTable();
      const closest = asked?.closest(target, options.bucketSize, isNear(asker));
      return closest && concatBytes(closest.map(({ compact }) => compact));
    };
    return { nodes: nodesOf(4), nodes6: nodesOf(6) };
  }

  #getPeers(query: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const { args } = query;
    const infoHash = idOf(args, 'info_hash');
    if (infoHash === undefined) return lacks('info_hash');
    const { peers, options } = this.#node;
    const filters = integerOf(args, 'scrape') === 1 ? peers.filtersOf(infoHash) : undefined;
    let nodes = this.#nodes(query, asker, infoHash);
    // Filters and the nodes of both families are more than there is room for.
    if (filters !== undefined && nodes['nodes'] !== undefined)
      nodes = this.#node.family === 4 ? { nodes: nodes['nodes'] } : { nodes6: nodes['nodes6'] };
    const rest =
      MAX_ANSWER_LENGTH - FRAME_LENGTH - nodesLength(nodes) - (filters === undefined ? 0 : FILTERS_LENGTH);
    const count = Math.max(0, Math.floor(rest / (asker.compact.length + 3)));
    const leechersOnly = integerOf(args, 'noseed') === 1;
    const values = peers.peersOf(infoHash, { count, leechersOnly, localToo: isNear(asker) }, now);
    // BEP 33, "Changed announce accounting": no token, no announce.
    const isFull = peers.peerCount(infoHash) >= MAX_FILTERED && options.maxPeersPerSwarm > MAX_FILTERED;
    return {
      ...nodes,
      token: isFull ? undefined : this.#token(asker, infoHash, now),
      values: values.length === 0 ? undefined : values,
      BFsd: filters?.seeds,
      BFpe: filters?.others,
    };
  }

  #announcePeer({ args }: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const infoHash = idOf(args, 'info_hash');
    if (infoHash === undefined) return lacks('info_hash');
    if (!this.#mayStore(args, asker, infoHash, now)) return BAD_TOKEN;
    const isImplied = (integerOf(args, 'implied_port') ?? 0) !== 0;
    const port = isImplied ? asker.port : integerOf(args, 'port');
    if (port === undefined || port <= 0 || port > 65_535) return lacks('port');
    const compact = asker.compact.slice();
    compact[compact.length - 2] = port >>> 8;
    compact[compact.length - 1] = port & 0xff;
    const isSeed = integerOf(args, 'seed') === 1;
    const isStored = this.#node.peers.announce(infoHash, { host: asker.host, port, compact, isSeed }, now);
    return isStored ? {} : NO_ROOM;
  }

  #get(query: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const { args } = query;
    const target = idOf(args, 'target');
    if (target === undefined) return lacks('target');
    const item = this.#node.items.get(target, now);
    const token = this.#token(asker, target, now);
    const nodes = this.#nodes(query, asker, target);
    if (item === undefined) return { ...nodes, token };
    const value = new RawBencode(item.value);
    if (!isMutable(item)) return this.#fitting({ ...nodes, token, v: value });
    const { key: k, seq, signature: sig } = item;
    const known = integerOf(args, 'seq');
    if (known !== undefined && seq <= known) return { ...nodes, token, seq };
    return this.#fitting({ ...nodes, token, k, seq, sig, v: value });
  }

  /** A long value goes out without nodes: who asks has those from others. With its signature it may pass 1,024 bytes. */
  #fitting(values: Values): Values {
    if (encode(values as Encodable).length <= MAX_ANSWER_LENGTH - FRAME_LENGTH) return values;
    return { ...values, nodes: undefined, nodes6: undefined };
  }

  #put({ args }: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const v = args.getBinary('v');
    if (v === undefined) return lacks('v');
    const value = encode(v as Encodable);
    if (value.length > MAX_VALUE_LENGTH) return new Refusal(205, 'message (v field) too big.');
    const item = mutableOf(args, value) ?? { value };
    if (item instanceof Refusal) return item;
    const target = targetOf(item);
    if (!this.#mayStore(args, asker, target, now)) return BAD_TOKEN;
    const { items, verify } = this.#node;
    const refusal = items.refusal(target, item, integerOf(args, 'cas'), now);
    if (refusal !== undefined) return PUT_REFUSALS[refusal];
    if (isMutable(item)) {
      if (!this.#signatures.spend(1, now)) return BUSY;
      const { key, salt, seq, signature } = item;
      if (!verify(key, signedBytes(salt, seq, value), signature))
        return new Refusal(206, 'invalid signature');
    }
    const full = items.put(target, item, now);
    return full === undefined ? {} : PUT_REFUSALS[full];
  }

  /** BEP 51 */
  #sample(query: KrpcQuery, asker: Asker, now: number): Values | Refusal {
    const target = idOf(query.args, 'target');
    if (target === undefined) return lacks('target');
    const { peers } = this.#node;
    const isWhole = this.#samples?.length === MAX_SAMPLES * ID_LENGTH;
    if (!isWhole || now - this.#samplesAt >= 1000 * SAMPLE_SECONDS) {
      this.#samples = concatBytes(peers.sample(MAX_SAMPLES));
      this.#samplesAt = now;
    }
    const interval = SAMPLE_SECONDS - Math.floor((now - this.#samplesAt) / 1000);
    const nodes = this.#nodes(query, asker, target);
    const room = Math.floor((MAX_ANSWER_LENGTH - FRAME_LENGTH - nodesLength(nodes)) / ID_LENGTH);
    const samples = this.#samples!.subarray(0, room * ID_LENGTH);
    return { ...nodes, interval, num: peers.swarmCount, samples };
  }

  #token({ compact }: Asker, target: Uint8Array, now: number): Uint8Array {
    return this.#node.tokens.issue(compact.subarray(0, compact.length - 2), target, now);
  }

  #mayStore(args: KrpcQuery['args'], { compact }: Asker, target: Uint8Array, now: number): boolean {
    const token = bytesOf(args, 'token');
    const ip = compact.subarray(0, compact.length - 2);
    return token !== undefined && this.#node.tokens.accepts(token, ip, target, now);
  }
}

/** Undefined where it is not a mutable one. The bytes are the datagram's: they are copied. */
function mutableOf(args: KrpcQuery['args'], value: Uint8Array): DhtItem | Refusal | undefined {
  const key = bytesOf(args, 'k');
  if (key === undefined) return undefined;
  const signature = bytesOf(args, 'sig');
  const seq = integerOf(args, 'seq');
  const salt = bytesOf(args, 'salt') ?? NOTHING;
  if (key.length !== KEY_LENGTH || signature?.length !== SIGNATURE_LENGTH || seq === undefined)
    return new Refusal(203, 'Protocol Error, invalid k, sig or seq');
  if (salt.length > MAX_SALT_LENGTH) return new Refusal(207, 'salt (salt field) too big.');
  return { value, key: key.slice(), salt: salt.slice(), seq, signature: signature.slice() };
}

/** On a local network, or on this machine. */
function isNear({ compact }: Asker): boolean {
  return scopeOfBytes(compact.subarray(0, compact.length - 2)) !== 'public';
}

function nodesLength({ nodes, nodes6 }: Values): number {
  return lengthOf(nodes) + lengthOf(nodes6);
}

function lengthOf(value: Encodable | undefined): number {
  return value instanceof Uint8Array ? value.length + 14 : 0;
}

function lacks(what: string): Refusal {
  return new Refusal(203, `Protocol Error, invalid ${what}`);
}

const NOTHING = new Uint8Array(0);
// BEP 5, "Errors"; BEP 44, "Errors".
const BAD_TOKEN = new Refusal(203, 'Protocol Error, bad token');
const NO_ROOM = new Refusal(202, 'Server Error, no room');
const BUSY = new Refusal(202, 'Server Error, busy');
const PUT_REFUSALS: Readonly<Record<PutRefusal, Refusal>> = {
  'cas-mismatch': new Refusal(301, 'the CAS hash mismatched, re-read value and try again.'),
  'old-seq': new Refusal(302, 'sequence number less than current.'),
  'no-room': NO_ROOM,
};
// BEP 32, "Maximum packet size".
const MAX_ANSWER_LENGTH = 1024;
/** All that an answer has beside nodes, values and filters: ids, token, transaction, address, keys. */
const FRAME_LENGTH = 180;
const FILTERS_LENGTH = 2 * (256 + 10);
// BEP 33, "Changed announce accounting".
const MAX_FILTERED = 6000;
// BEP 51: 20 samples and six hours, as libtorrent has it.
const MAX_SAMPLES = 20;
const SAMPLE_SECONDS = 21_600;
