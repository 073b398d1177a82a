// Our queries that wait for an answer. Only the address that was asked can answer, and only under the transaction id that
// it was asked with, which nobody can guess; an answer that nobody waits for is nobody's.

import type { Random } from '../bytes/prng.ts';
import type { Candidate, Lookup } from './lookup.ts';

export interface OpenQuery {
  readonly transaction: number;
  /** Whom it went to: address and port, as text. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Under which id we know that node; undefined where we do not. */
  readonly id: Uint8Array | undefined;
  readonly method: string;
  readonly sentAt: number;
  /** Of which lookup it is a part. */
  readonly lookup: Lookup | undefined;
  readonly candidate: Candidate | undefined;
  isSlow: boolean;
}

export class OpenQueries {
  readonly #random: Random;
  readonly #slowMs: number;
  readonly #timeoutMs: number;
  /** In the order in which they were sent. */
  readonly #open = new Map<number, OpenQuery>();
  /** Those that are not late yet. */
  readonly #prompt = new Set<OpenQuery>();
  readonly #asked = new Map<string, number>();

  /** `random`: what cannot be guessed. */
  constructor(options: { readonly slowMs: number; readonly timeoutMs: number }, random: Random) {
    this.#random = random;
    this.#slowMs = options.slowMs;
    this.#timeoutMs = options.timeoutMs;
  }

  get count(): number {
    return this.#open.size;
  }

  /** One to that address is under way. */
  isAsked(key: string): boolean {
    return this.#asked.has(key);
  }

  add(query: Omit<OpenQuery, 'transaction' | 'isSlow'>): OpenQuery {
    let transaction = this.#random.below(2 ** 32);
    while (this.#open.has(transaction)) transaction = this.#random.below(2 ** 32);
    const open: OpenQuery = { ...query, transaction, isSlow: false };
    this.#open.set(transaction, open);
    this.#prompt.add(open);
    this.#asked.set(query.key, (this.#asked.get(query.key) ?? 0) + 1);
    return open;
  }

  /** Takes out the query that this answers; undefined where it answers none. */
  take(transaction: Uint8Array, key: string): OpenQuery | undefined {
    if (transaction.length !== TRANSACTION_LENGTH) return undefined;
    const [a, b, c, d] = transaction as Uint8Array & [number, number, number, number];
    const query = this.#open.get(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
    if (query === undefined || query.key !== key) return undefined;
    this.#remove(query);
    return query;
  }

  /** The next that has become late, if any. */
  nextSlow(now: number): OpenQuery | undefined {
    const [first] = this.#prompt;
    // The same sum as in `nextTimeout`: times have fractions, and a difference may be rounded to less.
    if (first === undefined || now < first.sentAt + this.#slowMs) return undefined;
    first.isSlow = true;
    this.#prompt.delete(first);
    return first;
  }

  /** The next that has failed, if any. */
  nextFailed(now: number): OpenQuery | undefined {
    const [first] = this.#open.values();
    if (first === undefined || now < first.sentAt + this.#timeoutMs) return undefined;
    this.#remove(first);
    return first;
  }

  /** When the next becomes late, or fails. */
  nextTimeout(): number | undefined {
    const [prompt] = this.#prompt;
    const [open] = this.#open.values();
    if (open === undefined) return undefined;
    const failsAt = open.sentAt + this.#timeoutMs;
    return prompt === undefined ? failsAt : Math.min(failsAt, prompt.sentAt + this.#slowMs);
  }

  #remove(query: OpenQuery): void {
    this.#open.delete(query.transaction);
    this.#prompt.delete(query);
    const others = this.#asked.get(query.key)! - 1;
    if (others === 0) this.#asked.delete(query.key);
    else this.#asked.set(query.key, others);
  }
}

export function transactionBytes(transaction: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(transaction >>> 24, transaction >>> 16, transaction >>> 8, transaction);
}

const TRANSACTION_LENGTH = 4;
