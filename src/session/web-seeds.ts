// The web seeds of one torrent (BEP 19): which of them are asked, when one that failed is tried again, and which is never
// asked again because it gave wrong bytes. While a torrent downloads they are looked at once a second; else they cost
// nothing.

import type { PeerFacts } from '../core/engine/output.ts';
import type { SwarmSupply } from '../core/engine/web-seed.ts';
import { ProtocolError, type SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { Host } from '../host/host.ts';
import type { Stream } from '../host/stream.ts';
import type { SessionTorrentState } from './session-torrent-events.ts';
import type { WebSeedFault } from './web-seed-fetch.ts';
import { piecesWithout, WebSeedLink } from './web-seed-link.ts';
import { WebSeedNeed } from './web-seed-need.ts';
import type { WebSeedSettings } from './web-seed-settings.ts';
import { isPublicOnly, webSeedRefusal, webSeedUrls } from './web-seed-urls.ts';

/** How things stand with one web seed, for display. */
export interface WebSeedStatus {
  readonly url: string;
  /**
   * `idle`: not needed, or not its turn. `active`: it gives. `resting`: it failed, and is tried again. `banned`: it gave
   * wrong data. `unusable`: it is never asked. The last three have an `error`.
   */
  readonly state: 'idle' | 'active' | 'resting' | 'banned' | 'unusable';
  /** A sentence. */
  readonly error: string | undefined;
  /** Bytes of blocks. */
  readonly downloaded: number;
  /** On the host's clock: when one that rests is tried again. */
  readonly nextTryAt: number | undefined;
}

export interface WebSeedsDeps {
  readonly host: Pick<Host, 'clock' | 'http' | 'random'>;
  readonly userAgent: string;
  supply(): SwarmSupply;
  /** Of the torrent. */
  state(): SessionTorrentState;
  /** The torrent's, once it is known. */
  info(): Info | undefined;
  /** A new peer, which this stream leads to; its number. Where there is no room for it, the stream is closed. */
  connect(stream: Stream, facts: PeerFacts): number;
}

interface WebSeed {
  readonly url: string;
  /** Of the torrent's. */
  readonly number: number;
  state: WebSeedStatus['state'];
  error: string | undefined;
  downloaded: number;
  fails: number;
  notBefore: number;
  readonly missingFiles: Set<number>;
  /** It was asked for a range and gave the whole file. */
  givesWholeFiles: boolean;
  link: WebSeedLink | undefined;
  /** Its number as a peer. */
  peer: number | undefined;
}

export class WebSeeds {
  readonly #settings: WebSeedSettings;
  readonly #deps: WebSeedsDeps;
  readonly #seeds: WebSeed[] = [];
  readonly #need: WebSeedNeed;
  #isRunning = false;
  #cancelTick = () => {};
  #lastNumber = 0;

  constructor(urls: readonly string[], settings: WebSeedSettings, deps: WebSeedsDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#need = new WebSeedNeed(settings.enoughFromPeersBytesPerSecond);
    for (const url of urls) this.add(url);
  }

  /** False where it is there already, or there are too many. */
  add(text: string): boolean {
    const url = text.trim();
    if (this.#seeds.length >= MAX_WEB_SEEDS || this.#seeds.some(seed => seed.url === url)) return false;
    const { stream } = this.#deps.host.http;
    const error = stream === undefined ? 'This platform cannot use web seeds.' : webSeedRefusal(url);
    this.#seeds.push({
      url,
      number: ++this.#lastNumber,
      state: error === undefined ? 'idle' : 'unusable',
      error,
      downloaded: 0,
      fails: 0,
      notBefore: Number.NEGATIVE_INFINITY,
      missingFiles: new Set(),
      givesWholeFiles: false,
      link: undefined,
      peer: undefined,
    });
    if (this.#isRunning) this.#tick();
    return true;
  }

  /** False where it was not there. */
  remove(url: string): boolean {
    const at = this.#seeds.findIndex(seed => seed.url === url.trim());
    if (at < 0) return false;
    const [seed] = this.#seeds.splice(at, 1);
    seed!.link?.close();
    return true;
  }

  status(): WebSeedStatus[] {
    return this.#seeds.map(({ url, state, error, downloaded, notBefore }) => ({
      url,
      state,
      error,
      downloaded,
      nextTryAt: state === 'resting' ? notBefore : undefined,
    }));
  }

  /** The torrent is in that state now. */
  follow(state: SessionTorrentState): void {
    const isRunning = state === 'downloading' && this.#settings.maxActive > 0;
    if (isRunning === this.#isRunning) return;
    this.#isRunning = isRunning;
    this.#cancelTick();
    if (isRunning) this.#tick();
    else this.#closeAll();
  }

  /** A peer is gone: one of these, where the number is its. */
  peerLeft(peer: number, reason: SwarmlineError | undefined): void {
    const seed = this.#seeds.find(each => each.peer === peer);
    if (seed === undefined) return;
    seed.peer = undefined;
    if (!(reason instanceof ProtocolError) || reason.code !== 'PIECE_CORRUPT') return;
    seed.state = 'banned';
    seed.error = `It is not asked any more: ${reason.message}`;
  }

  #tick(): void {
    this.#cancelTick();
    this.follow(this.#deps.state());
    if (!this.#isRunning || this.#seeds.every(({ state }) => state === 'banned' || state === 'unusable'))
      return;
    this.#cancelTick = this.#deps.host.clock.after(TICK_MS, () => this.#tick());
    const now = this.#deps.host.clock.now();
    const isNeeded = this.#need.isNeeded(this.#deps.supply(), now);
    if (!isNeeded) {
      this.#closeAll();
      return;
    }
    let active = 0;
    let isWholeActive = false;
    for (const { state, givesWholeFiles } of this.#seeds) {
      if (state !== 'active') continue;
      active++;
      isWholeActive ||= givesWholeFiles;
    }
    for (const seed of this.#seeds) {
      if (active >= this.#settings.maxActive) return;
      if (seed.state === 'active' || seed.state === 'banned' || seed.state === 'unusable') continue;
      // Two that go through the same file would each pass over what the other gives.
      if (isWholeActive && seed.givesWholeFiles) continue;
      if (seed.notBefore > now || !this.#connect(seed)) continue;
      active++;
      isWholeActive ||= seed.givesWholeFiles;
    }
  }

  #closeAll(): void {
    for (const { link } of this.#seeds) link?.close();
  }

  #connect(seed: WebSeed): boolean {
    const { host, info: infoOf, userAgent } = this.#deps;
    const info = infoOf();
    const { stream } = host.http;
    if (info === undefined || stream === undefined) return false;
    const link = new WebSeedLink(
      {
        info,
        missingFiles: seed.missingFiles,
        ...(seed.givesWholeFiles ? { wholeFiles: host } : {}),
        fetch: {
          stream: (request, handler) => stream.call(host.http, request, handler),
          urlOf: webSeedUrls(seed.url, info),
          publicOnly: isPublicOnly(seed.url),
          userAgent,
        },
      },
      {
        onBlock: length => {
          seed.downloaded += length;
          seed.fails = 0;
          seed.error = undefined;
        },
        onOver: fault => this.#over(seed, fault),
      },
    );
    seed.link = link;
    seed.state = 'active';
    const peer = this.#deps.connect(link, this.#factsOf(seed));
    if (seed.link !== link) return false;
    seed.peer = peer;
    link.begin();
    return true;
  }

  #over(seed: WebSeed, fault: WebSeedFault | undefined): void {
    seed.link = undefined;
    if (seed.state !== 'active') return;
    seed.state = 'idle';
    if (fault === undefined) return;
    if (fault.kind === 'whole') {
      seed.givesWholeFiles = true;
      this.#tickSoon();
      return;
    }
    const now = this.#deps.host.clock.now();
    seed.error = fault.sentence;
    if (fault.kind === 'wrong') {
      seed.state = 'unusable';
      return;
    }
    if (fault.kind === 'missing' && this.#hasOthers(seed, fault.file)) {
      // Its other files may be there, and are asked for at once.
      this.#tickSoon();
      return;
    }
    seed.state = 'resting';
    seed.fails++;
    const backOffMs = this.#settings.firstBackOffMs * 2 ** (seed.fails - 1);
    const told = fault.kind === 'later' ? (fault.retryAfterMs ?? 0) : 0;
    seed.notBefore = now + Math.max(Math.min(backOffMs, MAX_BACK_OFF_MS), Math.min(told, MAX_RETRY_AFTER_MS));
    // Then all of its files are looked for anew.
    seed.missingFiles.clear();
  }

  #tickSoon(): void {
    this.#cancelTick();
    this.#cancelTick = this.#deps.host.clock.after(0, () => this.#tick());
  }

  /** Notes that a file is not there; true where others may be. */
  #hasOthers({ missingFiles }: WebSeed, file: number): boolean {
    missingFiles.add(file);
    const info = this.#deps.info();
    return info !== undefined && piecesWithout(info.layout, missingFiles).count > 0;
  }

  #factsOf({ url, number, givesWholeFiles }: WebSeed): PeerFacts {
    // An address that nobody has, in a network of its own, so that what is said of one web seed holds for no other.
    // RFC 3849: 2001:db8::/32 is for documentation.
    const network = (number & 0xffff).toString(16);
    return {
      address: { host: `2001:db8:${network}::1`, port: 80 },
      // It is not dialled: no address is to be remembered of it.
      isIncoming: true,
      peerId: this.#deps.host.random.fill(new Uint8Array(20)),
      fast: true,
      extended: false,
      v2: false,
      webSeed: url,
      givesWholeFiles,
    };
  }
}

const TICK_MS = 1_000;
const MAX_BACK_OFF_MS = 3_600_000;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** A torrent may name thousands. */
const MAX_WEB_SEEDS = 100;
