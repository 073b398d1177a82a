// A web seed as a peer (BEP 19): what the engine says to it in the peer protocol becomes requests over HTTP, and what comes
// back becomes blocks of that protocol. So a web seed has a pipeline, a rate, a limit, and a ban like any peer, and the
// engine knows of no HTTP.
//
//   engine ──request, request, request …──> queue ──runs of blocks──> WebSeedFetch (two at most) ──> server
//          <──have all, unchoke, piece, piece …──────────────────────────────┘

import { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import { Decoder } from '../core/wire/decoder.ts';
import { Encoder } from '../core/wire/encoder.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';
import { type FetchDeps, type WantedBlock, type WebSeedFault, WebSeedFetch } from './web-seed-fetch.ts';
import { WholeFileServer } from './whole-file-server.ts';

export interface LinkOptions {
  readonly info: Pick<Info, 'layout' | 'files'>;
  /** Files that are not there: pieces with bytes of them are not offered. */
  readonly missingFiles: ReadonlySet<number>;
  readonly fetch: Pick<FetchDeps, 'stream' | 'urlOf' | 'publicOnly' | 'userAgent'>;
  /** It gives no ranges: a clock for its stream of whole files. @default it gives ranges */
  readonly wholeFiles?: { readonly clock: Clock };
}

export interface LinkDeps {
  /** A block has come. */
  readonly onBlock: (length: number) => void;
  /** It is over: by a fault of the web seed's, or because it is no longer wanted. Once. */
  readonly onOver: (fault: WebSeedFault | undefined) => void;
}

export class WebSeedLink implements Stream {
  readonly remote = undefined;
  readonly pending = 0;
  onBytes: Stream['onBytes'] = () => {};
  onClosed: Stream['onClosed'] = () => {};
  onDrained: Stream['onDrained'] = () => {};
  readonly #options: LinkOptions;
  readonly #deps: LinkDeps;
  readonly #decoder = new Decoder();
  readonly #encoder = new Encoder();
  readonly #fileLengths: readonly number[];
  /** What was asked for and is not being fetched, in the order asked. */
  #queue: WantedBlock[] = [];
  readonly #fetches = new Set<WebSeedFetch>();
  readonly #whole: WholeFileServer | undefined;
  /** Where the last run ended, in the piece space. */
  #reached = 0;
  #isPaused = false;
  #isOver = false;

  constructor(options: LinkOptions, deps: LinkDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#fileLengths = options.info.files.map(({ length }) => length);
    const { wholeFiles, fetch } = options;
    if (wholeFiles === undefined) return;
    this.#whole = new WholeFileServer(fetch.stream, wholeFiles.clock, () => {
      // Nothing comes for the engine, and yet the server is not silent.
      this.#encoder.keepAlive();
      this.#say();
    });
  }

  /** Says what it has, and that it gives it: once the other side listens. */
  begin(): void {
    const { missingFiles, info } = this.#options;
    if (missingFiles.size === 0) this.#encoder.haveAll();
    else this.#encoder.bitfield(piecesWithout(info.layout, missingFiles).bytes);
    this.#encoder.unchoke();
    this.#say();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) {
      this.#decoder.push(chunk);
      for (let message = this.#decoder.next(); message !== undefined; message = this.#decoder.next()) {
        const { layout } = this.#options.info;
        if (message.type === 'request') {
          const { piece, begin, length } = message;
          this.#queue.push({ piece, begin, length, at: piece * layout.pieceLength + begin });
        } else if (message.type === 'cancel') {
          // What is on its way comes nonetheless.
          const { piece, begin } = message;
          this.#queue = this.#queue.filter(block => block.piece !== piece || block.begin !== begin);
        }
      }
    }
    this.#fetchMore();
    return true;
  }

  pause(): void {
    this.#isPaused = true;
    for (const fetch of this.#fetches) fetch.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const fetch of this.#fetches) fetch.resume();
    this.#fetchMore();
  }

  close(): void {
    this.#end(undefined);
  }

  /**
   * Few long requests are best for the server. A second one is begun when as much waits as the first has left, so that no
   * round trip is lost.
   */
  #fetchMore(): void {
    while (!this.#isOver && !this.#isPaused && this.#queue.length > 0) {
      if (this.#fetches.size >= (this.#whole === undefined ? MAX_FETCHES : 1)) return;
      for (const { blocksLeft } of this.#fetches)
        if (this.#queue.length < Math.max(AMPLE_BLOCKS, blocksLeft)) return;
      this.#fetchRun();
    }
  }

  /** The longest run that begins with the first block of the queue. */
  #fetchRun(): void {
    const { info, fetch: how } = this.#options;
    if (this.#whole !== undefined) this.#putInOrder();
    let end = 1;
    while (end < this.#queue.length && end < MAX_RUN_BLOCKS) {
      const before = this.#queue[end - 1]!;
      const gap = this.#queue[end]!.at - (before.at + before.length);
      // Padding lies between the blocks of two files.
      if (gap < 0 || (gap > 0 && info.layout.segments(before.at + before.length, gap).length > 0)) break;
      end++;
    }
    const blocks = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    const last = blocks.at(-1)!;
    this.#reached = last.at + last.length;
    const fetch = new WebSeedFetch(blocks, {
      ...how,
      ...(this.#whole === undefined ? {} : { stream: this.#whole.stream }),
      layout: info.layout,
      fileLengths: this.#fileLengths,
      onBlock: (block, bytes) => this.#blockCame(block, bytes),
      onEnd: fault => {
        this.#fetches.delete(fetch);
        if (fault === undefined) this.#fetchMore();
        else this.#end(fault);
      },
    });
    this.#fetches.add(fetch);
    fetch.start();
  }

  /** First what lies ahead in the stream of whole files: it would begin anew for what lies behind. */
  #putInOrder(): void {
    const isBehind = ({ at }: WantedBlock) => Number(at < this.#reached);
    this.#queue.sort((a, b) => isBehind(a) - isBehind(b) || a.at - b.at);
  }

  #blockCame({ piece, begin }: WantedBlock, bytes: Uint8Array): void {
    this.#deps.onBlock(bytes.length);
    this.#encoder.piece(piece, begin, bytes);
    this.#say();
  }

  #say(): void {
    for (const chunk of this.#encoder.take()) if (!this.#isOver) this.onBytes(chunk);
  }

  #end(fault: WebSeedFault | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const fetch of this.#fetches) fetch.close();
    this.#fetches.clear();
    this.#whole?.close();
    this.#queue = [];
    this.#deps.onOver(fault);
    this.onClosed(fault && new SwarmlineError('WEB_SEED_FAILED', fault.sentence));
  }
}

/** The pieces that have no byte of these files. */
export function piecesWithout(layout: Info['layout'], files: ReadonlySet<number>): Bitfield {
  const pieces = Bitfield.full(layout.pieceCount);
  for (const file of files) {
    const { first, end } = layout.piecesOf(file);
    for (let piece = first; piece < end; piece++) pieces.delete(piece);
  }
  return pieces;
}

// To one server at a time, as few as browsers once had.
const MAX_FETCHES = 2;
/** So many wait at least before a second request is begun: 1 MiB. */
const AMPLE_BLOCKS = 64;
/** 16 MiB (libtorrent, `urlseed_max_request_bytes`). */
const MAX_RUN_BLOCKS = 1024;
