// HTTP in the simulator: services by host and port, such as a tracker. A request takes a round trip and no bandwidth;
// a service that is down does not answer. Answers in parts are those of servers with a file (sim-origin): they take their
// turns on the lines.

import { SwarmlineError } from '../../core/errors.ts';
import type {
  HttpBody,
  HttpClient,
  HttpRequest,
  HttpResponse,
  HttpStreamHandler,
  HttpStreamRequest,
} from '../../host/http.ts';
import type { HttpHandler } from '../../host/http-server.ts';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

export interface SimService {
  /** Its address: services of a world lie at addresses, not at names. */
  readonly host: string;
  readonly port: number;
  readonly handle: HttpHandler;
  /** False: requests time out. */
  isUp: boolean;
}

export class SimHttp implements HttpClient {
  readonly #world: World;
  readonly #host: SimHost;

  constructor(world: World, host: SimHost) {
    this.#world = world;
    this.#host = host;
  }

  stream(request: HttpStreamRequest, handler: HttpStreamHandler): HttpBody {
    const origin = this.#world.origins.get(request.url);
    if (origin !== undefined) return origin.serve(this.#host, request, handler);
    const cancel = this.#world.after(0, () => {
      handler.onEnd(new SwarmlineError('HTTP_FAILED', `${request.url} does not answer.`));
    });
    return { pause: () => {}, resume: () => {}, close: cancel };
  }

  get(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const world = this.#world;
      const over = () => {
        cancelTimeout();
        world.promised();
      };
      const cancelTimeout = world.after(request.timeoutMs, () => {
        over();
        reject(new SwarmlineError('HTTP_FAILED', `${request.url} does not answer.`));
      });
      request.signal?.addEventListener('abort', () => {
        over();
        reject(new SwarmlineError('HTTP_FAILED', 'The request was given up.'));
      });
      const url = URL_FORM.exec(request.url);
      const service = world.services.find(({ host, port }) => host === url?.[1] && port === Number(url[2]));
      if (url === null || service === undefined || !service.isUp) return;
      const question = {
        method: 'GET',
        path: url[3]!,
        query: url[4] ?? '',
        remoteHost: this.#host.address,
        localHost: service.host,
      } as const;
      world.after(this.#host.latencyMs, () => {
        service.handle(question, ({ status, headers = {}, body = NOTHING }) => {
          // Lent for the call.
          const answer = { status, headers, body: body.slice(), remoteHost: service.host };
          world.after(this.#host.latencyMs, () => {
            over();
            resolve(answer);
          });
        });
      });
    });
  }
}

const URL_FORM = /^http:\/\/([\d.]+):(\d+)(\/[^?]*)(?:\?(.*))?$/;
const NOTHING = new Uint8Array(0);
