// One run of blocks from a web seed (BEP 19): a request for each file that it touches, one after the other, their bytes cut
// into blocks as they come. Gaps of padding are zeros that nobody is asked for. What is wrong with an answer is said so
// that it is known what follows: the server may be busy, one file may not be there, or it may have other files altogether.

import type { SwarmlineError } from '../core/errors.ts';
import type { FileSegment, Layout } from '../core/metainfo/layout.ts';
import type { HttpBody, HttpClient } from '../host/http.ts';

/** A block that was asked for; `at` is its place in the piece space. */
export interface WantedBlock {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
  readonly at: number;
}

export type WebSeedFault =
  /** To be tried again later. */
  | { readonly kind: 'later'; readonly sentence: string; readonly retryAfterMs: number | undefined }
  /** That file is not there; others may be. */
  | { readonly kind: 'missing'; readonly file: number; readonly sentence: string }
  /** It gives whole files only, and is to be asked through `whole-file-server`. */
  | { readonly kind: 'whole'; readonly sentence: string }
  /** It gives something else than the torrent's files. */
  | { readonly kind: 'wrong'; readonly sentence: string };

export interface FetchDeps {
  readonly stream: NonNullable<HttpClient['stream']>;
  readonly layout: Layout;
  /** Of each of the torrent's files. */
  readonly fileLengths: readonly number[];
  readonly urlOf: (file: number) => string;
  readonly publicOnly: boolean;
  readonly userAgent: string;
  /** The bytes are lent for the call. */
  readonly onBlock: (block: WantedBlock, bytes: Uint8Array) => void;
  /** All blocks have come, or a fault says why not. Not after `close`. */
  readonly onEnd: (fault?: WebSeedFault) => void;
}

export class WebSeedFetch {
  /** One after the other in the piece space, with at most padding between them. */
  readonly #blocks: readonly WantedBlock[];
  readonly #deps: FetchDeps;
  readonly #segments: FileSegment[];
  readonly #start: number;
  readonly #assembled: Uint8Array;
  /** Of the block that is being put together. */
  #block = 0;
  /** How far the piece space has come, from `#start`. */
  #at = 0;
  /** Of the segment that is being asked for: bytes that are still to come. */
  #left = 0;
  #body: HttpBody | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(blocks: readonly WantedBlock[], deps: FetchDeps) {
    this.#blocks = blocks;
    this.#deps = deps;
    const [first, last] = [blocks[0]!, blocks.at(-1)!];
    this.#start = first.at;
    this.#segments = deps.layout.segments(first.at, last.at + last.length - first.at);
    let longest = 0;
    for (const { length } of blocks) longest = Math.max(longest, length);
    this.#assembled = new Uint8Array(longest);
  }

  start(): void {
    this.#next();
  }

  /** How many have not come yet. */
  get blocksLeft(): number {
    return this.#blocks.length - this.#block;
  }

  pause(): void {
    this.#isPaused = true;
    this.#body?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#body?.resume();
  }

  close(): void {
    this.#isOver = true;
    this.#body?.close();
  }

  /** Asks for the next file's part, or is done. */
  #next(): void {
    const segment = this.#segments.shift();
    if (segment === undefined) {
      this.#zerosTo(Number.POSITIVE_INFINITY);
      this.#end(undefined);
      return;
    }
    this.#zerosTo(segment.at);
    this.#left = segment.length;
    const { file, offset, length } = segment;
    const { stream, urlOf, publicOnly, userAgent } = this.#deps;
    const request = {
      url: urlOf(file),
      headers: { range: `bytes=${offset}-${offset + length - 1}`, 'user-agent': userAgent },
      idleTimeoutMs: IDLE_MS,
      publicOnly,
    };
    this.#body = stream(request, {
      onHead: (status, headers) => {
        const fault = this.#faultIn(segment, status, headers);
        if (fault !== undefined) this.#fail(fault);
      },
      onBytes: bytes => this.#take(bytes),
      onEnd: fault => this.#ended(fault),
    });
    if (this.#isPaused) this.#body.pause();
  }

  #take(bytes: Uint8Array): void {
    if (this.#isOver || this.#left === 0) return;
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= part.length;
    this.#put(part);
  }

  #ended(fault: SwarmlineError | undefined): void {
    if (this.#isOver) return;
    if (fault === undefined && this.#left === 0) this.#next();
    else {
      const sentence = fault?.message ?? 'The web seed gives less than it was asked for.';
      this.#fail({ kind: 'later', sentence, retryAfterMs: undefined });
    }
  }

  /** What is wrong with an answer's head. */
  #faultIn(
    { file, offset, length }: FileSegment,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): WebSeedFault | undefined {
    const fileLength = this.#deps.fileLengths[file]!;
    const url = this.#deps.urlOf(file);
    if (status === 206) {
      const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
      const total = range?.[3] ?? '*';
      if (total !== '*' && Number(total) !== fileLength)
        return { kind: 'wrong', sentence: lengthSentence(url, total, fileLength) };
      return range !== null && Number(range[1]) === offset && Number(range[2]) === offset + length - 1
        ? undefined
        : { kind: 'wrong', sentence: `${url}: the server gives another range than it was asked for.` };
    }
    if (status === 200) return faultInWhole(url, length, fileLength, headers);
    if (status === 404 || status === 410) {
      return { kind: 'missing', file, sentence: `${url}: the file is not there (HTTP status ${status}).` };
    }
    if (status === 416) return { kind: 'wrong', sentence: lengthSentence(url, 'fewer', fileLength) };
    const sentence = `${url}: the server answers with HTTP status ${status}.`;
    return { kind: 'later', sentence, retryAfterMs: retryAfter(headers) };
  }

  /** Zeros up to a place, as far as the blocks go. */
  #zerosTo(at: number): void {
    while (this.#block < this.#blocks.length && this.#at < at) {
      const block = this.#blocks[this.#block]!;
      const from = this.#at - (block.at - this.#start);
      // Between two blocks.
      if (from < 0) {
        this.#at = Math.min(at, block.at - this.#start);
        continue;
      }
      const count = Math.min(at - this.#at, block.length - from);
      this.#assembled.fill(0, from, from + count);
      this.#advance(block, count);
    }
  }

  #put(bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.length && this.#block < this.#blocks.length && !this.#isOver; ) {
      const block = this.#blocks[this.#block]!;
      const from = this.#at - (block.at - this.#start);
      const count = Math.min(bytes.length - taken, block.length - from);
      // A block that lies whole in what has come need not be put together.
      if (count === block.length) {
        this.#advance(block, count, bytes.subarray(taken, taken + count));
      } else {
        this.#assembled.set(bytes.subarray(taken, taken + count), from);
        this.#advance(block, count);
      }
      taken += count;
    }
  }

  #advance(block: WantedBlock, count: number, whole?: Uint8Array): void {
    this.#at += count;
    if (this.#at - (block.at - this.#start) < block.length) return;
    this.#block++;
    this.#deps.onBlock(block, whole ?? this.#assembled.subarray(0, block.length));
  }

  #fail(fault: WebSeedFault): void {
    this.#body?.close();
    this.#end(fault);
  }

  #end(fault: WebSeedFault | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deps.onEnd(fault);
  }
}

/** A server that knows no ranges gives the whole file: which is what was asked for, or not. */
function faultInWhole(
  url: string,
  length: number,
  fileLength: number,
  headers: Readonly<Record<string, string>>,
): WebSeedFault | undefined {
  const told = headers['content-length'];
  if (told !== undefined && Number(told) !== fileLength)
    return { kind: 'wrong', sentence: lengthSentence(url, told, fileLength) };
  return length === fileLength
    ? undefined
    : { kind: 'whole', sentence: `${url}: the server gives no ranges, only the whole file.` };
}

function lengthSentence(url: string, told: string, expected: number): string {
  return `${url}: the file there has ${told} bytes, not ${expected}: it is another one.`;
}

/** RFC 9110, "Retry-After", in seconds; a date is passed over. */
function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const seconds = headers['retry-after'];
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? 1000 * Number(seconds) : undefined;
}

/** A server that says nothing for so long is left. */
const IDLE_MS = 30_000;
