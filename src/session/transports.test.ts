import { describe, expect, it } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import type { Stream, TransportName } from '../host/stream.ts';
import { type Dial, Transports } from './transports.ts';

/** Dials that wait to be answered by hand. */
function race(host: string, names: readonly TransportName[] = ['tcp', 'utp']) {
  const clock = new HandClock();
  const begun: string[] = [];
  const given: string[] = [];
  const answers = new Map<string, (result: Stream | Error) => void>();
  const dialBy =
    (name: string): Dial =>
    (_, timeoutMs, done) => {
      begun.push(`${name} ${timeoutMs}`);
      answers.set(name, done);
      return () => given.push(name);
    };
  const dials = Object.fromEntries(names.map(name => [name, dialBy(name)]));
  const results: unknown[] = [];
  const giveUp = new Transports(dials, clock).dial({ host, port: 1 }, 10_000, result => results.push(result));
  const streamOf = (name: string) =>
    ({ name, close: () => given.push(`${name} closed`) }) as unknown as Stream;
  return {
    clock,
    begun,
    given,
    results,
    giveUp,
    answer: (name: string, result: unknown = streamOf(name)) => answers.get(name)!(result as Stream),
  };
}

const FAR = '192.0.2.1';
const NEAR = '10.0.0.1';

describe('a dial by both', () => {
  it('begins with uTP, and with TCP a little later', () => {
    const { clock, begun, results, given, answer } = race(FAR);
    expect(begun).toEqual(['utp 10000']);
    clock.pass(249);
    expect(begun).toHaveLength(1);
    clock.pass(1);
    expect(begun).toEqual(['utp 10000', 'tcp 9750']);
    answer('tcp');
    expect([results, given]).toEqual([[expect.objectContaining({ name: 'tcp' })], ['utp']]);
  });

  it('begins with TCP where no modem is on the way', () => {
    const { begun, answer, clock, results } = race(NEAR);
    answer('tcp');
    clock.pass(1000);
    expect([begun, results.length]).toEqual([['tcp 10000'], 1]);
  });

  it('goes on at once where the first fails, and fails where both have', () => {
    const { begun, results, answer, clock } = race(NEAR);
    answer('tcp', new Error('refused'));
    expect(begun).toEqual(['tcp 10000', 'utp 10000']);
    clock.pass(1000);
    expect(begun).toHaveLength(2);
    answer('utp', new Error('silent'));
    expect(results.map(String)).toEqual(['Error: silent']);
  });

  it('waits for the other where one has failed', () => {
    const { results, answer, clock } = race(FAR);
    clock.pass(250);
    answer('tcp', new Error('refused'));
    expect(results).toEqual([]);
    answer('utp');
    expect(results).toHaveLength(1);
  });

  it('that is given up ends both, and closes what still comes', () => {
    const { given, giveUp, answer, clock, results } = race(FAR);
    clock.pass(250);
    giveUp();
    answer('utp');
    expect([given, results]).toEqual([['utp', 'tcp', 'utp closed'], []]);
  });

  it('given up before the second begins does not begin it', () => {
    const { begun, giveUp, clock } = race(FAR);
    giveUp();
    clock.pass(1000);
    expect(begun).toHaveLength(1);
  });
});

it('goes by one where there is one', () => {
  const { begun, clock } = race(FAR, ['tcp']);
  clock.pass(1000);
  expect(begun).toEqual(['tcp 10000']);
});
