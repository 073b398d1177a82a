import { expect, test } from 'vitest';
import { SwarmlineError } from '../../core/errors.ts';
import { RedisCalls } from './redis-calls.ts';

test('what is asked within a turn goes out in calls of 32', () => {
  const { calls, server, ask } = talk();
  for (let i = 0; i < 70; i++) ask('{a}');
  expect(server.runs).toHaveLength(0);
  server.endTurn();
  expect(server.runs.map(({ keys }) => keys.length)).toEqual([32, 32, 6]);
  expect(calls.underWay).toBe(70);
});

test('in a cluster a call has the keys of one swarm', () => {
  const { server, ask } = talk({ parts: 2 });
  for (const key of ['{a}', '{b}', '{a}', '{a}']) ask(key);
  server.endTurn();
  expect(server.runs.map(({ keys }) => keys)).toEqual([['{a}', '{a}', '{a}'], ['{b}']]);
});

test('answers come to those who asked, in their order', () => {
  const { server, ask, events } = talk();
  for (const key of ['{a}', '{b}']) ask(key);
  server.endTurn();
  server.runs[0]!.done(answers(1, 2));
  expect(events).toEqual(['{a} 1', '{b} 2']);
});

test('an answer that is cut off is a fault', () => {
  const { calls, server, ask, events } = talk();
  for (const key of ['{a}', '{b}']) ask(key);
  server.endTurn();
  server.runs[0]!.done(answers(1, 2).subarray(0, 20));
  expect(events).toEqual(['{a} 1', '{b} failed']);
  expect(calls.fault?.code).toBe('STORE_ANSWER_INVALID');
  expect(calls.underWay).toBe(0);
});

test('a part that failed is not asked, but tried once a second until it answers', () => {
  const { calls, server, ask, clock, events } = talk({ parts: 2 });
  ask('{a}', 0);
  ask('{b}', 1);
  server.endTurn();
  server.runs[0]!.done(new SwarmlineError('STORE_FAILED', 'It failed.'));
  server.runs[1]!.done(answers(1));
  expect([calls.accepts(0), calls.accepts(1), calls.upParts]).toEqual([false, true, 1]);
  for (let second = 1; second <= 3; second++) {
    clock.pass(1_000);
    server.endTurn();
    expect(server.runs).toHaveLength(2 + second);
    if (second < 3) server.runs.at(-1)!.done(new SwarmlineError('STORE_FAILED', 'It failed.'));
    else server.runs.at(-1)!.done(answers(0));
  }
  expect(events).toEqual(['{a} failed', '{b} 1', 'back']);
  expect(calls.accepts(0)).toBe(true);
  expect(calls.isPartBehind(0)).toBe(true);
  calls.partCaughtUp(0);
  expect(calls.isBehind).toBe(false);
});

test('what is not answered in time fails, and the connection is made anew; a late answer is nobody’s', () => {
  const { calls, server, ask, clock, events } = talk();
  ask('{a}');
  server.endTurn();
  clock.pass(1_900);
  server.endTurn();
  expect(events).toEqual([]);
  clock.pass(600);
  server.endTurn();
  expect(events).toEqual(['{a} failed']);
  expect([calls.fault?.code, server.reconnects]).toEqual(['STORE_SILENT', 1]);
  server.runs[0]!.done(answers(1));
  expect(events).toEqual(['{a} failed']);
  expect(calls.underWay).toBe(0);
});

test('no more than may are under way', () => {
  const { calls, ask } = talk({ maxUnderWay: 3 });
  for (let i = 0; i < 3; i++) {
    expect(calls.accepts(0)).toBe(true);
    ask('{a}');
  }
  expect(calls.accepts(0)).toBe(false);
});

test('what waits when it is closed fails, and nothing is asked after that', () => {
  const { calls, server, ask, events } = talk();
  ask('{a}');
  server.endTurn();
  ask('{b}');
  calls.close();
  expect(events.sort()).toEqual(['{a} failed', '{b} failed']);
  expect([calls.accepts(0), calls.underWay]).toEqual([false, 0]);
});

/** Calls to a server that the test plays, on a clock that it turns. */
function talk({ parts = 1, maxUnderWay = 1_000 } = {}) {
  const server = new PlayedServer(parts);
  const clock = new TurnedClock();
  const events: string[] = [];
  const limits = { windowSeconds: 1, downloadsTtlSeconds: 1, maxPeersPerSwarm: 1 };
  const options = { limits, answerTimeoutMs: 2_000, maxUnderWay };
  const calls = new RedisCalls(options, { server, clock }, () => events.push('back'));
  const ask = (key: string, part = 0) =>
    calls.ask({
      key,
      part,
      bytes: new Uint8Array(1),
      answered: reader => events.push(`${key} ${reader.complete}`),
      failed: () => events.push(`${key} failed`),
    });
  return { calls, server, clock, events, ask };
}

class PlayedServer {
  readonly isCluster: boolean;
  readonly runs: {
    readonly keys: readonly string[];
    readonly done: (reply: Uint8Array | SwarmlineError) => void;
  }[] = [];
  reconnects = 0;
  #atEnd: (() => void)[] = [];

  constructor(readonlyParts: number) {
    this.parts = readonlyParts;
    this.isCluster = readonlyParts > 1;
  }

  readonly parts: number;

  partOf(): number {
    return 0;
  }

  run(
    _script: string,
    keys: readonly string[],
    _args: readonly unknown[],
    done: (reply: Uint8Array | SwarmlineError) => void,
  ): void {
    this.runs.push({ keys, done });
  }

  afterTurn(call: () => void): void {
    this.#atEnd.push(call);
  }

  endTurn(): void {
    const calls = this.#atEnd;
    this.#atEnd = [];
    for (const call of calls) call();
  }

  reconnect(): void {
    this.reconnects++;
  }

  async close(): Promise<void> {}
}

class TurnedClock {
  #now = 0;
  #alarms: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  after(delayMs: number, call: () => void): () => void {
    const alarm = { at: this.#now + delayMs, call };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter(other => other !== alarm);
    };
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#alarms.filter(({ at }) => at <= this.#now);
    this.#alarms = this.#alarms.filter(({ at }) => at > this.#now);
    for (const { call } of due) call();
  }
}

/** Answers without peers, with those counts of seeds. */
function answers(...complete: number[]): Uint8Array {
  const bytes = new Uint8Array(16 * complete.length);
  for (const [i, count] of complete.entries()) bytes[16 * i + 3] = count;
  return bytes;
}
