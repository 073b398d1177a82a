// A session's way to trackers, for all of its torrents: who may ask when and how many at once, by HTTP or UDP, over which
// families of addresses. Which tracker is asked, and what becomes of the answer, is each torrent's (discovery).

import { type Address, addressBytes } from '../core/bytes/compact-address.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AddressFamily } from '../core/tracker/tracker-list.ts';
import { parseTrackerUrl, type TrackerUrl } from '../core/tracker/tracker-url.ts';
import type { Clock } from '../host/clock.ts';
import type { Host } from '../host/host.ts';
import type { NameResolver } from '../host/names.ts';
import { canScrape, httpTracker } from './http-tracker.ts';
import { NameCache } from './name-cache.ts';
import { RequestGate } from './request-gate.ts';
import { Schedule } from './schedule.ts';
import { SilentHosts } from './silent-hosts.ts';
import type { AskTracker, TrackerQuestion, TrackerResult } from './tracker-question.ts';
import type { TrackerSettings } from './tracker-settings.ts';
import type { UdpDemux } from './udp-demux.ts';
import { UdpTrackers } from './udp-trackers.ts';

export interface TrackersDeps {
  readonly host: Pick<Host, 'clock' | 'http' | 'random'> & {
    readonly names?: NameResolver | undefined;
    readonly secrets?: Random | undefined;
  };
  /** Where there is none, or neither `names` nor a relay, no tracker is asked by UDP. */
  readonly demux?: UdpDemux | undefined;
  readonly peerId: Uint8Array;
  /** How we name ourselves to HTTP trackers. */
  readonly userAgent: string;
  /** Where peers are to dial us: the families of addresses that are announced. False: nowhere. */
  readonly listen: Address | false;
}

/** A question before its turn has come: what is to be said is known only then. */
export interface TrackerAsk {
  readonly url: string;
  readonly family: AddressFamily | undefined;
  /** A goodbye: it goes before others, and waits no longer than that for its answer. */
  readonly isGoodbye: boolean;
  readonly what: () => TrackerQuestion['what'];
}

export class Trackers {
  readonly settings: TrackerSettings;
  readonly peerId: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: Schedule;
  /** What can be asked: schemes of URLs. */
  readonly schemes: readonly string[];
  /** Families of addresses that we announce. Undefined where names cannot be looked at: whichever it turns out to be. */
  readonly families: readonly AddressFamily[] | undefined;
  readonly #names: NameCache | undefined;
  readonly #gates: { readonly http: RequestGate; readonly udp: RequestGate };
  readonly #asks: { readonly http: AskTracker; readonly udp: AskTracker | undefined };
  readonly #silent: SilentHosts;
  #goodbyeMs: number;
  #port = UNREACHABLE_PORT;

  constructor(settings: TrackerSettings, deps: TrackersDeps) {
    const { host, demux, userAgent, listen } = deps;
    const { clock, random, names } = host;
    this.settings = settings;
    this.#goodbyeMs = settings.stopTimeoutMs;
    this.peerId = deps.peerId;
    this.clock = clock;
    this.random = random;
    this.schedule = new Schedule(clock);
    this.#silent = new SilentHosts(clock);
    this.#names = names && new NameCache(names, clock);
    this.families = names && familiesOf(listen);
    const { maxHttpAtOnce, maxUdpAtOnce, maxPerTracker, perSecond, maxAnswerLength } = settings;
    this.#gates = {
      http: new RequestGate({ maxAtOnce: maxHttpAtOnce, maxPerHost: maxPerTracker, perSecond }, clock),
      udp: new RequestGate({ maxAtOnce: maxUdpAtOnce, maxPerHost: maxUdpAtOnce / 2, perSecond }, clock),
    };
    const udp =
      demux &&
      (this.#names !== undefined || demux.relay !== undefined) &&
      new UdpTrackers(
        { retransmits: settings.udpRetransmits },
        { clock, random: host.secrets ?? random, names: this.#names, demux, schedule: this.schedule },
      );
    this.#asks = {
      http: httpTracker(host.http, { userAgent, maxAnswerLength }),
      udp: udp === false ? undefined : udp?.ask,
    };
    this.schemes = this.#asks.udp === undefined ? ['http', 'https'] : ['http', 'https', 'udp'];
  }

  /** How long a torrent that stops waits for its trackers. */
  get goodbyeMs(): number {
    return this.#goodbyeMs;
  }

  /** So many torrents are about to stop together: each has a little more time. */
  closing(torrentCount: number): void {
    const { stopTimeoutMs, maxStopTimeoutMs } = this.settings;
    this.#goodbyeMs = Math.max(stopTimeoutMs, Math.min(maxStopTimeoutMs, stopTimeoutMs + torrentCount));
  }

  /** Where peers can dial us. */
  get port(): number {
    return this.#port;
  }

  /** What is said from here on: a router has opened another port. */
  portChanged(port: number): void {
    this.#port = port;
  }

  /** From here on trackers are asked: it is known where peers can dial us, or that they cannot. */
  open(port: number | undefined): void {
    this.#port = port ?? UNREACHABLE_PORT;
    this.#gates.http.open();
    this.#gates.udp.open();
  }

  /**
   * Asks when there is room. The answer gives up, and `done` is then not called; it says whether the tracker may have heard
   * of it.
   */
  ask(ask: TrackerAsk, done: (result: TrackerResult) => void): () => boolean {
    const parsed = parseTrackerUrl(ask.url);
    if (parsed === undefined) throw new TypeError(`tracker: ${ask.url} is no URL that can be asked`);
    const isUdp = parsed.scheme === 'udp';
    const host = `${parsed.host}:${parsed.port ?? ''}`;
    let giveUp = () => {};
    const withdraw = (isUdp ? this.#gates.udp : this.#gates.http).submit({
      host,
      isUrgent: ask.isGoodbye,
      run: over => {
        const cancel = this.#askNow(ask, parsed, result => {
          over();
          done(result);
        });
        giveUp = () => {
          cancel();
          over();
        };
      },
    });
    return () => {
      if (withdraw()) return false;
      giveUp();
      return true;
    };
  }

  /** The next question to that tracker is asked, however silent it was. */
  forgetSilence(url: string): void {
    const parsed = parseTrackerUrl(url);
    if (parsed === undefined) return;
    for (const family of [undefined, 4, 6] as const) this.#silent.answered(placeOf(parsed, family));
  }

  /** True where the tracker can be asked for the counts of a swarm alone. */
  canScrape(url: string): boolean {
    const scheme = parseTrackerUrl(url)?.scheme;
    return scheme === 'udp' ? this.schemes.includes('udp') : scheme !== undefined && canScrape(url);
  }

  close(): void {
    this.schedule.clear();
  }

  #askNow(ask: TrackerAsk, parsed: TrackerUrl, done: (result: TrackerResult) => void): () => void {
    const { url, family, isGoodbye } = ask;
    const isUdp = parsed.scheme === 'udp';
    const place = placeOf(parsed, family);
    const known = this.#silent.sentenceOf(place);
    if (known !== undefined) {
      // Not within the call: whoever asks may be asking many.
      return this.clock.after(0, () => done({ kind: 'failure', sentence: known, reason: 'silent' }));
    }
    // By UDP the exchange keeps the time.
    const usualMs = isUdp ? Number.POSITIVE_INFINITY : this.settings.timeoutMs;
    const timeoutMs = isGoodbye ? this.#goodbyeMs : usualMs;
    const question = { url, parsed, family, what: ask.what(), timeoutMs };
    const finish = (result: TrackerResult) => {
      if (result.kind !== 'failure') this.#silent.answered(place);
      // A goodbye is given so little time that its end says nothing.
      else if (result.reason === 'silent' && !isGoodbye) this.#silent.wasSilent(place, result.sentence);
      done(result);
    };
    return isUdp ? this.#asks.udp!(question, finish) : this.#askHttp(question, finish);
  }

  /** By HTTP over one family, where the tracker has an address of it. */
  #askHttp(question: TrackerQuestion, done: (result: TrackerResult) => void): () => void {
    const { family, parsed } = question;
    if (family === undefined || this.#names === undefined || addressBytes(parsed.host) !== undefined)
      return this.#asks.http(question, done);
    let isOver = false;
    let giveUp = () => {};
    this.#names.resolve(parsed.host).then(
      addresses => {
        if (isOver) return;
        if (addresses.some(address => address.includes(':') === (family === 6))) {
          giveUp = this.#asks.http(question, done);
          return;
        }
        const sentence = `${parsed.host} has no address of IPv${family} that can be reached from here.`;
        done({ kind: 'failure', sentence, reason: 'no-family' });
      },
      (error: unknown) => {
        if (!(error instanceof SwarmlineError)) throw error;
        if (!isOver) done({ kind: 'failure', sentence: error.message, reason: 'silent' });
      },
    );
    return () => {
      isOver = true;
      giveUp();
    };
  }
}

function placeOf({ scheme, host, port }: TrackerUrl, family: AddressFamily | undefined): string {
  return `${scheme}://${host}:${port ?? ''} ${family ?? ''}`;
}

/** The families that are listened on; to find peers without listening, both are of use. */
function familiesOf(listen: Address | false): readonly AddressFamily[] {
  if (listen === false || listen.host === '::') return [4, 6];
  return listen.host.includes(':') ? [6] : [4];
}

// Some trackers refuse port 0; nobody listens at 1.
const UNREACHABLE_PORT = 1;
