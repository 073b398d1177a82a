// BEP 52, "Upgrade Path": by which of a hybrid's hashes two peers come together.

import { describe, expect, it } from 'vitest';
import { equalBytes } from '../core/bytes/bytes.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { torrentMark } from '../core/wire/mse-keys.ts';
import type { Stream } from '../host/stream.ts';
import { type DialWay, ENCRYPTION_RULES } from './encryption.ts';
import { type GreetingOptions, greetAccepted, greetDialled, peerFacts } from './greeting.ts';
import type { Greeted } from './greeting-link.ts';

const V1 = new Uint8Array(20).fill(1);
const V2 = new Uint8Array(20).fill(2);

/** What somebody knows of the torrent: a magnet may have named one of a hybrid's hashes. */
type Known = 'v1' | 'v2' | 'both';

describe('a hybrid', () => {
  for (const way of ['plaintext', 'encrypted'] as const) {
    it.each([
      ['both', 'v1', 'both', 'v2'],
      ['both', 'v2', 'both', 'v2'],
      ['both', 'v1', 'v1', 'v1'],
      ['both', 'v1', 'v2', 'not at all'],
      ['both', 'v2', 'v2', 'v2'],
      ['both', 'v2', 'v1', 'not at all'],
      ['v1', 'v1', 'both', 'v1'],
      ['v2', 'v2', 'both', 'v2'],
    ] as const)(
      `that the dialler knows by %s, dials by %s and the other knows by %s: %s (${way})`,
      (...args) => {
        const [dialler, by, answerer, result] = args;
        const greeted = greet(dialler, by, answerer, way);
        if (result === 'not at all') expect(greeted).toEqual([expect.any(Error), expect.any(Error)]);
        else {
          expect(greeted.map(end => end as Greeted)).toMatchObject([
            { isV2: result === 'v2' },
            { isV2: result === 'v2' },
          ]);
          const facts = peerFacts({ host: '192.0.2.1', port: 1 }, false, greeted[0] as Greeted);
          expect(facts.v2).toBe(result === 'v2');
        }
      },
    );
  }
});

/** The results at both ends. */
function greet(
  dialler: Known,
  by: 'v1' | 'v2',
  answerer: Known,
  way: DialWay,
): [Greeted | Error, Greeted | Error] {
  const deliveries: (() => void)[] = [];
  const [here, there] = [new Pipe(deliveries), new Pipe(deliveries)];
  here.other = there;
  there.other = here;
  const results: (Greeted | Error)[] = [];
  const done = (end: number) => (result: Greeted | Error) => {
    results[end] = result;
  };
  greetAccepted(there, optionsOf(answerer, 2), done(1));
  greetDialled(here, by === 'v1' ? V1 : V2, way, optionsOf(dialler, 1), done(0));
  for (let next = deliveries.shift(); next !== undefined; next = deliveries.shift()) next();
  return [results[0]!, results[1]!];
}

function optionsOf(known: Known, seed: number): GreetingOptions {
  const hashes = known === 'both' ? [V1, V2] : [known === 'v1' ? V1 : V2];
  const torrent = {
    peerId: new Uint8Array(20).fill(seed),
    infoHashV2: known === 'v1' ? undefined : V2,
    dht: false,
  };
  return {
    clock: { now: () => 0, wallTime: () => 0, after: () => () => {} },
    timeoutMs: 1,
    encryption: ENCRYPTION_RULES.allow,
    random: seededRandom(seed),
    torrentOf: hash => (hashes.some(own => equalBytes(own, hash)) ? torrent : undefined),
    infoHashOf: mark => hashes.find(own => equalBytes(torrentMark(own), mark)),
    mayExchangeKeys: () => true,
  };
}

class Pipe implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly pending = 0;
  readonly remote = { host: '192.0.2.1', port: 6881 };
  other!: Pipe;
  readonly #deliveries: (() => void)[];

  constructor(deliveries: (() => void)[]) {
    this.#deliveries = deliveries;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) this.#deliveries.push(() => this.other.onBytes(chunk.slice()));
    return true;
  }
  pause(): void {}
  resume(): void {}
  close(): void {
    this.#deliveries.push(() => this.other.onClosed());
  }
}
