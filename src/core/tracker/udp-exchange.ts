// Asking UDP trackers (BEP 15) as a value, without socket or clock: what is asked and what arrives go in, `poll` says what
// to send and how each question ended, `timePassed` is due at `nextTimeout`.
//
//   ask ──no id of that tracker──> connect ──answer──> announce ──answer──> answered
//    └─────id younger than 60 s──────────────────────────^ │
//                silence: once more after 15 s, 30 s, 60 s … and a new id where the old one has expired meanwhile
//
// Questions to one tracker share its connection id, and one connect gets it for all of them. Only the address that was
// asked can answer, and only with the transaction id that it was asked with. Of a tracker that is asked by its name, which somebody
// else looks up, the address is not known: there the port and the transaction id tell.

import { type Address, addressBytes, formatAddress } from '../bytes/compact-address.ts';
import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceAnswer, AnnounceRequest, SwarmCounts } from './announce.ts';
import {
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  parseUdpAnswer,
  type UdpAnswer,
  udpTransactionId,
} from './udp.ts';

export interface UdpExchangeOptions {
  /** The wait after the first datagram; it doubles with each further one. @default 15,000 (BEP 15, "Time outs") */
  readonly firstTimeoutMs?: number;
  /** How often a datagram is sent again. @default 8 (BEP 15: n = 0…8, more than two hours in all) */
  readonly retransmits?: number;
  /** How long a connection id is used. @default 60,000 (BEP 15, "UDP connections / spoofing") */
  readonly connectionMs?: number;
}

export type UdpQuestion =
  | {
      readonly kind: 'announce';
      readonly request: AnnounceRequest;
      /** Path and query of the tracker's URL. BEP 41 */
      readonly urlData: string;
    }
  | { readonly kind: 'scrape'; readonly infoHashes: readonly Uint8Array[] };

export type UdpOutput =
  | { readonly type: 'send'; readonly to: Address; readonly bytes: Uint8Array }
  | { readonly type: 'answered'; readonly id: number; readonly answer: AnnounceAnswer }
  | { readonly type: 'scraped'; readonly id: number; readonly counts: readonly SwarmCounts[] }
  /** The tracker's own words, fit to be shown. */
  | { readonly type: 'refused'; readonly id: number; readonly reason: string }
  /** No answer, none that can be read, or no way to ask: a sentence. */
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly why: 'silent' | 'wrong' | 'unreachable';
      readonly sentence: string;
    };

export class UdpExchange {
  readonly #options: Required<UdpExchangeOptions>;
  readonly #random: Random;
  readonly #servers = new Map<string, Server>();
  readonly #asks = new Map<number, Ask>();
  /** Whom a transaction id belongs to: a question, or a tracker whose connect is under way. */
  readonly #transactions = new Map<number, Ask | Server>();
  #outputs: UdpOutput[] = [];
  #polled = 0;
  #lastId = 0;

  constructor(options: UdpExchangeOptions, deps: { readonly random: Random }) {
    this.#options = { ...UDP_EXCHANGE_DEFAULTS, ...options };
    this.#random = deps.random;
  }

  /** Asks the tracker at an address, or of a name where the names are somebody else's to look up; the number names the question until an output ends it. */
  ask(to: Address, question: UdpQuestion, now: number): number {
    const id = ++this.#lastId;
    const server = this.#serverAt(to, now);
    const transactionId = this.#newTransaction();
    const ask: Ask = {
      id,
      server,
      question,
      transactionId,
      attempt: 0,
      dueAt: 0,
      connectionId: undefined,
      isWaiting: false,
      hasWaited: false,
    };
    this.#asks.set(id, ask);
    this.#transactions.set(transactionId, ask);
    server.asks.add(ask);
    this.#advance(ask, now);
    return id;
  }

  /** The answer is no longer wanted: nothing more is said of it. */
  forget(id: number, now: number): void {
    const ask = this.#asks.get(id);
    if (ask !== undefined) this.#end(ask, now);
  }

  /** A datagram arrived. False where it is not for us: from somebody else, or about nothing that was asked. */
  received(from: Address, bytes: Uint8Array, now: number): boolean {
    const transactionId = udpTransactionId(bytes);
    const owner = transactionId === undefined ? undefined : this.#transactions.get(transactionId);
    if (owner === undefined) return false;
    const server = 'server' in owner ? owner.server : owner;
    if (server.isName ? from.port !== server.address.port : server.key !== formatAddress(from)) return false;
    let answer: UdpAnswer;
    try {
      answer = parseUdpAnswer(bytes, from.host.includes(':') ? 16 : 4);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if ('server' in owner)
        this.#settle(owner, { type: 'failed', id: owner.id, why: 'wrong', sentence: error.message }, now);
      return true;
    }
    if ('server' in owner) this.#answered(owner, answer, now);
    else this.#connected(owner, answer, now);
    return true;
  }

  /** Nothing can be sent to that address: every question to it has failed. */
  unreachable(to: Address, sentence: string, now: number): void {
    const server = this.#servers.get(formatAddress(to));
    for (const ask of [...(server?.asks ?? [])])
      this.#settle(ask, { type: 'failed', id: ask.id, why: 'unreachable', sentence }, now);
  }

  timePassed(now: number): void {
    for (const ask of [...this.#asks.values()]) {
      if (ask.dueAt > now) continue;
      ask.attempt++;
      if (ask.attempt <= this.#options.retransmits) this.#advance(ask, now);
      else this.#settle(ask, { type: 'failed', id: ask.id, why: 'silent', sentence: NO_ANSWER }, now);
    }
  }

  nextTimeout(): number | undefined {
    let next: number | undefined;
    for (const { dueAt } of this.#asks.values()) if (next === undefined || dueAt < next) next = dueAt;
    return next;
  }

  poll(): UdpOutput | undefined {
    if (this.#polled < this.#outputs.length) return this.#outputs[this.#polled++];
    this.#outputs = [];
    this.#polled = 0;
    return undefined;
  }

  /** Sends what is next for a question: the question itself, or the connect before it. */
  #advance(ask: Ask, now: number): void {
    const { server } = ask;
    ask.dueAt = now + this.#options.firstTimeoutMs * 2 ** ask.attempt;
    ask.isWaiting = server.connectionId === undefined || now >= server.goodUntil;
    if (ask.isWaiting) this.#connect(server, now);
    else this.#sendQuestion(ask, server.connectionId!);
  }

  #sendQuestion(ask: Ask, connectionId: Uint8Array): void {
    const { question, transactionId, server } = ask;
    ask.connectionId = connectionId;
    const bytes =
      question.kind === 'announce'
        ? encodeUdpAnnounce(connectionId, transactionId, question.request, question.urlData)
        : encodeUdpScrape(connectionId, transactionId, question.infoHashes);
    this.#outputs.push({ type: 'send', to: server.address, bytes });
  }

  /** One connect for all who wait; again only when it may be lost. */
  #connect(server: Server, now: number): void {
    if (server.connectTransaction === undefined) {
      server.connectTransaction = this.#newTransaction();
      this.#transactions.set(server.connectTransaction, server);
    } else if (now - server.connectSentAt < this.#options.firstTimeoutMs) {
      return;
    }
    server.connectionId = undefined;
    server.connectSentAt = now;
    this.#outputs.push({
      type: 'send',
      to: server.address,
      bytes: encodeUdpConnect(server.connectTransaction),
    });
  }

  #connected(server: Server, answer: UdpAnswer, now: number): void {
    if (answer.action !== 'connect' && answer.action !== 'error') return;
    this.#forgetConnect(server);
    if (answer.action === 'connect') {
      server.connectionId = answer.connectionId;
      server.goodUntil = now + this.#options.connectionMs;
    }
    for (const ask of [...server.asks]) {
      if (!ask.isWaiting) continue;
      ask.hasWaited = true;
      if (answer.action === 'connect') this.#advance(ask, now);
      else this.#settle(ask, { type: 'refused', id: ask.id, reason: answer.reason }, now);
    }
  }

  #answered(ask: Ask, answer: UdpAnswer, now: number): void {
    const { id, question, server } = ask;
    switch (answer.action) {
      case 'announce':
        if (question.kind === 'announce')
          this.#settle(ask, { type: 'answered', id, answer: answer.answer }, now);
        return;
      case 'scrape':
        if (question.kind === 'scrape')
          this.#settle(ask, { type: 'scraped', id, counts: answer.counts }, now);
        return;
      case 'error':
        if (ask.hasWaited) {
          this.#settle(ask, { type: 'refused', id, reason: answer.reason }, now);
          return;
        }
        // The id is an earlier question's: the tracker may have been started anew since. Worth a new one, once.
        if (server.connectionId === ask.connectionId) server.connectionId = undefined;
        this.#advance(ask, now);
        return;
      case 'connect':
        return;
      default:
        answer satisfies never;
    }
  }

  #settle(ask: Ask, output: UdpOutput, now: number): void {
    this.#end(ask, now);
    this.#outputs.push(output);
  }

  #end(ask: Ask, now: number): void {
    const { server } = ask;
    this.#asks.delete(ask.id);
    this.#transactions.delete(ask.transactionId);
    server.asks.delete(ask);
    if (server.asks.size > 0) return;
    this.#forgetConnect(server);
    if (server.connectionId === undefined || now >= server.goodUntil) this.#servers.delete(server.key);
  }

  #forgetConnect(server: Server): void {
    if (server.connectTransaction !== undefined) this.#transactions.delete(server.connectTransaction);
    server.connectTransaction = undefined;
  }

  #serverAt(address: Address, now: number): Server {
    const key = formatAddress(address);
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    for (const [otherKey, { asks, goodUntil }] of this.#servers)
      if (asks.size === 0 && now >= goodUntil) this.#servers.delete(otherKey);
    const server: Server = {
      key,
      address,
      isName: addressBytes(address.host) === undefined,
      asks: new Set(),
      connectionId: undefined,
      goodUntil: 0,
      connectTransaction: undefined,
      connectSentAt: 0,
    };
    this.#servers.set(key, server);
    return server;
  }

  #newTransaction(): number {
    for (;;) {
      const id = this.#random.below(2 ** 32);
      if (!this.#transactions.has(id)) return id;
    }
  }
}

/** A tracker, as an address or a name. */
interface Server {
  readonly key: string;
  readonly address: Address;
  readonly isName: boolean;
  readonly asks: Set<Ask>;
  connectionId: Uint8Array | undefined;
  goodUntil: number;
  /** Of the connect that is under way. */
  connectTransaction: number | undefined;
  connectSentAt: number;
}

interface Ask {
  readonly id: number;
  readonly server: Server;
  readonly question: UdpQuestion;
  readonly transactionId: number;
  /** How often the wait has ended without an answer: n. */
  attempt: number;
  dueAt: number;
  /** Under which it was sent last. */
  connectionId: Uint8Array | undefined;
  /** For a connection id; `hasWaited`: the one that it was sent under was made for it. */
  isWaiting: boolean;
  hasWaited: boolean;
}

export const UDP_EXCHANGE_DEFAULTS: Required<UdpExchangeOptions> = {
  firstTimeoutMs: 15_000,
  retransmits: 8,
  connectionMs: 60_000,
};

const NO_ANSWER = 'The tracker does not answer.';
