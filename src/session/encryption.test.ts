// Two ends of every mode, on streams in memory: who reaches whom, and how.

import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../core/bytes/bytes.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { torrentMark } from '../core/wire/mse-keys.ts';
import type { Stream } from '../host/stream.ts';
import { DialWays } from './dial-ways.ts';
import { Dialer } from './dialer.ts';
import { ENCRYPTION_RULES, type Encryption, perSecond } from './encryption.ts';
import { type GreetingOptions, greetAccepted } from './greeting.ts';
import type { Greeted } from './greeting-link.ts';
import type { Transports } from './transports.ts';

describe('who dials', () => {
  it.each([
    ['off', 'off', 'in the clear'],
    ['off', 'allow', 'in the clear'],
    ['off', 'prefer', 'in the clear'],
    ['off', 'require', 'not at all'],
    ['allow', 'off', 'in the clear'],
    ['allow', 'allow', 'in the clear'],
    ['allow', 'prefer', 'in the clear'],
    ['allow', 'require', 'in the clear, then encrypted'],
    ['prefer', 'off', 'encrypted, then in the clear'],
    ['prefer', 'allow', 'encrypted'],
    ['prefer', 'prefer', 'encrypted'],
    ['prefer', 'require', 'encrypted'],
    ['require', 'off', 'not at all'],
    ['require', 'allow', 'encrypted'],
    ['require', 'prefer', 'encrypted'],
    ['require', 'require', 'encrypted'],
  ] as const)('with %s reaches one with %s %s', (dialling, answering, how) => {
    const pair = new Pair(dialling, answering);
    const greeted = pair.dial();
    if (how.endsWith('not at all')) {
      expect(greeted).toBeInstanceOf(Error);
      return;
    }
    expect(pair.dials).toBe(how.includes('then') ? 2 : 1);
    const isEncrypted = how.endsWith('encrypted');
    expect(pair.results).toMatchObject([{ isEncrypted }, { isEncrypted }]);
    pair.exchange();
    // What did for an address is tried first the next time.
    pair.dial();
    expect(pair.dials).toBe(how.includes('then') ? 3 : 2);
  });

  it('hides only the beginning where both ends would rather not encipher the rest', () => {
    const pair = new Pair('allow', 'allow');
    pair.ways.prefer(ADDRESS, 'encrypted');
    pair.dial();
    expect(pair.dials).toBe(1);
    expect(pair.results).toMatchObject([{ isEncrypted: false }, { isEncrypted: false }]);
    // The streams below: nothing stands between any more.
    expect(pair.results.map(({ stream }) => stream instanceof MemoryStream)).toEqual([true, true]);
    expect(pair.wire(0).includes('BitTorrent')).toBe(false);
    pair.exchange();
  });

  it('sends what is longer than a buffer, and what is sent while the one before is still looked at', () => {
    for (const isFree of [true, false]) {
      const pair = new Pair('require', 'require');
      pair.isFreeOnceTaken = isFree;
      pair.dial();
      const [from, to] = pair.results as [Greeted, Greeted];
      const heard: Uint8Array[] = [];
      to.stream.onBytes = bytes => heard.push(bytes.slice());
      const sent = [7, 700_000, 16_384, 262_144, 1].map((length, i) => new Uint8Array(length).fill(i + 1));
      from.stream.write(sent.slice(0, 2));
      from.stream.write(sent.slice(2));
      pair.deliver();
      expect(Buffer.compare(concatBytes(heard), concatBytes(sent))).toBe(0);
    }
  });

  it('shows nothing of BitTorrent to who looks on', () => {
    const pair = new Pair('require', 'require');
    pair.dial();
    pair.exchange();
    expect(pair.wire(0).includes('BitTorrent')).toBe(false);
    expect(pair.wire(0).includes('payload')).toBe(false);
  });

  it('does not dial once more where a peer says nothing for long, and begins otherwise the next time', () => {
    const pair = new Pair('allow', 'require');
    pair.isMute = true;
    expect(pair.dial()).toBeUndefined();
    pair.timeIsUp();
    expect(pair.failure).toMatchObject({ code: 'HANDSHAKE_TIMEOUT' });
    expect(pair.dials).toBe(1);
    pair.isMute = false;
    pair.dial();
    expect(pair.dials).toBe(2);
    expect(pair.results).toMatchObject([{ isEncrypted: true }, { isEncrypted: true }]);
  });

  it('does not dial once more what is given up', () => {
    const pair = new Pair('allow', 'require');
    pair.isMute = true;
    pair.dial();
    pair.dialer.giveUpAll();
    expect(pair.failure).toMatchObject({ code: 'DIAL_GIVEN_UP' });
    expect(pair.dials).toBe(1);
    expect(pair.dialer.count).toBe(0);
  });
});

describe('who answers', () => {
  it('takes no more key exchanges in a second than it may', () => {
    const pair = new Pair('require', 'require', 2);
    const outcomes = Array.from({ length: 4 }, () => pair.dial() instanceof Error);
    expect(outcomes).toEqual([false, false, true, true]);
    pair.now += 1000;
    expect(pair.dial()).not.toBeInstanceOf(Error);
  });

  it('refuses in the clear what is not BitTorrent, and does not begin a key exchange, with encryption off', () => {
    const pair = new Pair('require', 'off');
    expect(pair.dial()).toMatchObject({ code: 'PEER_LEFT' });
    expect(pair.wire(1)).toBe('');
  });

  it('knows a handshake that comes byte by byte', () => {
    for (const dialling of ['off', 'require'] as const) {
      const pair = new Pair(dialling, 'allow');
      pair.chunkLength = 1;
      pair.dial();
      expect(pair.results).toHaveLength(2);
      pair.exchange();
    }
  });
});

const INFO_HASH = new Uint8Array(20).fill(3);
const ADDRESS = { host: '192.0.2.1', port: 6881 };

/** A dialler and one who answers, and a network between them that is done when it is empty. */
class Pair {
  now = 0;
  dials = 0;
  /** The answerer takes connections and is never heard of. */
  isMute = false;
  chunkLength = 10_000;
  isFreeOnceTaken = false;
  /** Of both ends, the dialler's first. */
  results: Greeted[] = [];
  failure: Error | undefined;
  readonly dialer: Dialer;
  readonly ways: DialWays;
  #timers: (() => void)[] = [];
  #deliveries: (() => void)[] = [];
  #streams: MemoryStream[] = [];

  constructor(dialling: Encryption, answering: Encryption, maxKeyExchanges = 100) {
    const [ours, theirs] = [this.#greeting(dialling, 1), this.#greeting(answering, 2, maxKeyExchanges)];
    this.ways = new DialWays(ENCRYPTION_RULES[dialling]);
    const transports: Pick<Transports, 'dial'> = {
      dial: (_, __, done) => {
        this.dials++;
        const [here, there] = this.#connect();
        if (!this.isMute)
          greetAccepted(there, theirs, result => {
            if (!(result instanceof Error)) this.results[1] = result;
          });
        done(here);
        return () => {};
      },
    };
    this.dialer = new Dialer({
      transports,
      settings: { dialTimeoutMs: 1 },
      greeting: ours,
      dialWays: this.ways,
    });
  }

  dial(): Greeted | Error | undefined {
    this.results = [];
    this.failure = undefined;
    this.dialer.dial(ADDRESS, INFO_HASH, result => {
      if (result instanceof Error) this.failure = result;
      else this.results[0] = result;
    });
    this.deliver();
    return this.failure ?? this.results[0];
  }

  /** Both say something of some length; it arrives as it was, and what was given away is not changed. */
  exchange(): void {
    for (const [from, to] of [
      [this.results[0]!, this.results[1]!],
      [this.results[1]!, this.results[0]!],
    ] as const) {
      const chunks = [1, 5000, 13].map(length => new Uint8Array(length).fill(length));
      chunks.push(Uint8Array.from('payload', letter => letter.charCodeAt(0)));
      const heard: number[] = [];
      to.stream.onBytes = bytes => heard.push(...bytes);
      from.stream.write(chunks);
      this.deliver();
      expect(heard).toEqual(chunks.flatMap(chunk => [...chunk]));
      expect(chunks[1]!.every(byte => byte === 5000 % 256)).toBe(true);
    }
  }

  /** What was sent on the connections so far, by the dialler (0) or the other (1). */
  wire(end: 0 | 1): string {
    return this.#streams
      .filter((_, i) => i % 2 === end)
      .map(stream => stream.sent)
      .join('');
  }

  timeIsUp(): void {
    for (const timer of this.#timers.splice(0)) timer();
    this.deliver();
  }

  #greeting(mode: Encryption, seed: number, maxKeyExchanges = 100): GreetingOptions {
    const clock = {
      now: () => this.now,
      wallTime: () => 0,
      after: (_: number, call: () => void) => {
        this.#timers.push(call);
        return () => {
          this.#timers = this.#timers.filter(other => other !== call);
        };
      },
    };
    const mark = torrentMark(INFO_HASH);
    return {
      clock,
      timeoutMs: 10_000,
      encryption: ENCRYPTION_RULES[mode],
      random: seededRandom(seed),
      torrentOf: () => ({ peerId: new Uint8Array(20).fill(seed), infoHashV2: undefined, dht: false }),
      infoHashOf: named => (equalBytes(named, mark) ? INFO_HASH : undefined),
      mayExchangeKeys: perSecond(maxKeyExchanges, clock),
    };
  }

  #connect(): [MemoryStream, MemoryStream] {
    const later = (delivery: () => void) => this.#deliveries.push(delivery);
    const ends = [new MemoryStream(later), new MemoryStream(later)] as const;
    for (const [i, end] of ends.entries()) {
      end.other = ends[1 - i];
      end.chunkLength = this.chunkLength;
      end.isFreeOnceTaken = this.isFreeOnceTaken;
    }
    this.#streams.push(...ends);
    return [...ends];
  }

  deliver(): void {
    for (let next = this.#deliveries.shift(); next !== undefined; next = this.#deliveries.shift()) next();
  }
}

class MemoryStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly pending = 0;
  readonly remote = ADDRESS;
  other: MemoryStream | undefined;
  chunkLength = 10_000;
  isFreeOnceTaken = false;
  sent = '';
  readonly #later: (delivery: () => void) => void;

  constructor(later: (delivery: () => void) => void) {
    this.#later = later;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) {
      if (chunk.length < 10_000) this.sent += String.fromCharCode(...chunk);
      for (let at = 0; at < chunk.length; at += this.chunkLength) {
        const part = chunk.slice(at, at + this.chunkLength);
        this.#later(() => this.other?.onBytes(part));
      }
    }
    return true;
  }

  close(): void {
    const { other } = this;
    if (other === undefined) return;
    this.other = undefined;
    this.#later(() => {
      other.other = undefined;
      other.onClosed();
    });
    this.#later(() => this.onClosed());
  }

  pause(): void {}
  resume(): void {}
}
