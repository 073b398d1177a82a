// What a tracker shows of itself by HTTP, beside its announces and on the same port: `/health` and `/ready`, `/metrics`, the
// page at `/`, and the API under `/api/v1/`. Everybody may ask for health; totals, metrics and swarms are for everybody or
// for whoever has the token, by option; all else needs the token, and there is none of it where no token was given.
//
// A page of another site can do nothing here: there is no CORS, no cookie, no body, and a name in `Host` that is not ours is
// refused, so that no name can be turned into this machine's address (DNS rebinding).

import { plainIpBytes } from '../../core/bytes/ip-prefix.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { ServerRequest, ServerResponse } from '../../host/http-server.ts';
import {
  type AdminDeps,
  type ApiAnswer,
  ApiFault,
  answerApi,
  faultAnswer,
  largestSwarms,
  totals,
} from './admin-api.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { healthText, notReady } from './state.ts';

export interface OpsOptions {
  /** Asked for by the API, as `Authorization: Bearer TOKEN`. @default there is no API */
  readonly token?: string | undefined;
  /**
   * What everybody may see: nothing; totals (the page, `/metrics`, `/api/v1/totals`); or the largest swarms too, by their
   * info hashes. @default "totals"
   */
  readonly shows?: 'nothing' | 'totals' | 'swarms';
  /** Names under which the API and the page may be asked for, beside addresses and `localhost`. @default none */
  readonly names?: readonly string[];
}

export interface OpsDeps extends AdminDeps {
  /** In a time that does not tell how much of them is the same. */
  isSameSecret(a: string, b: string): boolean;
  /** False where this address has asked too often; a request costs as much as `cost` announces. */
  admits(ip: Uint8Array, cost: number): boolean;
  /** A file of the page: `index.html`. */
  file(name: string): Uint8Array | undefined;
}

export type OpsRequest = Pick<ServerRequest, 'path' | 'query'> & {
  readonly method: string;
  readonly remoteIp?: Uint8Array | undefined;
  readonly fields?: ReadonlyMap<string, string> | undefined;
};

export class OpsFront {
  #options: Required<Omit<OpsOptions, 'token'>> & Pick<OpsOptions, 'token'>;
  readonly #deps: OpsDeps;

  constructor(options: OpsOptions, deps: OpsDeps) {
    this.#options = withDefaults(options);
    this.#deps = deps;
  }

  configure(options: OpsOptions): void {
    this.#options = withDefaults(options);
  }

  /** Whether a path is one of its own. */
  owns(path: string): boolean {
    return OWN.has(path) || path.startsWith(API);
  }

  /** Whether a request of this path may be other than GET. */
  takesChanges(path: string): boolean {
    return path.startsWith(API) && this.#options.token !== undefined;
  }

  handle(request: OpsRequest, respond: (response: ServerResponse) => void): void {
    const { path, remoteIp } = request;
    if (path === '/health') respond(text(200, `${healthText(this.#deps.state())}\n`));
    else if (path === '/ready') {
      const reason = notReady(this.#deps.state());
      respond(reason === undefined ? text(200, 'The tracker is ready.\n') : text(503, `${reason}\n`));
    } else if (remoteIp !== undefined && !this.#deps.admits(remoteIp, COST)) {
      respond(json(faultAnswer(new ApiFault(429, 'TOO_MANY_REQUESTS', 'Your address asks too often.'))));
    } else if (path === '/metrics') this.#metrics(request, respond);
    else if (path.startsWith(API)) void this.#api(request).then(respond);
    else this.#page(path, respond);
  }

  #metrics(request: OpsRequest, respond: (response: ServerResponse) => void): void {
    try {
      if (this.#options.shows === 'nothing') this.#needToken(request);
      const body = encodeUtf8(metricsText(this.#deps.state()));
      respond({ status: 200, headers: { ...PLAIN, 'content-type': METRICS_TYPE }, body, compressible: true });
    } catch (error) {
      respond(json(faultAnswer(error)));
    }
  }

  async #api(request: OpsRequest): Promise<ServerResponse> {
    try {
      this.#checkHost(request.fields?.get('host'));
      const path = request.path.slice(API.length);
      const { shows, token } = this.#options;
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (isRead && path === 'largest') {
        if (shows !== 'swarms') this.#needToken(request);
        return json(await largestSwarms(this.#deps));
      }
      if (isRead && path === 'totals' && shows !== 'nothing') {
        const body = {
          ...totals(this.#deps.state()),
          showsSwarms: shows === 'swarms',
          hasApi: token !== undefined,
        };
        return json({ status: 200, body });
      }
      this.#needToken(request);
      return json(await answerApi({ method: request.method, path, query: request.query }, this.#deps));
    } catch (error) {
      return json(faultAnswer(error));
    }
  }

  #page(path: string, respond: (response: ServerResponse) => void): void {
    const file = path === '/' ? 'index.html' : path.slice('/page/'.length);
    const body = this.#deps.file(file);
    const type = TYPES[file.slice(file.lastIndexOf('.'))];
    if (body === undefined || type === undefined) respond(text(404, 'There is nothing here.\n'));
    else respond({ status: 200, headers: { ...PAGE, 'content-type': type }, body, compressible: true });
  }

  #checkHost(host: string | undefined): void {
    const name = (host ?? '')
      .replace(/:\d+$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    if (name === 'localhost' || plainIpBytes(name) !== undefined || this.#options.names.includes(name))
      return;
    throw new ApiFault(
      403,
      'HOST_UNKNOWN',
      'This name is not known as one of the tracker’s: ask by its address, or start it with --name.',
    );
  }

  #needToken({ fields }: OpsRequest): void {
    const { token } = this.#options;
    if (token === undefined)
      throw new ApiFault(
        403,
        'API_OFF',
        'This needs a token, and the tracker was started without --api-token-file.',
      );
    const [, given] = /^bearer +(\S+)$/i.exec(fields?.get('authorization') ?? '') ?? [];
    if (given !== undefined && this.#deps.isSameSecret(given, token)) return;
    const sentence =
      given === undefined
        ? 'This needs the tracker’s token, as "Authorization: Bearer TOKEN".'
        : 'This is not the tracker’s token.';
    throw new ApiFault(401, 'TOKEN_NEEDED', sentence, { 'www-authenticate': 'Bearer' });
  }
}

function withDefaults({ token, shows = 'totals', names = [] }: OpsOptions) {
  return { token, shows, names: names.map(name => name.toLowerCase()) };
}

function json({ status, body, headers }: ApiAnswer): ServerResponse {
  return {
    status,
    headers: { ...PLAIN, 'content-type': 'application/json', ...headers },
    body: encodeUtf8(`${JSON.stringify(body)}\n`),
    compressible: true,
  };
}

function text(status: number, sentence: string): ServerResponse {
  return { status, headers: PLAIN, body: encodeUtf8(sentence) };
}

const API = '/api/v1/';
const OWN = new Set([
  '/',
  '/health',
  '/ready',
  '/metrics',
  '/page/page.css',
  '/page/page.js',
  '/page/icon.svg',
]);
// A request to look, of whom twenty a second are no client.
const COST = 2;
const PLAIN = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};
/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const PAGE = {
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
