import { expect, test } from 'vitest';
import { type GateOptions, RequestGate } from './request-gate.ts';

/** A gate, a clock moved by hand, and what has begun. */
function gateOf(options: Partial<GateOptions> = {}) {
  let time = 0;
  let timers: { readonly at: number; readonly call: () => void }[] = [];
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const clock = {
    now: () => time,
    wallTime: () => 0,
    after: (delayMs: number, call: () => void) => {
      const timer = { at: time + delayMs, call };
      timers.push(timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
  };
  const gate = new RequestGate({ maxAtOnce: 100, maxPerHost: 100, perSecond: 1000, ...options }, clock);
  return {
    gate,
    begun,
    submit: (name: string, isUrgent = false) =>
      gate.submit({
        host: name[0]!,
        isUrgent,
        run: done => {
          begun.push(name);
          ends.set(name, done);
        },
      }),
    end: (name: string) => ends.get(name)!(),
    pass: (ms: number) => {
      const end = time + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter(other => other !== next);
        time = Math.max(time, next.at);
        next.call();
      }
      time = end;
    },
  };
}

test('nothing begins before it is open', () => {
  const { gate, submit, begun } = gateOf();
  submit('a1');
  expect(begun).toEqual([]);
  gate.open();
  expect(begun).toEqual(['a1']);
});

test('so many at once, then one for each that ends', () => {
  const { gate, submit, end, begun } = gateOf({ maxAtOnce: 2 });
  gate.open();
  for (const name of ['a1', 'a2', 'a3', 'a4']) submit(name);
  expect(begun).toEqual(['a1', 'a2']);
  end('a2');
  end('a2');
  expect(begun).toEqual(['a1', 'a2', 'a3']);
  expect(gate.count).toBe(3);
});

test('a host that does not answer holds up nobody else’s', () => {
  const { gate, submit, begun } = gateOf({ maxAtOnce: 4, maxPerHost: 2 });
  gate.open();
  for (let i = 1; i <= 5; i++) submit(`a${i}`);
  submit('b1');
  submit('c1');
  submit('d1');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1']);
});

test('hosts take turns', () => {
  const { gate, submit, end, begun } = gateOf({ maxAtOnce: 1 });
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) submit(name);
  gate.open();
  for (let i = 0; i < 5; i++) end(begun.at(-1)!);
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('so many in a second', () => {
  const { gate, submit, end, begun, pass } = gateOf({ perSecond: 40 });
  gate.open();
  for (let i = 0; i < 100; i++) submit(`a${i}`);
  expect(begun).toHaveLength(10);
  for (const name of begun) end(name);
  expect(begun).toHaveLength(10);
  pass(1000);
  expect(begun).toHaveLength(50);
  pass(10_000);
  expect(begun).toHaveLength(100);
});

test('a goodbye goes first, at any rate, but not beyond what may be under way', () => {
  const { gate, submit, end, begun } = gateOf({ perSecond: 1, maxAtOnce: 2 });
  gate.open();
  submit('a1');
  submit('a2');
  submit('b1', true);
  submit('b2', true);
  expect(begun).toEqual(['a1', 'b1']);
  end('a1');
  expect(begun).toEqual(['a1', 'b1', 'b2']);
});

test('what is withdrawn does not begin', () => {
  const { gate, submit, end, begun } = gateOf({ maxAtOnce: 1 });
  gate.open();
  submit('a1');
  const withdraw = submit('a2');
  submit('a3');
  withdraw();
  withdraw();
  end('a1');
  expect(begun).toEqual(['a1', 'a3']);
  end('a3');
  expect(gate.count).toBe(0);
});

test('a request that is over within the call makes room for the next', () => {
  const { gate } = gateOf({ maxAtOnce: 1 });
  const begun: number[] = [];
  gate.open();
  for (let i = 0; i < 20_000; i++)
    gate.submit({
      host: 'a',
      isUrgent: true,
      run: done => {
        begun.push(i);
        done();
      },
    });
  expect(begun).toHaveLength(20_000);
});
