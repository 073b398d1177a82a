// The swarm that most trials are made of: a tracker, seeds, leechers with lines of their own, all in one world. Seeds
// are there first; leechers come a second later, or when the trial says.

import type { SessionOptions } from '../../session/settings.ts';
import { type SwarmFigures, swarmFigures } from './metrics.ts';
import { SimContent, type SimContentOptions } from './sim-content.ts';
import { SimPeer, type SimPeerOptions } from './sim-peer.ts';
import { type SimTracker, simTracker } from './sim-tracker.ts';
import { World } from './world.ts';

export interface SimSwarmOptions {
  readonly seed: number;
  /** Of the trial, where it is one. */
  readonly name?: string;
  /** What replays it, where it is no trial. */
  readonly again?: string | undefined;
  readonly content: SimContentOptions;
  /** Of every machine, unless it is given its own. @default 1,000,000 */
  readonly upBytesPerSecond?: number;
  /** @default four times the uplink, as home lines are */
  readonly downBytesPerSecond?: number;
  readonly session?: SessionOptions;
}

export class SimSwarm {
  readonly world: World;
  readonly content: SimContent;
  readonly tracker: SimTracker;
  readonly seeds: SimPeer[] = [];
  readonly leechers: SimPeer[] = [];
  readonly #options: SimSwarmOptions;

  constructor(options: SimSwarmOptions) {
    this.#options = options;
    this.world = new World(options);
    this.content = this.world.addContent(contentOf(options.content));
    // Peers come back every two minutes: trials are short.
    this.tracker = simTracker(this.world, { intervalSeconds: 120, minIntervalSeconds: 30 });
  }

  get peers(): readonly SimPeer[] {
    return [...this.seeds, ...this.leechers];
  }

  /** A machine that has everything, started. */
  addSeed(options: Partial<SimPeerOptions> = {}): SimPeer {
    const seed = this.#add({ ...options, isSeed: true });
    this.seeds.push(seed);
    seed.start();
    return seed;
  }

  /** Machines that have nothing, not started. */
  addLeechers(count: number, options: Partial<SimPeerOptions> = {}): SimPeer[] {
    const added = Array.from({ length: count }, () => this.#add(options));
    this.leechers.push(...added);
    return added;
  }

  /** A machine with the disk of one that is gone, not started. */
  restart(gone: SimPeer, options: Partial<SimPeerOptions> = {}): SimPeer {
    const again = this.#add(options);
    again.host.disk = gone.host.disk;
    this.leechers.push(again);
    return again;
  }

  /** All leechers start at once, a second after the seeds, and run until each that is still there is complete. */
  async runAll(maxMs: number): Promise<void> {
    await this.world.pass(1000);
    for (const leecher of this.leechers) leecher.start();
    await this.complete(this.leechers, maxMs);
  }

  /** Runs until each of these has everything or has left. */
  complete(peers: readonly SimPeer[], maxMs: number): Promise<void> {
    // Asked after each thing that happens: who is done stays so and is not looked at again.
    let done = 0;
    const isDone = ({ isComplete, leftAt }: SimPeer) => isComplete || leftAt !== undefined;
    return this.world.run(() => {
      while (done < peers.length && isDone(peers[done]!)) done++;
      return done === peers.length;
    }, maxMs);
  }

  figures(): SwarmFigures {
    return swarmFigures(this.peers);
  }

  #add(options: Partial<SimPeerOptions>): SimPeer {
    const { session, upBytesPerSecond = 1_000_000 } = this.#options;
    const { downBytesPerSecond = 4 * upBytesPerSecond } = this.#options;
    return new SimPeer(this.world, {
      content: this.content,
      trackers: [this.tracker.url],
      upBytesPerSecond,
      downBytesPerSecond,
      ...(session !== undefined && { session }),
      ...options,
    });
  }
}

/** Made once for every run of the same: hashing it takes longer than some trials. */
function contentOf(options: SimContentOptions): SimContent {
  const key = Object.entries(options).join();
  let content = contents.get(key);
  if (content === undefined) {
    content = new SimContent(options);
    contents.set(key, content);
  }
  return content;
}

const contents = new Map<string, SimContent>();
