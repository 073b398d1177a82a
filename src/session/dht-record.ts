// What is remembered of the DHT from one run to the next: the nodes that answered last, and our id, which others know us by
// at our port: somebody at another port is somebody else. One small file beside the records of torrents.

import { BencodeDictionary, decode } from '../core/bencode/decode.ts';
import { encode } from '../core/bencode/encode.ts';
import { type Contact, decodeNodes, encodeNodes } from '../core/dht/compact-nodes.ts';
import { bytesOf, idOf, integerOf } from '../core/dht/krpc.ts';
import { ProtocolError } from '../core/errors.ts';

/** Of one family of addresses. */
export interface DhtMemory {
  readonly id: Uint8Array | undefined;
  readonly port: number | undefined;
  readonly nodes: readonly Contact[];
}

export type DhtRecord = Readonly<Record<4 | 6, DhtMemory>>;

export function encodeDhtRecord(record: DhtRecord): Uint8Array {
  const { [4]: ipv4, [6]: ipv6 } = record;
  return encode({
    id: ipv4.id,
    id6: ipv6.id,
    nodes: encodeNodes(ipv4.nodes),
    nodes6: encodeNodes(ipv6.nodes),
    port: ipv4.port,
    port6: ipv6.port,
  });
}

/** Empty where it cannot be understood: then nodes are found as at first. */
export function decodeDhtRecord(bytes: Uint8Array | undefined): DhtRecord {
  try {
    const root = bytes && decode(bytes);
    if (root instanceof BencodeDictionary) return { 4: memoryIn(root, 4), 6: memoryIn(root, 6) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return { 4: NOTHING, 6: NOTHING };
}

function memoryIn(root: BencodeDictionary, family: 4 | 6): DhtMemory {
  const end = family === 4 ? '' : '6';
  const nodes = bytesOf(root, `nodes${end}`);
  return {
    id: idOf(root, `id${end}`),
    port: integerOf(root, `port${end}`),
    nodes: nodes === undefined ? [] : decodeNodes(nodes, family, MAX_NODES),
  };
}

const NOTHING: DhtMemory = { id: undefined, port: undefined, nodes: [] };
/** In a file: a table has some 150. */
const MAX_NODES = 200;
export const DHT_FILE = 'dht.nodes';
