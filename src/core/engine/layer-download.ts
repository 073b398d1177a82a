// Which chunk of the missing piece layers to ask of which peer (BEP 52, "hash request"). Each chunk proves itself, so that
// one wrong answer names its giver; what was proved stays, whoever leaves. Several peers work at it side by side: a chunk
// is asked of one at a time, and elsewhere after a refusal or when no answer came in time. Knows peers by number and no
// messages.

import type { HashRange } from '../wire/hash-range.ts';
import type { PieceLayer } from './piece-layer.ts';
import type { PieceLayers } from './piece-layers.ts';

export interface LayerOptions {
  /** Chunks of 512 hashes that one peer is asked for at a time. @default 4 (libtorrent asks for 2) */
  readonly requestsPerPeer: number;
  /** What is not answered by then is asked elsewhere. @default 10,000 */
  readonly timeoutMs: number;
  /** A chunk that a peer refused, or anything of one that does not answer, is not asked of it again before. @default 30,000 */
  readonly refusalMs: number;
  /** A peer that refused so many is left alone for as long: most who refuse one have none. @default 64 */
  readonly maxRefusals: number;
}

export const LAYER_DEFAULTS: LayerOptions = {
  requestsPerPeer: 4,
  timeoutMs: 10_000,
  refusalMs: 30_000,
  maxRefusals: 64,
};

/** A chunk that is asked for. The same object for as long as it is: known by identity. */
export interface LayerRequest {
  readonly layer: PieceLayer;
  readonly chunk: number;
  readonly range: HashRange;
  readonly peer: number;
  readonly askedAt: number;
}

interface Source {
  outstanding: number;
  /** It did not answer in time, or refused too much. */
  notBefore: number;
  /** When it refused last, how often, and what. */
  refusedAt: number;
  refusals: number;
  readonly refused: Map<PieceLayer, Set<number>>;
}

export class LayerDownload {
  readonly #layers: PieceLayers;
  readonly #options: LayerOptions;
  readonly #total: number;
  readonly #sources = new Map<number, Source>();
  readonly #requests = new Map<PieceLayer, Map<number, LayerRequest>>();

  constructor(layers: PieceLayers, options: LayerOptions = LAYER_DEFAULTS) {
    this.#layers = layers;
    this.#options = options;
    this.#total = this.#missing();
  }

  /** How much of what was missing at first is there, 0…1. */
  get progress(): number {
    return this.#total === 0 ? 1 : 1 - this.#missing() / this.#total;
  }

  /** The next chunk to ask this peer for, taken down as asked; undefined where there is none for it now. */
  next(peer: number, now: number): LayerRequest | undefined {
    if (this.#layers.isWhole) return undefined;
    const source = this.#sourceOf(peer);
    if (source.outstanding >= this.#options.requestsPerPeer || source.notBefore > now) return undefined;
    if (now - source.refusedAt >= this.#options.refusalMs) {
      source.refused.clear();
      source.refusals = 0;
    }
    for (const layer of this.#layers.missing.values()) {
      const chunk = this.#nextChunk(layer, source);
      if (chunk === undefined) continue;
      const request = { layer, chunk, range: layer.rangeOf(chunk), peer, askedAt: now };
      this.#requestsOf(layer).set(chunk, request);
      source.outstanding++;
      return request;
    }
    return undefined;
  }

  /** An answer came, also one that is late. False where it does not prove itself: the peer lies. */
  answered(request: LayerRequest, hashes: Uint8Array): boolean {
    this.#settled(request);
    return this.#layers.add(request.layer, request.chunk, hashes);
  }

  refused(request: LayerRequest, now: number): void {
    this.#settled(request);
    const source = this.#sourceOf(request.peer);
    let chunks = source.refused.get(request.layer);
    if (chunks === undefined) {
      chunks = new Set();
      source.refused.set(request.layer, chunks);
    }
    chunks.add(request.chunk);
    source.refusedAt = now;
    if (++source.refusals >= this.#options.maxRefusals) source.notBefore = now + this.#options.refusalMs;
  }

  left(peer: number): void {
    this.#sources.delete(peer);
    for (const requests of this.#requests.values())
      for (const [chunk, request] of requests) if (request.peer === peer) requests.delete(chunk);
  }

  /** Requests that were not answered in time may be asked elsewhere. To be told about once a second. */
  timePassed(now: number): void {
    for (const requests of this.#requests.values()) {
      for (const request of [...requests.values()]) {
        if (now - request.askedAt < this.#options.timeoutMs) continue;
        this.#settled(request);
        this.#sourceOf(request.peer).notBefore = now + this.#options.refusalMs;
      }
    }
  }

  #nextChunk(layer: PieceLayer, { refused }: Source): number | undefined {
    const asked = this.#requests.get(layer);
    const refusedHere = refused.get(layer);
    // At the most one look for each chunk: 4,096 of them in the largest torrent that there can be.
    for (let chunk = 0; chunk < layer.chunkCount; chunk++) {
      if (!layer.isMissing(chunk) || asked?.has(chunk) || refusedHere?.has(chunk)) continue;
      return chunk;
    }
    return undefined;
  }

  #settled(request: LayerRequest): void {
    const requests = this.#requests.get(request.layer);
    if (requests?.get(request.chunk) !== request) return;
    requests.delete(request.chunk);
    if (requests.size === 0) this.#requests.delete(request.layer);
    const source = this.#sources.get(request.peer);
    if (source !== undefined && source.outstanding > 0) source.outstanding--;
  }

  #sourceOf(peer: number): Source {
    let source = this.#sources.get(peer);
    if (source === undefined) {
      source = { outstanding: 0, notBefore: 0, refusedAt: 0, refusals: 0, refused: new Map() };
      this.#sources.set(peer, source);
    }
    return source;
  }

  #requestsOf(layer: PieceLayer): Map<number, LayerRequest> {
    let requests = this.#requests.get(layer);
    if (requests === undefined) {
      requests = new Map();
      this.#requests.set(layer, requests);
    }
    return requests;
  }

  #missing(): number {
    let missing = 0;
    for (const layer of this.#layers.missing.values()) missing += layer.missing;
    return missing;
  }
}
