// The nodes that an answer names, as far as whoever answers may name them: one on the Internet that names a neighbour of ours would
// have us knock at our own network's doors. Whether they are there, nobody knows yet.

import { addressScope, mayName } from '../bytes/address-scope.ts';
import { type Contact, decodeNodes, type Family } from './compact-nodes.ts';
import { bytesOf, type KrpcAnswer } from './krpc.ts';

/** Of one family. `from`: the host that has answered. */
export function nodesNamed({ values }: KrpcAnswer, family: Family, from: string): Contact[] {
  const nodes = bytesOf(values, family === 4 ? 'nodes' : 'nodes6');
  if (nodes === undefined) return [];
  const scope = addressScope(from);
  return decodeNodes(nodes, family, MAX_NODES_TAKEN).filter(({ host }) => mayName(scope, addressScope(host)));
}

// Eight are asked for; some give a few more.
const MAX_NODES_TAKEN = 16;
