// Has the router open a port in whichever way it knows: PCP, else NAT-PMP, else UPnP; keeps it open, and takes it back at
// the end. Where none works it is tried again later. A value, like the attempts that it is made of.

import type { Random } from '../bytes/prng.ts';
import { GatewayLease } from './gateway-lease.ts';
import { IgdLease } from './igd-lease.ts';
import type { GatewayAnswer, MappingAttempt, MappingOutput, MappingWish } from './mapping.ts';

export interface PortMapperDeps {
  readonly random: Random;
}

export class PortMapper implements MappingAttempt {
  readonly #wish: MappingWish;
  readonly #deps: PortMapperDeps;
  /** The one that is under way, or has the port open. */
  #attempt: MappingAttempt | undefined;
  #isOpen = false;
  #waysLeft = 0;
  #reasons: string[] = [];
  #failures = 0;
  #retryAt: number | undefined;
  /** Numbers of an attempt that is given up mean nothing to the next: each counts on from here. */
  #askBase = 0;
  #lastAsk = 0;
  #isClosing = false;
  readonly #outputs: MappingOutput[] = [];

  constructor(wish: MappingWish, deps: PortMapperDeps, now: number) {
    this.#wish = wish;
    this.#deps = deps;
    this.#beginAll(now);
  }

  received(bytes: Uint8Array, host: string, port: number, now: number): void {
    this.#attempt?.received(bytes, host, port, now);
    this.#drain(now);
  }

  answered(id: number, answer: GatewayAnswer | undefined, now: number): void {
    if (id > this.#askBase) this.#attempt?.answered(id - this.#askBase, answer, now);
    this.#drain(now);
  }

  timePassed(now: number): void {
    if (this.#retryAt !== undefined && now >= this.#retryAt) this.#beginAll(now);
    this.#attempt?.timePassed(now);
    this.#drain(now);
  }

  nextTimeout(): number | undefined {
    return this.#retryAt ?? this.#attempt?.nextTimeout();
  }

  leaseEndsAt(): number | undefined {
    return this.#isOpen ? this.#attempt?.leaseEndsAt() : undefined;
  }

  poll(): MappingOutput | undefined {
    return this.#outputs.shift();
  }

  close(now: number): void {
    this.#isClosing = true;
    this.#retryAt = undefined;
    if (this.#attempt === undefined) this.#outputs.push({ type: 'closed' });
    this.#attempt?.close(now);
    this.#drain(now);
  }

  #beginAll(now: number): void {
    this.#retryAt = undefined;
    this.#isOpen = false;
    this.#reasons = [];
    this.#waysLeft = WAYS.length;
    this.#beginNext(now);
  }

  #beginNext(now: number): void {
    const begin = WAYS[WAYS.length - this.#waysLeft--]!;
    this.#askBase = this.#lastAsk;
    this.#attempt = begin(this.#wish, this.#deps, now);
    this.#drain(now);
  }

  #drain(now: number): void {
    const attempt = this.#attempt;
    for (let output = attempt?.poll(); output !== undefined; output = attempt?.poll()) {
      switch (output.type) {
        case 'ask':
          this.#lastAsk = this.#askBase + output.id;
          this.#outputs.push({ ...output, id: this.#lastAsk });
          break;
        case 'failed':
          this.#failed(output.reason, now);
          return;
        case 'mapped':
          this.#isOpen = true;
          this.#failures = 0;
          this.#outputs.push(output);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  #failed(reason: string, now: number): void {
    this.#attempt = undefined;
    // It was open: the router may have started anew, or speak otherwise than before.
    if (this.#isOpen) this.#beginAll(now);
    else {
      this.#reasons.push(reason);
      if (this.#waysLeft > 0 && !this.#isClosing) this.#beginNext(now);
      else this.#allFailed(now);
    }
  }

  #allFailed(now: number): void {
    this.#outputs.push({ type: 'failed', reason: this.#reasons.join(', and ') });
    this.#retryAt = now + Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, MAX_RETRY_MS);
  }
}

type Begin = (wish: MappingWish, deps: PortMapperDeps, now: number) => MappingAttempt;

// What answers at once comes first: a search by UPnP takes seconds.
const WAYS: readonly Begin[] = [
  (wish, deps, now) => new GatewayLease(wish, deps, now),
  (wish, deps, now) => new IgdLease(wish, deps, now),
];
const FIRST_RETRY_MS = 600_000;
const MAX_RETRY_MS = 7_200_000;
