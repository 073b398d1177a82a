// Finds one torrent's peers by its trackers: drives an Announcer with the host's clock and HTTP client. It decides
// nothing about tiers and times, and dials nobody: what may be dialled it hands on.

import type { AddressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { acceptablePeers } from '../core/tracker/acceptable-peers.ts';
import type { AnnounceAnswer, AnnounceRefusal } from '../core/tracker/announce.ts';
import { type AnnounceOrder, Announcer } from '../core/tracker/announcer.ts';
import { parseAnnounceAnswer } from '../core/tracker/http-answer.ts';
import { announceUrl } from '../core/tracker/http-request.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import { mustBePublic, parseTrackerUrl, scopeOfHost } from '../core/tracker/tracker-url.ts';
import type { Clock } from '../host/clock.ts';
import type { HttpClient, HttpResponse } from '../host/http.ts';

export interface DiscoveryOptions {
  /** Tiers of URLs (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** One, or a hybrid's two: `wireInfoHashes`. */
  readonly infoHashes: readonly Uint8Array[];
  readonly peerId: Uint8Array;
  /** Where this client listens, as others reach it. */
  readonly port: number;
  /** How it names itself to trackers. @default "swarmline" */
  readonly userAgent?: string;
}

export interface DiscoveryDeps {
  readonly host: { readonly clock: Clock; readonly http: HttpClient };
  readonly random: Random;
  /** What a tracker is told, asked at each announce. */
  facts(): { readonly left: number; readonly uploaded: number; readonly downloaded: number };
  /** Addresses that may be dialled; our own may be among them. */
  peersFound(addresses: readonly Address[], source: 'tracker'): void;
  /** A tracker's status has changed. */
  changed?(): void;
  /** The address from which a tracker saw us come. BEP 24. */
  externalIpFound?(host: string): void;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #deps: DiscoveryDeps;
  readonly #announcer: Announcer;
  readonly #underWay = new Set<AbortController>();
  #cancelTimer: () => void = () => {};
  #stopped: (() => void) | undefined;

  constructor(options: DiscoveryOptions, deps: DiscoveryDeps) {
    this.#options = options;
    this.#deps = deps;
    const { trackers, infoHashes } = options;
    this.#announcer = new Announcer({ trackers, infoHashes }, { random: deps.random });
  }

  start(): void {
    this.#stopped?.();
    this.#announcer.start(this.#now());
    this.#drain();
  }

  /** The download came to its end while this ran. */
  completed(): void {
    this.#announcer.completed(this.#now());
    this.#drain();
  }

  /** Asks for more peers as soon as the trackers allow it. */
  peersWanted(): void {
    this.#announcer.peersWanted(this.#now());
    this.#drain();
  }

  /** Every tracker, in the order in which they are asked; times on the host's clock. */
  status(): TrackerStatus[] {
    return this.#announcer.status();
  }

  /** Says `stopped` to the trackers that know us and waits for their answers, two seconds at most. Never fails. */
  stop(): Promise<void> {
    this.#cancelTimer();
    for (const request of this.#underWay) request.abort();
    this.#underWay.clear();
    this.#announcer.stop();
    return new Promise(resolve => {
      const giveUp = this.#deps.host.clock.after(STOP_TIMEOUT_MS, () => this.#stopped?.());
      const before = this.#stopped;
      this.#stopped = () => {
        this.#stopped = undefined;
        giveUp();
        for (const request of this.#underWay) request.abort();
        this.#underWay.clear();
        before?.();
        resolve();
      };
      this.#drain();
    });
  }

  /** Carries out what the announcer asks for, and sets the alarm for the next time. */
  #drain(): void {
    const { clock } = this.#deps.host;
    this.#cancelTimer();
    for (let order = this.#announcer.poll(this.#now()); order; order = this.#announcer.poll(this.#now())) {
      void this.#announce(order);
    }
    const next = this.#announcer.nextTimeout();
    this.#cancelTimer =
      next === undefined ? () => {} : clock.after(Math.max(0, next - this.#now()), () => this.#drain());
    this.#deps.changed?.();
    if (this.#announcer.isIdle) this.#stopped?.();
  }

  async #announce(order: AnnounceOrder): Promise<void> {
    const request = new AbortController();
    this.#underWay.add(request);
    const result = await this.#ask(order, request.signal);
    // What was dropped has nothing more to say: `stop` has told the announcer.
    if (!this.#underWay.delete(request)) return;
    if (typeof result === 'string') this.#announcer.failed(order.id, result, this.#now());
    else if (result.kind === 'refusal') this.#announcer.refused(order.id, result, this.#now());
    else this.#answered(order, result);
    this.#drain();
  }

  #answered(order: AnnounceOrder, answer: AnnounceAnswer & { readonly scope: AddressScope }): void {
    this.#announcer.answered(order.id, answer, this.#now());
    if (order.event === 'stopped') return;
    const peers = acceptablePeers(answer.peers, answer.scope);
    if (peers.length > 0) this.#deps.peersFound(peers, 'tracker');
    if (answer.externalIp !== undefined) this.#deps.externalIpFound?.(answer.externalIp);
  }

  /** One announce over HTTP: the answer, a refusal, or a sentence that says why there is neither. */
  async #ask(
    order: AnnounceOrder,
    signal: AbortSignal,
  ): Promise<(AnnounceAnswer & { readonly scope: AddressScope }) | AnnounceRefusal | string> {
    const { peerId, port, userAgent } = this.#options;
    const { url: trackerUrl, event, trackerId, ...rest } = order;
    const parsed = parseTrackerUrl(trackerUrl);
    const url = announceUrl(trackerUrl, {
      ...rest,
      ...this.#deps.facts(),
      peerId,
      port,
      ...(event !== undefined && { event }),
      ...(trackerId !== undefined && { trackerId }),
    });
    try {
      const response = await this.#deps.host.http.get({
        url,
        headers: { 'user-agent': userAgent ?? 'swarmline' },
        timeoutMs: event === 'stopped' ? STOP_TIMEOUT_MS : ANNOUNCE_TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
        signal,
        publicOnly: parsed === undefined || mustBePublic(parsed),
      });
      const answer = readAnswer(response);
      return typeof answer === 'string' || answer.kind === 'refusal'
        ? answer
        : { ...answer, scope: scopeOf(trackerUrl, response) };
    } catch (error) {
      if (error instanceof SwarmlineError) return error.message;
      throw error;
    }
  }

  #now(): number {
    return this.#deps.host.clock.now();
  }
}

/** Some trackers refuse with a status of their own and the reason in the usual form. */
function readAnswer({ status, body }: HttpResponse): AnnounceAnswer | AnnounceRefusal | string {
  try {
    const answer = parseAnnounceAnswer(body);
    if (status === 200 || answer.kind === 'refusal') return answer;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (status === 200) return error.message;
  }
  return `The tracker answered with HTTP status ${status}.`;
}

/** Where the tracker is: by the address that answered, else by what its URL says; a name of which we know no more counts as public. */
function scopeOf(trackerUrl: string, response: HttpResponse): AddressScope {
  if (response.remoteHost !== undefined) return scopeOfHost(response.remoteHost) ?? 'public';
  return parseTrackerUrl(trackerUrl)?.scope ?? 'public';
}

const ANNOUNCE_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 2_000;
const MAX_ANSWER = 1_048_576;
