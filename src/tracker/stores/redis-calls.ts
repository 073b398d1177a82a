// What is asked of Redis, and how it goes. What was asked within a turn goes out together, some dozens a call so that Redis
// is not held up by one; in a cluster those of a swarm alone, for a call may touch no more. Whatever is asked is
// answered or fails within a time. A part that failed is tried once a second, by a call that nobody waits for.

import { SwarmlineError } from '../../core/errors.ts';
import type { Clock } from '../../host/clock.ts';
import type { KeyValueServer } from '../../host/key-value.ts';
import { AnswerReader, PROBE, type ScriptLimits, SWARM_SCRIPT, scriptLimits } from './redis-script.ts';

export interface RedisCallOptions {
  readonly limits: ScriptLimits;
  readonly answerTimeoutMs: number;
  readonly maxUnderWay: number;
}

/** One announce, scrape or writing back. One of the two is called, once; `reader` is lent. */
export interface AskedOfStore {
  readonly key: string;
  readonly part: number;
  readonly bytes: Uint8Array;
  answered(reader: AnswerReader): void;
  failed(): void;
}

export class RedisCalls {
  readonly #answerTimeoutMs: number;
  readonly #maxUnderWay: number;
  readonly #limits: readonly string[];
  readonly #server: KeyValueServer;
  readonly #clock: Clock;
  readonly #cameBack: () => void;
  readonly #parts: Part[];
  #queue: AskedOfStore[] = [];
  /** In the order that they were sent in. */
  readonly #calls = new Set<Call>();
  #cancelAlarm: (() => void) | undefined;
  #cancelProbe: (() => void) | undefined;
  #reconnectedAt = Number.NEGATIVE_INFINITY;
  #underWay = 0;
  #isClosed = false;
  #downSince: number | undefined;
  fault: SwarmlineError | undefined;

  /** `cameBack` is called where a part answers again. */
  constructor(
    { limits, answerTimeoutMs, maxUnderWay }: RedisCallOptions,
    { server, clock }: { readonly server: KeyValueServer; readonly clock: Clock },
    cameBack: () => void,
  ) {
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#maxUnderWay = maxUnderWay;
    this.#limits = scriptLimits(limits);
    this.#server = server;
    this.#clock = clock;
    this.#cameBack = cameBack;
    this.#parts = Array.from({ length: server.parts }, () => ({ isUp: true, isBehind: false, key: '' }));
  }

  get underWay(): number {
    return this.#underWay;
  }

  get upParts(): number {
    return this.#parts.reduce((sum, { isUp }) => sum + Number(isUp), 0);
  }

  /** For how long no part has answered; 0 where one does. */
  get downForMs(): number {
    return this.#downSince === undefined ? 0 : this.#clock.now() - this.#downSince;
  }

  get isBehind(): boolean {
    return this.#parts.some(({ isBehind }) => isBehind);
  }

  isPartUp(part: number): boolean {
    return this.#parts[part]!.isUp;
  }

  /** It was away and has not been told all that happened meanwhile. */
  isPartBehind(part: number): boolean {
    return this.#parts[part]!.isBehind;
  }

  partCaughtUp(part: number): void {
    this.#parts[part]!.isBehind = false;
  }

  /** Whether it can be asked just now. */
  accepts(part: number): boolean {
    return !this.#isClosed && this.#underWay < this.#maxUnderWay && this.#parts[part]!.isUp;
  }

  ask(asked: AskedOfStore): void {
    this.#underWay++;
    this.#queue.push(asked);
    if (this.#queue.length === 1) this.#server.afterTurn(() => this.#flush());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelAlarm?.();
    this.#cancelProbe?.();
    const fault = new SwarmlineError('STORE_CLOSED', 'The tracker’s store is closed.');
    const queue = this.#queue;
    this.#queue = [];
    for (const asked of queue) this.#settle(asked);
    for (const call of this.#calls) this.#failed(call, fault);
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    if (queue.length === 0) return;
    if (this.#server.isCluster) {
      const swarms = new Map<string, AskedOfStore[]>();
      for (const asked of queue) {
        const others = swarms.get(asked.key);
        if (others === undefined) swarms.set(asked.key, [asked]);
        else others.push(asked);
      }
      for (const asked of swarms.values()) this.#sendAll(asked);
    } else this.#sendAll(queue);
  }

  #sendAll(all: readonly AskedOfStore[]): void {
    for (let at = 0; at < all.length; at += MAX_A_CALL) this.#send(all.slice(at, at + MAX_A_CALL));
  }

  #send(all: readonly AskedOfStore[]): void {
    const call: Call = { all, sentAt: this.#clock.now() };
    this.#calls.add(call);
    this.#setAlarm();
    const args = [...this.#limits, ...all.map(({ bytes }) => bytes)];
    const keys = all.map(({ key }) => key);
    this.#server.run(SWARM_SCRIPT, keys, args, reply => {
      if (reply instanceof SwarmlineError) this.#failed(call, reply);
      else this.#answered(call, reply);
    });
  }

  #answered(call: Call, reply: Uint8Array): void {
    if (!this.#calls.delete(call)) return;
    const reader = new AnswerReader(reply);
    let isBack = false;
    for (const asked of call.all) {
      if (!reader.next()) {
        this.#fail(asked, ANSWER_INVALID);
        continue;
      }
      const part = this.#parts[asked.part]!;
      if (!part.isUp) {
        part.isUp = true;
        this.#downSince = undefined;
        isBack = true;
      }
      this.#underWay--;
      asked.answered(reader);
    }
    if (isBack) this.#cameBack();
  }

  #failed(call: Call, fault: SwarmlineError): void {
    if (!this.#calls.delete(call)) return;
    for (const asked of call.all) this.#fail(asked, fault);
  }

  #fail(asked: AskedOfStore, fault: SwarmlineError): void {
    this.fault = fault;
    const part = this.#parts[asked.part]!;
    if (part.isUp) {
      part.isUp = false;
      part.isBehind = true;
      part.key = asked.key;
      if (this.upParts === 0) this.#downSince = this.#clock.now();
    }
    this.#settle(asked);
    if (!this.#isClosed) this.#cancelProbe ??= this.#clock.after(RETRY_MS, () => this.#probe());
  }

  #settle(asked: AskedOfStore): void {
    this.#underWay--;
    asked.failed();
  }

  #probe(): void {
    this.#cancelProbe = undefined;
    for (const [i, { isUp, key }] of this.#parts.entries()) {
      if (!isUp) this.ask({ key, part: i, bytes: PROBE, answered: ignore, failed: ignore });
    }
  }

  #setAlarm(): void {
    if (this.#isClosed) return;
    this.#cancelAlarm ??= this.#clock.after(this.#answerTimeoutMs / 4, () => {
      // Where it was this thread that was held up, the answers are here already: they are looked at first.
      this.#server.afterTurn(() => {
        this.#cancelAlarm = undefined;
        this.#judge();
        if (this.#calls.size > 0) this.#setAlarm();
      });
    });
  }

  /** Fails what has not been answered in time. */
  #judge(): void {
    const now = this.#clock.now();
    let isLate = false;
    for (const call of this.#calls) {
      if (now - call.sentAt < this.#answerTimeoutMs) break;
      isLate = true;
      this.#failed(call, NO_ANSWER);
    }
    if (!isLate || now - this.#reconnectedAt < RECONNECT_MS) return;
    this.#reconnectedAt = now;
    this.#server.reconnect();
  }
}

interface Part {
  isUp: boolean;
  isBehind: boolean;
  /** One that failed: it is tried with that. */
  key: string;
}

interface Call {
  readonly all: readonly AskedOfStore[];
  readonly sentAt: number;
}

function ignore(): void {}

const NO_ANSWER = new SwarmlineError('STORE_SILENT', 'The tracker’s store does not answer in time.');
const ANSWER_INVALID = new SwarmlineError(
  'STORE_ANSWER_INVALID',
  'The tracker’s store answered with something else than it was asked for.',
);
// Redis does one call at a time: 32 announces take it about a millisecond.
const MAX_A_CALL = 32;
const RETRY_MS = 1_000;
const RECONNECT_MS = 5_000;
