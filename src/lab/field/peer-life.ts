// What becomes of one peer in a run of the field: it comes, it is done, it leaves, and what its line has carried until then.
// Times are of the run's clock.

import { SwarmlineError } from '../../core/errors.ts';
import type { PeerGroup } from '../plan.ts';
import type { PeerRecord } from '../record.ts';
import type { FieldPeer } from './field-peer.ts';
import type { PeerTotals } from './line-protocol.ts';
import type { LineTraffic, StarHost } from './topology.ts';

export interface LifeOptions {
  readonly name: string;
  /** Its place in the plan, and what it says. */
  readonly index: number;
  readonly group: PeerGroup;
  readonly peer: FieldPeer;
  readonly host: StarHost;
  /** Where its copy comes to be. */
  readonly dir: string;
  /** Undefined for those that have everything. */
  readonly arrivesAtMs: number | undefined;
  /** Of the content. */
  readonly length: number;
  /** The run's. */
  readonly clock: () => number;
}

export class PeerLife {
  readonly name: string;
  readonly dir: string;
  readonly isSeed: boolean;
  completedAtMs: number | undefined;
  readonly #options: LifeOptions;
  #startedAtMs: number | undefined;
  #firstPieceAtMs: number | undefined;
  #leftAtMs: number | undefined;
  #leaving: Promise<void> | undefined;
  #isPreparing = false;
  #isReady = false;
  #fault: Error | undefined;
  #totals: PeerTotals | undefined;
  #traffic: LineTraffic = { sent: 0, received: 0 };

  constructor(options: LifeOptions) {
    this.#options = options;
    const { name, dir, group, peer, clock } = options;
    this.name = name;
    this.dir = dir;
    this.isSeed = group.has === 'everything';
    peer.onFirst = () => {
      this.#firstPieceAtMs ??= clock();
    };
    peer.onDone = () => {
      this.completedAtMs ??= clock();
    };
  }

  get hasStarted(): boolean {
    return this.#startedAtMs !== undefined;
  }

  get hasLeft(): boolean {
    return this.#leftAtMs !== undefined;
  }

  /** Nothing more is waited for. */
  get isOver(): boolean {
    return this.completedAtMs !== undefined || this.hasLeft;
  }

  /** To be made ready before the run's clock begins. */
  get isEarly(): boolean {
    return (this.#options.arrivesAtMs ?? 0) <= LEAD_MS;
  }

  /** Ready to begin; one that has everything is there from then on. @throws SwarmlineError LAB_FAILED */
  async prepare(): Promise<void> {
    this.#isPreparing = true;
    const { peer } = this.#options;
    const ready = peer.prepare();
    if (peer.process === undefined) await ready;
    else if (!(await peer.process.isInTime(ready))) throw this.#failed('did not become ready');
    this.#isReady = true;
  }

  /** At the beginning of the run's clock, of one that has everything. */
  isThere(): void {
    this.#startedAtMs = 0;
  }

  /** Looks whether it is time to come or to leave. @throws SwarmlineError LAB_FAILED where it has ended by itself */
  look(): void {
    if (this.#leaving !== undefined) return;
    if (this.#fault !== undefined) throw this.#fault;
    const { peer, clock, arrivesAtMs = Number.POSITIVE_INFINITY } = this.#options;
    const now = clock();
    if (!this.hasStarted && now >= arrivesAtMs - LEAD_MS && !this.#isPreparing) {
      this.prepare().catch(error => {
        this.#fault = error;
      });
    }
    if (!this.hasStarted && now >= arrivesAtMs && this.#isReady) {
      this.#startedAtMs = now;
      peer.go();
    }
    if (peer.process?.hasEnded === true) throw this.#failed('has ended by itself');
    if (this.#mayLeave(now)) void this.leave();
  }

  /** Resolved when it has ended and its data is on the disk. */
  leave(): Promise<void> {
    if (this.#leaving === undefined) {
      this.#leftAtMs = this.#options.clock();
      this.#traffic = this.#options.host.traffic();
      this.#leaving = this.#options.peer.leave().then(totals => {
        this.#totals = totals;
      });
    }
    return this.#leaving;
  }

  /** `endedAtMs`: whoever leaves then has stayed. */
  record(endedAtMs: number): PeerRecord {
    const { index, length } = this.#options;
    const { sent, received } = this.#traffic;
    const isComplete = this.isSeed || this.completedAtMs !== undefined;
    // Of a program that does not tell, its line tells: headers are counted as blocks then, and what came twice is not known.
    const totals = (this.hasStarted ? this.#totals : NOTHING) ?? {
      uploaded: sent,
      downloaded: received,
      wasted: Number.NaN,
      share: Math.min(1, received / length),
    };
    return {
      group: index,
      startedAtMs: this.#startedAtMs,
      firstPieceAtMs: this.#firstPieceAtMs,
      completedAtMs: this.completedAtMs,
      leftAtMs: this.#leftAtMs !== undefined && this.#leftAtMs < endedAtMs ? this.#leftAtMs : undefined,
      uploaded: totals.uploaded,
      downloaded: totals.downloaded,
      wasted: totals.wasted,
      sent,
      share: isComplete ? 1 : totals.share,
    };
  }

  #mayLeave(now: number): boolean {
    const { group, host, length } = this.#options;
    const { leaves } = group;
    if (leaves === undefined) return false;
    switch (leaves.kind) {
      case 'at':
        return now >= leaves.atMs;
      case 'when done':
        return this.completedAtMs !== undefined && now >= this.completedAtMs + leaves.afterMs;
      case 'after copies':
        return this.hasStarted && host.traffic().sent >= leaves.copies * length;
      default:
        return leaves satisfies never;
    }
  }

  #failed(what: string): SwarmlineError {
    const said = this.#options.peer.process?.lastWords ?? '';
    return new SwarmlineError('LAB_FAILED', `${this.name} ${what}. ${said}`.trim());
  }
}

/** Its program is started so long before it comes: not all of those that ever come need run at the same time. */
const LEAD_MS = 5000;
const NOTHING: PeerTotals = { uploaded: 0, downloaded: 0, wasted: 0, share: 0 };
