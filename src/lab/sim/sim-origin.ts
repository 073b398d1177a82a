// An HTTP server with a file and a line of its own: what everybody fetches from where nothing is exchanged, and the web
// seed of a swarm (BEP 19). It answers ranges. Of HTTP there is here what takes time and bytes: a round trip, the head, the
// body over both lines.

import { SwarmlineError } from '../../core/errors.ts';
import type { HttpBody, HttpStreamHandler, HttpStreamRequest } from '../../host/http.ts';
import { Pipe } from './pipe.ts';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

export class SimOrigin {
  readonly host: SimHost;
  readonly url: string;
  readonly #world: World;
  readonly #file: Uint8Array;
  #lastBody = 0;

  constructor(world: World, file: Uint8Array, upBytesPerSecond: number) {
    this.#world = world;
    this.#file = file;
    this.host = world.addHost({ upBytesPerSecond });
    this.url = `http://${this.host.address}/file`;
    world.origins.set(this.url, this);
  }

  /** Bytes that have left its line. */
  get sent(): number {
    return this.host.uplink.total;
  }

  /** For a client on `client`. */
  serve(client: SimHost, request: HttpStreamRequest, handler: HttpStreamHandler): HttpBody {
    const world = this.#world;
    const latencyMs = client.latencyMs + this.host.latencyMs;
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers?.['range'] ?? request.headers?.['Range'] ?? '');
    const from = range === null ? 0 : Number(range[1]);
    const to = range === null ? this.#file.length : Math.min(this.#file.length, Number(range[2]) + 1);
    let isOver = false;
    const number = BODIES + ++this.#lastBody;
    const pipe = new Pipe(
      world,
      {
        number,
        uplink: this.host.uplink,
        downlink: client.downlink,
        latencyMs,
        sendBuffer: SEND_BUFFER,
        window: client.window,
      },
      {
        drained: () => send(),
        bytesCame: bytes => {
          if (isOver) return;
          received += bytes.length;
          handler.onBytes(bytes);
          if (received < to - from || isOver) return;
          isOver = true;
          handler.onEnd();
        },
        endCame: () => {},
      },
    );
    let at = from;
    let received = 0;
    const send = () => {
      while (at < to && !isOver) {
        const end = Math.min(to, at + CHUNK);
        const goesOn = pipe.write([this.#file.subarray(at, end)]);
        at = end;
        if (!goesOn) return;
      }
    };
    world.after(2 * latencyMs, () => {
      if (isOver) return;
      if (from >= to) {
        isOver = true;
        handler.onEnd(new SwarmlineError('HTTP_FAILED', `${this.url} has no such range.`));
        return;
      }
      const headers: Record<string, string> = { 'content-length': String(to - from) };
      if (range !== null) headers['content-range'] = `bytes ${from}-${to - 1}/${this.#file.length}`;
      handler.onHead(range === null ? 200 : 206, headers, this.url);
      send();
    });
    return {
      pause: () => pipe.pause(),
      resume: () => pipe.resume(),
      close: () => {
        isOver = true;
        pipe.cut();
      },
    };
  }
}

/** Pipes of bodies have numbers of their own, for the trace. */
const BODIES = 2 ** 31;
const CHUNK = 65_536;
const SEND_BUFFER = 65_536;
