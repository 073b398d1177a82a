// How many requests are under way at once: so many in all, so many to one host, so many begun in a second. Those that wait
// take turns by host, so that one host that does not answer holds up nobody else's. Urgent ones (a goodbye) go first and
// at any rate. It knows nothing of what the requests are.

import type { Clock } from '../host/clock.ts';

export interface GateOptions {
  readonly maxAtOnce: number;
  readonly maxPerHost: number;
  readonly perSecond: number;
}

export interface GateJob {
  /** Whom it asks: a name and a port. */
  readonly host: string;
  readonly isUrgent: boolean;
  /** Begins; `done` is to be called once, when it is over. */
  readonly run: (done: () => void) => void;
}

interface Host {
  readonly urgent: Set<GateJob>;
  readonly waiting: Set<GateJob>;
  underWay: number;
}

export class RequestGate {
  readonly #options: GateOptions;
  readonly #clock: Clock;
  /** In the order of their turns. */
  readonly #hosts = new Map<string, Host>();
  #underWay = 0;
  #isOpen = false;
  #isPassing = false;
  /** Requests that may begin at once, after a rest; counts up with time. */
  #allowance: number;
  #countedAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: GateOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#allowance = burst(options);
  }

  /** Requests that are under way or wait. */
  get count(): number {
    let count = this.#underWay;
    for (const { urgent, waiting } of this.#hosts.values()) count += urgent.size + waiting.size;
    return count;
  }

  /** From here on requests begin. */
  open(): void {
    this.#isOpen = true;
    this.#countedAt = this.#clock.now();
    this.#pass();
  }

  /** Returns a function that withdraws it while it waits: true. What has begun is its owner's to end: false. */
  submit(job: GateJob): () => boolean {
    let host = this.#hosts.get(job.host);
    if (host === undefined) {
      host = { urgent: new Set(), waiting: new Set(), underWay: 0 };
      this.#hosts.set(job.host, host);
    }
    const queue = job.isUrgent ? host.urgent : host.waiting;
    queue.add(job);
    this.#pass();
    return () => {
      const wasWaiting = queue.delete(job);
      if (wasWaiting) this.#forgetIdle(job.host, host);
      return wasWaiting;
    };
  }

  /** Lets through what may begin. */
  #pass(): void {
    // A request that is over within the call must not start a second round inside the first.
    if (!this.#isOpen || this.#isPassing) return;
    this.#isPassing = true;
    try {
      this.#earn();
      while (this.#underWay < this.#options.maxAtOnce && this.#passOne()) {}
    } finally {
      this.#isPassing = false;
    }
  }

  #passOne(): boolean {
    let isHeldBack = false;
    for (const [name, host] of this.#hosts) {
      if (host.underWay >= this.#options.maxPerHost) continue;
      let [job] = host.urgent;
      if (job === undefined && host.waiting.size > 0) {
        if (this.#allowance >= 1) [job] = host.waiting;
        else isHeldBack = true;
      }
      if (job !== undefined) {
        this.#begin(name, host, job);
        return true;
      }
    }
    if (isHeldBack) this.#waitForAllowance();
    return false;
  }

  #begin(name: string, host: Host, job: GateJob): void {
    if (!host.urgent.delete(job)) {
      host.waiting.delete(job);
      this.#allowance--;
    }
    host.underWay++;
    this.#underWay++;
    // Its next turn comes after all others'.
    this.#hosts.delete(name);
    this.#hosts.set(name, host);
    let isOver = false;
    job.run(() => {
      if (isOver) return;
      isOver = true;
      host.underWay--;
      this.#underWay--;
      this.#forgetIdle(name, host);
      this.#pass();
    });
  }

  #forgetIdle(name: string, { urgent, waiting, underWay }: Host): void {
    if (underWay === 0 && urgent.size === 0 && waiting.size === 0) this.#hosts.delete(name);
  }

  #earn(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#countedAt) * this.#options.perSecond) / 1000;
    this.#allowance = Math.min(burst(this.#options), this.#allowance + earned);
    this.#countedAt = now;
  }

  #waitForAllowance(): void {
    if (this.#cancelTimer !== undefined) return;
    // A tenth of a second's at a time: a timer for each would be many.
    const delayMs = Math.max(100, ((1 - this.#allowance) * 1000) / this.#options.perSecond);
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#pass();
    });
  }
}

/** A session of few torrents has no reason to wait. */
function burst({ perSecond }: GateOptions): number {
  return Math.max(1, perSecond / 4);
}
