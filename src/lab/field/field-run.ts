// Carries out a plan with real processes, each on a machine of its own: a network namespace with a capped line (topology). Its
// clock runs from when those with everything are there and known; leechers are made ready before, so that what is measured
// is the exchange and not how programs start. In the end every copy is compared with the original. Everything that was
// started is ended, and what was written is gone, however it ends.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { seededRandom } from '../../core/bytes/prng.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { arrivalTimes } from '../arrivals.ts';
import { type PeerGroup, peerCount, type SwarmPlan } from '../plan.ts';
import type { PopulationSample, RunRecord } from '../record.ts';
import type { RunPlanOptions } from '../scenario.ts';
import { type FieldContent, isRight, makeContent, roomyFolder } from './content.ts';
import type { FieldPeer, LinePeer, PeerWish } from './field-peer.ts';
import type { FieldProcess } from './field-process.ts';
import { aria2Peer, libtorrentPeer, transmissionPeer } from './other-clients.ts';
import { originClient, ownPeer } from './own-clients.ts';
import { PeerLife } from './peer-life.ts';
import { watchProcessors } from './processors.ts';
import { requireForPlan } from './requirements.ts';
import { originUrl, startOrigin, startTracker, trackerUrl } from './services.ts';
import { requireSupported } from './supported.ts';
import { timeLimitMs } from './time-limit.ts';
import { type HostLine, openStar, type Star, type StarHost } from './topology.ts';

export interface FieldRunOptions extends RunPlanOptions {
  /** Ends the run, which then fails with ABORTED. */
  readonly signal?: AbortSignal;
}

/**
 * @throws SwarmlineError LAB_NEEDS what is missing on this machine; LAB_UNSUPPORTED what the field cannot do of the plan;
 *   LAB_FAILED what went wrong in the run: somebody is not done in time, a program has ended, data is wrong; ABORTED
 */
export async function fieldRunPlan(plan: SwarmPlan, options: FieldRunOptions): Promise<RunRecord> {
  mustGoOn(options);
  requireSupported(plan);
  requireForPlan(plan);
  const parent = await roomyFolder(plan.content.length * (1 + peerCount(plan.groups)));
  const folder = mkdtempSync(join(parent, `swarmline-field-${process.pid}-`));
  let star: Star | undefined;
  // Whatever waits for a program then sees its end.
  const stop = () => void star?.close();
  options.signal?.addEventListener('abort', stop);
  try {
    star = await openStar(linesOf(plan), folder);
    const run = await FieldRun.prepare(plan, options, star);
    return await run.carryOut();
  } catch (error) {
    mustGoOn(options);
    if (!(error instanceof SwarmlineError)) throw error;
    throw new SwarmlineError(error.code, `${error.message} (${options.name}, seed ${options.seed})`, {
      cause: error,
    });
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await star?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class FieldRun {
  readonly #plan: SwarmPlan;
  readonly #options: FieldRunOptions;
  readonly #content: FieldContent;
  readonly #tracker: FieldProcess | undefined;
  readonly #origin: LinePeer | undefined;
  readonly #lives: PeerLife[] = [];
  readonly #population: PopulationSample[] = [];
  #from = 0;
  #isTrackerDead = false;

  private constructor(
    plan: SwarmPlan,
    options: FieldRunOptions,
    content: FieldContent,
    tracker: FieldProcess | undefined,
    origin: LinePeer | undefined,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#content = content;
    this.#tracker = tracker;
    this.#origin = origin;
  }

  /** All is ready, and those with everything are there. */
  static async prepare(plan: SwarmPlan, options: FieldRunOptions, star: Star): Promise<FieldRun> {
    const [trackerHost, originHost, ...hosts] = star.hosts;
    const isSwarm = plan.by !== 'origin';
    const content = await makeContent(plan, options.seed, star.folder, {
      tracker: isSwarm ? trackerUrl(trackerHost!) : undefined,
      webSeed: isSwarm && plan.origin !== undefined ? originUrl(originHost!) : undefined,
    });
    const tracker = isSwarm ? await startTracker(trackerHost!) : undefined;
    const origin =
      plan.origin === undefined
        ? undefined
        : await startOrigin(originHost!, folderIn(star.folder, 'origin'), content);
    const run = new FieldRun(plan, options, content, tracker, origin);
    run.#addLives(hosts, star.folder, originUrl(originHost!));
    // A few at a time: seventeen that start together keep the processors busy for so long that some seem not to start.
    const early = run.#lives.filter(life => life.isEarly);
    for (let i = 0; i < early.length; i += PREPARED_AT_ONCE) {
      run.#mustGoOn();
      await Promise.all(early.slice(i, i + PREPARED_AT_ONCE).map(life => life.prepare()));
    }
    return run;
  }

  async carryOut(): Promise<RunRecord> {
    const { endsAtMs, trackerDiesAtMs = Number.POSITIVE_INFINITY } = this.#plan;
    const limitMs = timeLimitMs(this.#plan);
    const idle = watchProcessors();
    this.#from = performance.now();
    for (const life of this.#lives) if (life.isSeed) life.isThere();
    for (;;) {
      this.#mustGoOn();
      const now = this.#now();
      if (now >= trackerDiesAtMs && !this.#isTrackerDead) {
        this.#isTrackerDead = true;
        this.#tracker?.signal('SIGKILL');
      }
      for (const life of this.#lives) life.look();
      this.#count(now);
      if (endsAtMs !== undefined ? now >= endsAtMs : this.#isDone()) break;
      if (now > limitMs) throw failed(`not everybody was done after ${Math.round(now / 1000)} s`);
      await after(LOOK_MS);
    }
    return this.#finish(this.#now(), idle());
  }

  async #finish(endedAtMs: number, cpuIdle: number): Promise<RunRecord> {
    await Promise.all(this.#lives.map(life => life.leave()));
    const origin = await this.#origin?.leave();
    for (const life of this.#lives) {
      if (!life.isSeed && life.completedAtMs !== undefined && !(await isRight(life.dir, this.#content)))
        throw failed(`the data of ${life.name} is wrong`);
    }
    return {
      way: 'field',
      seed: this.#options.seed,
      plan: this.#plan,
      pieceLength: this.#content.pieceLength,
      peers: this.#lives.map(life => life.record(endedAtMs)),
      endedAtMs,
      ...(origin !== undefined && { originBytes: origin.uploaded }),
      population: this.#population,
      cpuIdle,
    };
  }

  #addLives(hosts: readonly StarHost[], folder: string, url: string): void {
    const random = seededRandom(2 ** 31 + this.#options.seed);
    let next = 0;
    for (const [index, group] of this.#plan.groups.entries()) {
      const isSeed = group.has === 'everything';
      const arrivals = isSeed ? [] : arrivalTimes(group, random);
      for (let i = 0; i < group.count; i++) {
        const name = group.count === 1 ? group.name : `${group.name} ${i + 1}`;
        const home = folderIn(folder, `peer-${next}`);
        const dir = isSeed ? this.#content.folder : folderIn(home, 'data');
        const wish = { name, group, host: hosts[next]!, torrent: this.#content.torrent, dir, home };
        this.#lives.push(
          new PeerLife({
            ...{ name, index, group, dir, host: wish.host, arrivesAtMs: arrivals[i] },
            peer: this.#peer(wish, url),
            length: this.#plan.content.length,
            clock: () => this.#now(),
          }),
        );
        next++;
      }
    }
  }

  #peer(wish: PeerWish, url: string): FieldPeer {
    const { client = 'swarmline' } = wish.group;
    if (this.#plan.by === 'origin')
      return originClient(wish, url, this.#plan.content.length, this.#content.pieceLength);
    switch (client) {
      case 'swarmline':
        return ownPeer(wish, this.#plan);
      case 'libtorrent':
        return libtorrentPeer(wish);
      case 'transmission':
        return transmissionPeer(wish);
      case 'aria2':
        return aria2Peer(wish);
      default:
        return client satisfies never;
    }
  }

  #isDone(): boolean {
    return this.#lives.every(life => life.isSeed || life.isOver);
  }

  #mustGoOn(): void {
    mustGoOn(this.#options);
    if (this.#origin?.process?.hasEnded === true)
      throw failed(`the HTTP server has ended by itself. ${this.#origin.process.lastWords}`);
    if (this.#tracker?.hasEnded === true && !this.#isTrackerDead)
      throw failed(`the tracker has ended by itself. ${this.#tracker.lastWords}`);
  }

  #count(now: number): void {
    if (now < SAMPLE_MS * this.#population.length) return;
    const there = this.#lives.filter(life => life.hasStarted && !life.hasLeft);
    const seeds = there.filter(life => life.isSeed || life.completedAtMs !== undefined).length;
    this.#population.push({ atMs: now, leechers: there.length - seeds, seeds });
  }

  #now(): number {
    return performance.now() - this.#from;
  }
}

/** Of the tracker, the HTTP server and each peer of the plan, in its order. */
function linesOf({ origin, groups }: SwarmPlan): HostLine[] {
  const peerLines = groups.flatMap(group => Array.from({ length: group.count }, () => lineOf(group)));
  return [{}, { upBytesPerSecond: origin?.upBytesPerSecond }, ...peerLines];
}

function lineOf({ upBytesPerSecond, downBytesPerSecond, isReachable }: PeerGroup): HostLine {
  return { upBytesPerSecond, downBytesPerSecond, isReachable };
}

function folderIn(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
}

function mustGoOn({ signal }: FieldRunOptions): void {
  if (signal?.aborted === true) throw new SwarmlineError('ABORTED', 'The run was stopped before its end.');
}

function failed(sentence: string): SwarmlineError {
  return new SwarmlineError('LAB_FAILED', `In the field ${sentence}.`);
}

const PREPARED_AT_ONCE = 4;
const LOOK_MS = 20;
const SAMPLE_MS = 1000;
