// A web seed that knows no ranges, made to look as if it did: one stream of a whole file is kept, ranges are cut out of it
// in order, and what lies between them is passed over. Between two ranges the stream is paused. Only a range that lies
// behind, or in another file, begins a new one.
//
//   the server's stream   ├─────────────┤▒▒▒▒▒▒▒▒├───────┤ paused …
//   answers               └── range 1 ──┘ passed └ range 2

import type { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { HttpBody, HttpClient, HttpStreamHandler, HttpStreamRequest } from '../host/http.ts';

type OpenStream = NonNullable<HttpClient['stream']>;

export class WholeFileServer {
  readonly #open: OpenStream;
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #stream: WholeStream | undefined;

  /** `onPassed`: so much was passed over that somebody may think nothing comes. */
  constructor(open: OpenStream, clock: Clock, onPassed: () => void) {
    this.#open = open;
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /** As of an HTTP client, for requests of one range each, one at a time. */
  readonly stream: OpenStream = (request, handler) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers?.['range'] ?? '') ?? [];
    const range = { from: Number(first), to: Number(last) + 1, handler };
    const kept = this.#stream;
    if (kept === undefined || !kept.mayGive(request.url, range.from)) {
      kept?.close();
      this.#stream = new WholeStream(this.#open, request, this.#clock, this.#onPassed);
    }
    return this.#stream!.give(range);
  };

  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }
}

interface Range {
  readonly from: number;
  /** One past the last byte. */
  readonly to: number;
  readonly handler: HttpStreamHandler;
}

/** One file, from its beginning. */
class WholeStream {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  readonly #body: HttpBody;
  #head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  /** How far the ranges have come. */
  #at = 0;
  /** Has come, and lies behind the last range. */
  #left: Uint8Array[] = [];
  #range: Range | undefined;
  #passedSince = 0;
  #isOver = false;

  constructor(
    open: OpenStream,
    { headers, ...request }: HttpStreamRequest,
    clock: Clock,
    onPassed: () => void,
  ) {
    this.#url = request.url;
    this.#clock = clock;
    this.#onPassed = onPassed;
    const { range: _, ...others } = headers ?? {};
    this.#body = open(
      { ...request, headers: others },
      {
        onHead: (status, told) => {
          this.#head = { status, headers: told };
          this.#tellHead();
        },
        onBytes: bytes => this.#came(bytes),
        onEnd: fault => this.#ended(fault),
      },
    );
  }

  mayGive(url: string, from: number): boolean {
    return !this.#isOver && url === this.#url && from >= this.#at;
  }

  /** No other range is being given. */
  give(range: Range): HttpBody {
    this.#range = range;
    let isPaused = false;
    let cancel = () => {};
    const goOn = () => {
      cancel();
      cancel = () => {};
      if (this.#range !== range || isPaused) return;
      const left = this.#left;
      this.#left = [];
      for (const bytes of left) this.#came(bytes);
      if (this.#range === range && !isPaused) this.#body.resume();
    };
    // Not within the call.
    if (this.#head !== undefined) {
      cancel = this.#clock.after(0, () => {
        this.#tellHead();
        goOn();
      });
    }
    return {
      pause: () => {
        isPaused = true;
        this.#body.pause();
      },
      resume: () => {
        isPaused = false;
        if (this.#left.length === 0) this.#body.resume();
        else goOn();
      },
      close: () => {
        cancel();
        if (this.#range === range) this.#rest();
      },
    };
  }

  close(): void {
    this.#isOver = true;
    this.#range = undefined;
    this.#left = [];
    this.#body.close();
  }

  #tellHead(): void {
    const { handler, from, to } = this.#range ?? {};
    if (handler === undefined || this.#head === undefined) return;
    const { status, headers } = this.#head;
    if (status !== 200) {
      handler.onHead(status, headers, this.#url);
      return;
    }
    const contentRange = `bytes ${from}-${to! - 1}/${headers['content-length'] ?? '*'}`;
    handler.onHead(206, { 'content-range': contentRange }, this.#url);
  }

  #came(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const range = this.#range;
    if (range === undefined) {
      // It was on its way when the stream was paused.
      if (bytes.length > 0) this.#left.push(bytes.slice());
      return;
    }
    const passed = Math.min(bytes.length, Math.max(0, range.from - this.#at));
    this.#pass(passed);
    const taken = Math.min(bytes.length - passed, range.to - this.#at);
    this.#at += taken;
    if (taken > 0) range.handler.onBytes(bytes.subarray(passed, passed + taken));
    if (this.#at < range.to) return;
    this.#rest();
    // Before whoever hears of the end asks for more.
    const rest = bytes.subarray(passed + taken);
    if (rest.length > 0) this.#left.push(rest.slice());
    range.handler.onEnd();
  }

  #pass(bytes: number): void {
    this.#at += bytes;
    this.#passedSince += bytes;
    if (this.#passedSince < TELL_EVERY) return;
    this.#passedSince = 0;
    this.#onPassed();
  }

  #rest(): void {
    this.#range = undefined;
    this.#body.pause();
  }

  #ended(fault: SwarmlineError | undefined): void {
    this.#isOver = true;
    const range = this.#range;
    this.#range = undefined;
    // Between two ranges it is nobody's loss: the next one begins a new stream.
    range?.handler.onEnd(fault);
  }
}

// The engine leaves a peer that says nothing for minutes.
const TELL_EVERY = 1_048_576;
