// A world in which sessions run: virtual time, one seed for all that is left to chance, a network, and machines on it.
// Time passes only by going to the next thing that is due, so an hour takes as long as what happens in it, and a run is
// the same every time: `trace.hash` says so.
//
// The data plane is callbacks. What the ports answer by promise (listening, HTTP) is waited for before the next thing
// happens: see `promised`. What a session waits for by promises of its own, as when it takes note of what is on the disk,
// comes within a moment.

import { type Random, seededRandom } from '../../core/bytes/prng.ts';
import { pieceChecks } from '../../core/engine/piece-check.ts';
import type { Clock } from '../../host/clock.ts';
import { Agenda } from './agenda.ts';
import { Network } from './network.ts';
import { contentKey, type SimContent } from './sim-content.ts';
import { SimDatagrams } from './sim-datagrams.ts';
import { SimHost, type SimHostOptions } from './sim-host.ts';
import type { SimService } from './sim-http.ts';
import { SimMulticast } from './sim-multicast.ts';
import type { SimOrigin } from './sim-origin.ts';
import type { FreeBuffers } from './sim-piece-pool.ts';
import { Trace } from './trace.ts';

export interface WorldOptions {
  /** What is left to chance follows from it: the same seed is the same run. */
  readonly seed: number;
  /** The trial's name, for the command that replays a run that failed. */
  readonly name?: string | undefined;
  /** That command, where it is no trial. */
  readonly again?: string | undefined;
}

export class World {
  readonly seed: number;
  readonly name: string | undefined;
  readonly #again: string | undefined;
  readonly random: Random;
  readonly trace = new Trace();
  readonly network: Network;
  readonly datagrams: SimDatagrams;
  readonly multicast: SimMulticast;
  readonly hosts: SimHost[] = [];
  /** What can be asked over HTTP. */
  readonly services: SimService[] = [];
  /** Web servers with a file, by its URL. */
  readonly origins = new Map<string, SimOrigin>();
  /** What disks may hold, by `contentKey`. */
  readonly contents = new Map<string, SimContent>();
  readonly clock: Clock = {
    now: () => this.now,
    wallTime: () => STARTED_AT + this.now,
    after: (delayMs, call) => this.after(delayMs, call),
  };
  /** Of the piece buffers of all machines. */
  readonly freeBuffers: FreeBuffers = new Map();
  now = 0;
  /** Things that have happened. */
  eventCount = 0;
  readonly #agenda = new Agenda();
  #hasPromised = false;
  #keptAt = 0;

  constructor({ seed, name, again }: WorldOptions) {
    this.seed = seed;
    this.name = name;
    this.#again = again;
    this.random = seededRandom(seed);
    this.network = new Network(this);
    this.datagrams = new SimDatagrams(this);
    this.multicast = new SimMulticast(this);
  }

  addHost(options: SimHostOptions = {}): SimHost {
    const host = new SimHost(this, this.hosts.length, options);
    this.hosts.push(host);
    return host;
  }

  addContent(content: SimContent): SimContent {
    const { metainfo } = content;
    this.contents.set(contentKey(pieceChecks(metainfo), metainfo.layout), content);
    return content;
  }

  /** Calls once after so long; the answer cancels it. */
  after(delayMs: number, call: () => void): () => void {
    const entry = this.#agenda.add(this.now + Math.max(0, delayMs), call);
    return () => {
      entry.call = undefined;
    };
  }

  /** The same, for good: nobody can cancel it, and it costs less. */
  later(delayMs: number, call: () => void): void {
    this.#agenda.addForGood(this.now + Math.max(0, delayMs), call);
  }

  /** A port has answered by promise: what waits for it goes on before anything else happens. */
  promised(): void {
    this.#hasPromised = true;
  }

  /**
   * Lets everything happen until `isDone`, asked after each thing that happens.
   * @throws Error with the command that replays the run, where that does not come within `maxMs` or something threw
   */
  async run(isDone: () => boolean, maxMs: number): Promise<void> {
    const end = this.now + maxMs;
    await this.#keepPromises();
    while (!isDone()) {
      const next = this.#agenda.nextAt;
      if (next === undefined) throw this.#fault('Nothing more will happen, and it is not done.');
      if (next > end) throw this.#fault(`It is not done after ${maxMs / 1000} s.`);
      this.now = next;
      this.eventCount++;
      try {
        this.#agenda.take()!();
      } catch (error) {
        throw this.#fault(
          `It failed at ${this.now} ms: ${error instanceof Error ? error.message : error}`,
          error,
        );
      }
      if (this.#hasPromised || this.now - this.#keptAt >= MOMENT_MS) await this.#keepPromises();
    }
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    let isOver = false;
    this.after(ms, () => {
      isOver = true;
    });
    await this.run(() => isOver, ms);
  }

  /** Lets everything happen until a promise is settled. */
  async settle<Value>(promise: Promise<Value>, maxMs = 60_000): Promise<Value> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    // Nobody tells when a promise has come so far: asked again after each thing that happens.
    await this.run(() => {
      this.promised();
      return isSettled;
    }, maxMs);
    return promise;
  }

  /** What to run to see it again. */
  get replay(): string {
    if (this.#again !== undefined) return `${this.#again} (${this.name})`;
    if (this.name === undefined) return `seed ${this.seed}`;
    return `npm run sim -- --trial ${this.name} --seed ${this.seed}`;
  }

  async #keepPromises(): Promise<void> {
    this.#hasPromised = false;
    this.#keptAt = this.now;
    for (let i = 0; i < TURNS; i++) await undefined;
  }

  #fault(sentence: string, cause?: unknown): Error {
    return new Error(`${sentence} Replay: ${this.replay}`, { cause });
  }
}

// 2023-11-14T22:13:20Z.
const STARTED_AT = 1_700_000_000_000;
// Longer than any chain of awaits in a session.
const TURNS = 32;
// Between looks at promises that nobody told of: looks after each thing that happens would take longer than the things.
const MOMENT_MS = 20;
