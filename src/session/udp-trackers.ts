// Asking trackers by UDP: resolves names, carries out what the exchange of core/tracker says, keeps its time. All of a
// session's questions share one exchange, and with it each tracker's connection id.

import { addressScope } from '../core/bytes/address-scope.ts';
import { type Address, addressBytes } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AddressFamily } from '../core/tracker/tracker-list.ts';
import { scopeOfHost } from '../core/tracker/tracker-url.ts';
import { UdpExchange, type UdpOutput, type UdpQuestion } from '../core/tracker/udp-exchange.ts';
import type { Clock } from '../host/clock.ts';
import type { NameResolver } from '../host/names.ts';
import { Alarm, type Schedule } from './schedule.ts';
import type { AskTracker, TrackerFailure, TrackerQuestion, TrackerResult } from './tracker-question.ts';
import type { UdpDemux } from './udp-demux.ts';

export interface UdpTrackersDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Left out where whoever passes our datagrams on looks names up. */
  readonly names: NameResolver | undefined;
  readonly demux: UdpDemux;
  readonly schedule: Schedule;
}

export interface UdpTrackersOptions {
  /** How often a datagram is sent again. */
  readonly retransmits: number;
}

export class UdpTrackers {
  readonly #deps: UdpTrackersDeps;
  readonly #exchange: UdpExchange;
  readonly #open = new Map<
    number,
    { readonly host: string; readonly done: (result: TrackerResult) => void }
  >();
  readonly #alarm = new Alarm(() => {
    this.#exchange.timePassed(this.#deps.clock.now());
    this.#drain();
  });

  constructor(options: UdpTrackersOptions, deps: UdpTrackersDeps) {
    this.#deps = deps;
    this.#exchange = new UdpExchange({ retransmits: options.retransmits }, { random: deps.random });
    deps.demux.add('tracker', (bytes, host, port) => {
      if (this.#exchange.received({ host, port }, bytes, deps.clock.now())) this.#drain();
    });
  }

  readonly ask: AskTracker = (question, done) => {
    const { clock, names } = this.#deps;
    let isOver = false;
    let id: number | undefined;
    const end = (result: TrackerResult) => {
      if (isOver) return;
      isOver = true;
      cancelTimeout();
      done(result);
    };
    const giveUp = () => {
      isOver = true;
      cancelTimeout();
      if (id === undefined) return;
      this.#open.delete(id);
      this.#exchange.forget(id, clock.now());
    };
    const { timeoutMs } = question;
    const cancelTimeout = Number.isFinite(timeoutMs)
      ? clock.after(timeoutMs, () => {
          if (isOver) return;
          giveUp();
          done(failure('The tracker does not answer.', 'silent'));
        })
      : () => {};
    const { host, port } = question.parsed;
    (names?.resolve(host) ?? Promise.resolve([host])).then(
      addresses => {
        if (isOver) return;
        const address = this.#choose(addresses, question.family);
        if (address === undefined) {
          const family = question.family === undefined ? '' : ` of IPv${question.family}`;
          end(failure(`${host} has no address${family} that can be reached from here.`, 'no-family'));
          return;
        }
        id = this.#exchange.ask({ host: address, port: port! }, questionOf(question), clock.now());
        this.#open.set(id, { host: address, done: end });
        this.#drain();
      },
      (error: unknown) => {
        if (!(error instanceof SwarmlineError)) throw error;
        end(failure(error.message, 'silent'));
      },
    );
    return giveUp;
  };

  #choose(addresses: readonly string[], family: AddressFamily | undefined): string | undefined {
    const usable = addresses.filter(host => {
      const own = host.includes(':') ? 6 : 4;
      return (family === undefined || own === family) && this.#canBeAsked(host) && this.#has(own);
    });
    // A tracker of several addresses: when one of them is down, the next try may meet another.
    return usable.length === 0 ? undefined : usable[this.#deps.random.below(usable.length)];
  }

  #canBeAsked(host: string): boolean {
    return (
      addressScope(host) !== 'none' || (this.#deps.names === undefined && addressBytes(host) === undefined)
    );
  }

  #has(family: AddressFamily): boolean {
    return this.#deps.demux.address(family) !== undefined;
  }

  #drain(): void {
    for (let output = this.#exchange.poll(); output !== undefined; output = this.#exchange.poll())
      this.#do(output);
    this.#deps.schedule.set(this.#alarm, this.#exchange.nextTimeout());
  }

  #do(output: UdpOutput): void {
    if (output.type === 'send') {
      this.#send(output.to, output.bytes);
      return;
    }
    const asked = this.#open.get(output.id);
    if (asked === undefined) return;
    this.#open.delete(output.id);
    asked.done(resultOf(output, asked.host));
  }

  #send(to: Address, bytes: Uint8Array): void {
    this.#deps.demux.send(bytes, to.host, to.port, fault => {
      this.#exchange.unreachable(to, fault.message, this.#deps.clock.now());
      this.#drain();
    });
  }
}

function questionOf({ what, parsed }: TrackerQuestion): UdpQuestion {
  if (what.kind === 'scrape') return what;
  const query = parsed.query === undefined ? '' : `?${parsed.query}`;
  return { kind: 'announce', request: what.request, urlData: parsed.path + query };
}

function resultOf(output: Exclude<UdpOutput, { type: 'send' }>, host: string): TrackerResult {
  switch (output.type) {
    case 'answered':
      return { ...output.answer, scope: scopeOfHost(host) ?? 'public' };
    case 'scraped':
      return { kind: 'counts', counts: output.counts };
    case 'refused':
      return { kind: 'refusal', reason: output.reason };
    case 'failed':
      // Many machines have IPv6 that leads nowhere; without IPv4 the network is down, and will be back.
      if (output.why === 'unreachable')
        return failure(output.sentence, host.includes(':') ? 'no-family' : 'silent');
      return failure(output.sentence, output.why);
    default:
      return output satisfies never;
  }
}

function failure(sentence: string, reason: TrackerFailure['reason']): TrackerFailure {
  return { kind: 'failure', sentence, reason };
}
