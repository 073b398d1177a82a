// Nodes of the DHT that are known by their name alone, where whoever passes our datagrams on looks names up: each is pinged by
// its name, and the address that answers is where it is. Only under the transaction id that it was pinged with, which nobody can
// guess, and only from the port that was asked.

import type { Address } from '../core/bytes/compact-address.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { Random } from '../core/bytes/prng.ts';
import { decodeKrpc } from '../core/dht/krpc.ts';
import { encodeQuery } from '../core/dht/krpc-write.ts';
import { ProtocolError } from '../core/errors.ts';

export class NamedNodes {
  readonly #random: Random;
  /** Ports that were asked, by transaction. */
  readonly #asked = new Map<string, number>();

  /** `random`: what cannot be guessed. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** What is to be sent there. `id`: of our node. */
  ping({ port }: Address, id: Uint8Array): Uint8Array {
    const transaction = this.#random.fill(new Uint8Array(TRANSACTION_LENGTH));
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size < MAX_ASKED) break;
      this.#asked.delete(oldest);
    }
    this.#asked.set(toHex(transaction), port);
    return encodeQuery({ transaction, method: 'ping', args: { id }, isReadOnly: true });
  }

  /** Whether that is an answer to one of them: then a node is where it comes from. */
  hasAnswered(bytes: Uint8Array, port: number): boolean {
    if (this.#asked.size === 0) return false;
    try {
      const message = decodeKrpc(bytes);
      const key = toHex(message.transaction);
      return message.kind === 'answer' && this.#asked.get(key) === port && this.#asked.delete(key);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return false;
    }
  }
}

/** Not that of the node's own queries. */
const TRANSACTION_LENGTH = 8;
/** Who does not answer is forgotten when so many others were asked. */
const MAX_ASKED = 32;
