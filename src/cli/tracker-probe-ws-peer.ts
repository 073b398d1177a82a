// One peer of a probe over WebSocket: a connection of its own, what it says, and what it is told. What it did not wait for stays to
// be looked at. Whether a tracker does right is tracker-probe-ws's to judge.

import { randomBytes } from 'node:crypto';
import { SwarmlineError } from '../core/errors.ts';
import type { AnnounceEvent, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import {
  parseWsTold,
  type SessionDescription,
  type WsPassedOn,
  type WsReply,
  type WsTold,
  wsAnnounceText,
  wsAnswerText,
  wsScrapeText,
} from '../core/tracker/ws-client.ts';
import { type ClientWebSocket, openWebSocket } from '../io/ws-client.ts';

export class WsPeer {
  readonly infoHash: string;
  readonly peerId = `-SW0100-${newOfferId().slice(8)}`;
  readonly #left: number;
  readonly #made = new Set<string>();
  readonly #told: WsTold[] = [];
  readonly #host: string;
  #socket: ClientWebSocket | undefined;
  #fault: SwarmlineError | undefined;
  #woken = () => {};

  private constructor(url: string, infoHash: string, left: number) {
    this.infoHash = infoHash;
    this.#left = left;
    this.#host = new URL(url).host;
  }

  static async open(url: string, infoHash: string, left: number): Promise<WsPeer> {
    const peer = new WsPeer(url, infoHash, left);
    peer.#socket = await openWebSocket({
      ...{ url, timeoutMs: TIMEOUT_MS },
      onMessage: message => peer.#heard(message),
      onClosed: reason => peer.#failed(new SwarmlineError('TRACKER_SILENT', `${peer.#host}: ${reason}.`)),
    });
    return peer;
  }

  say(text: string): void {
    this.#socket?.send(text);
  }

  /** @throws SwarmlineError `TRACKER_SILENT` */
  async announce(wish: {
    readonly event?: AnnounceEvent;
    readonly offers?: number;
  }): Promise<WsReply | AnnounceRefusal> {
    const { infoHash, peerId } = this;
    const offers = Array.from({ length: wish.offers ?? 0 }, () => ({ offerId: newOfferId(), offer: OFFER }));
    for (const { offerId } of offers) this.#made.add(offerId);
    this.say(wsAnnounceText({ infoHash, peerId, left: this.#left, event: wish.event, offers }));
    const told = await this.told(
      (said): said is WsReply | AnnounceRefusal => said.kind === 'reply' || said.kind === 'refusal',
    );
    if (told !== undefined) return told;
    throw new SwarmlineError('TRACKER_SILENT', `${this.#host} does not answer an announce over WebSocket.`);
  }

  sayStopped(): void {
    const { infoHash, peerId } = this;
    this.say(wsAnnounceText({ infoHash, peerId, left: this.#left, event: 'stopped' }));
  }

  answer(offer: Pick<WsPassedOn, 'infoHash' | 'peerId' | 'offerId'>): void {
    this.say(wsAnswerText(offer, this.peerId, ANSWER));
  }

  /** Undefined where it tells none. */
  async scrape(): Promise<SwarmCounts | undefined> {
    this.say(wsScrapeText(this.infoHash));
    const told = await this.told(({ kind }) => kind === 'scrape' || kind === 'refusal');
    return told?.kind === 'scrape' ? told.counts.get(this.infoHash) : undefined;
  }

  /** Of another peer's. */
  passedOn(kind: WsPassedOn['kind']): Promise<WsPassedOn | undefined> {
    return this.told((said): said is WsPassedOn => said.kind === kind && said.peerId !== this.peerId);
  }

  /** Whether it is an offer of ours as we made it. */
  hasMade({ peerId, offerId, description }: WsPassedOn): boolean {
    return peerId === this.peerId && this.#made.has(offerId) && isSame(description, OFFER);
  }

  /** Whether it is our answer, as we gave it. */
  hasGiven({ peerId, description }: WsPassedOn): boolean {
    return peerId === this.peerId && isSame(description, ANSWER);
  }

  /** Whether something of that peer was passed on that nobody waited for. */
  hasHeard(peerId: string): boolean {
    return this.#told.some(said => 'peerId' in said && said.peerId === peerId);
  }

  /**
   * The first that is said of this kind; undefined where nothing comes for some seconds.
   * @throws SwarmlineError where the connection ends, or something is said that cannot be read
   */
  told<Said extends WsTold>(fits: (said: WsTold) => said is Said): Promise<Said | undefined>;
  told(fits: (said: WsTold) => boolean): Promise<WsTold | undefined>;
  told(fits: (said: WsTold) => boolean): Promise<WsTold | undefined> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#woken = () => {};
        settle();
      };
      const timer = setTimeout(() => end(() => resolve(undefined)), TIMEOUT_MS);
      this.#woken = () => {
        const at = this.#told.findIndex(fits);
        if (at >= 0) end(() => resolve(this.#told.splice(at, 1)[0]));
        else if (this.#fault !== undefined) end(() => reject(this.#fault));
      };
      this.#woken();
    });
  }

  close(): void {
    this.#socket?.close();
  }

  #heard(message: Uint8Array): void {
    try {
      this.#told.push(parseWsTold(message));
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#fault ??= error;
    }
    this.#woken();
  }

  #failed(fault: SwarmlineError): void {
    this.#fault ??= fault;
    this.#woken();
  }
}

export function newOfferId(): string {
  return randomBytes(20).toString('latin1');
}

function isSame(a: SessionDescription, b: SessionDescription): boolean {
  return a.type === b.type && a.sdp === b.sdp;
}

const TIMEOUT_MS = 6_000;
// As a browser writes it, without a way to reach anybody. Beyond ASCII, for such is passed on as well.
const SDP = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=Swarmline’s probe', 't=0 0', ''].join('\r\n');
const OFFER: SessionDescription = { type: 'offer', sdp: SDP };
const ANSWER: SessionDescription = { type: 'answer', sdp: SDP };
