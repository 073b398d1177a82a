// The JSON API of a running tracker, under `/api/v1/`: a request that is allowed already to an answer. No request has a body:
// what is asked stands in the path and the query. docs/tracker-api.md has every request with its answer.

import { formatIp } from '../../core/bytes/compact-address.ts';
import { fromHex, toHex } from '../../core/bytes/hex.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { type Ban, networkName } from '../bans.ts';
import { type Census, SWARM_ORDERS } from './census.ts';
import { ERRORS, EVENTS } from './counts.ts';
import { notReady, type TrackerState } from './state.ts';

/** What the API can see and do. */
export interface AdminDeps {
  state(): TrackerState;
  /** Undefined where the store cannot list its swarms. */
  census(): Promise<Census> | undefined;
  /** One swarm's peers, and undefined where there is no such swarm or the store cannot tell. */
  swarm(infoHash: Uint8Array): SwarmDetails | undefined;
  keys(): readonly KeyDetails[];
  lists(): ListDetails;
  readonly bans: {
    all(): readonly Ban[];
    /** @throws SwarmlineError by way of the promise where they cannot be kept */
    add(network: string, note: string): Promise<void>;
    remove(network: string): Promise<boolean>;
  };
  /** @throws SwarmlineError by way of the promise */
  reload(): Promise<void>;
}

export interface SwarmDetails {
  /** The one that it is kept by, 20 bytes: of a hybrid that is known the first. */
  readonly infoHash: Uint8Array;
  readonly seeds: number;
  readonly leechers: number;
  readonly downloaded: number;
  readonly webSocketPeers: number;
  /** How it comes to be served: `open`, `listed`, `registered`, or `denied`. */
  readonly served: string;
  /** Those with an address. The bytes are copies. */
  readonly peers: readonly SwarmPeers[];
}

/** Peers of one family: the first `leechers` of them are leechers. */
export interface SwarmPeers {
  readonly count: number;
  readonly leechers: number;
  /** Compact: 6 or 18 bytes a peer. */
  readonly addresses: Uint8Array;
  /** Seconds since each was seen. */
  readonly ages: readonly number[];
}

export interface KeyDetails {
  readonly name: string;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly announces: number;
  readonly completed: number;
  /** Milliseconds since 1970; 0 is never. */
  readonly lastSeen: number;
}

export interface ListDetails {
  readonly mode: string;
  readonly allowed: number;
  readonly denied: number;
  /** Torrents that were registered, and those of the folder. */
  readonly registered: number;
  readonly files: readonly string[];
}

export interface ApiRequest {
  readonly method: string;
  /** Behind `/api/v1/`. */
  readonly path: string;
  readonly query: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is wrong with a request: a status, a code that stays, a sentence. */
export class ApiFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    sentence: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export async function answerApi(request: ApiRequest, deps: AdminDeps): Promise<ApiAnswer> {
  try {
    const [first = '', ...rest] = request.path.split('/').map(decoded);
    const route = ROUTES.find(({ path, depth }) => path === first && depth.includes(rest.length));
    if (route === undefined) throw new ApiFault(404, 'NO_SUCH_PATH', 'The API has no such path.');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const act = route.methods[method]?.[rest.length];
    if (act === undefined) {
      const allow = Object.keys(route.methods)
        .filter(name => route.methods[name]![rest.length] !== undefined)
        .join(', ');
      throw new ApiFault(405, 'METHOD_NOT_ALLOWED', `This path takes ${allow}.`, { allow });
    }
    return await act({ rest, query: new Query(request.query) }, deps);
  } catch (error) {
    return faultAnswer(error);
  }
}

/** @throws whatever is no fault of a request or of the world */
export function faultAnswer(error: unknown): ApiAnswer {
  if (error instanceof ApiFault) {
    const { status, code, message, headers } = error;
    return { status, headers, body: { error: { code, message } } };
  }
  if (!(error instanceof SwarmlineError)) throw error;
  return { status: 409, body: { error: { code: error.code, message: error.message } } };
}

/** What the page and `/api/v1/totals` show; it says nothing of anybody. */
export function totals(state: TrackerState): Record<string, unknown> {
  const { store, webSocket, counts } = state;
  const named = (names: readonly string[], numbers: readonly number[]) =>
    Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
  const reason = notReady(state);
  return {
    version: state.version,
    mode: state.mode,
    time: state.wallTime,
    uptimeSeconds: Math.floor((state.wallTime - state.startedAt) / 1_000),
    ready: reason === undefined,
    ...(reason !== undefined && { reason }),
    swarms: store.swarms + webSocket.swarms,
    seeds: store.seeds + webSocket.seeds,
    leechers: store.peers - store.seeds + (webSocket.peers - webSocket.seeds),
    reached: {
      address: { swarms: store.swarms, seeds: store.seeds, leechers: store.peers - store.seeds },
      webSocket: {
        swarms: webSocket.swarms,
        seeds: webSocket.seeds,
        leechers: webSocket.peers - webSocket.seeds,
        sockets: webSocket.sockets,
      },
    },
    store: {
      kind: store.kind,
      reachable: store.isReachable,
      ...(store.usedBytes !== undefined && { usedBytes: store.usedBytes }),
      ...(store.totalBytes !== undefined && { totalBytes: store.totalBytes }),
    },
    protocols: Object.fromEntries(
      counts.map(({ protocol, announces, scrapes, bytesIn, bytesOut, errors }) => [
        protocol,
        { announces: named(EVENTS, announces), scrapes, bytesIn, bytesOut, errors: named(ERRORS, errors) },
      ]),
    ),
  };
}

/** The page's table: the largest swarms, and no more of them than fit. */
export async function largestSwarms(deps: Pick<AdminDeps, 'census'>): Promise<ApiAnswer> {
  const query = new Query(`limit=${LARGEST}`);
  return torrents({ rest: [], query }, deps);
}

interface Asked {
  readonly rest: readonly string[];
  readonly query: Query;
}

async function torrents({ query }: Asked, deps: Pick<AdminDeps, 'census'>): Promise<ApiAnswer> {
  const prefix = query.text('prefix').toLowerCase();
  if (!/^[0-9a-f]{0,40}$/.test(prefix))
    throw invalid('prefix', 'should be the first hexadecimal digits of an info hash, 40 at most');
  const sort = query.oneOf('sort', SWARM_ORDERS);
  const isAscending = query.oneOf('order', ['descending', 'ascending']) === 'ascending';
  const offset = query.count('offset', 0, 10_000_000);
  const limit = query.count('limit', 50, MAX_PAGE);
  query.end();
  const census = await deps.census();
  if (census === undefined)
    throw new ApiFault(501, 'STORE_CANNOT_LIST', 'The store of this tracker cannot list its swarms.');
  const { total, swarms } = census.page({ sort, isAscending, prefix, offset, limit });
  return { status: 200, body: { total, offset, limit, torrents: swarms } };
}

async function torrent({ rest, query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  query.end();
  const { infoHash, seeds, leechers, downloaded, webSocketPeers, served } = swarmAt(rest[0]!, deps);
  return {
    status: 200,
    body: { infoHash: toHex(infoHash), served, seeds, leechers, downloaded, webSocketPeers },
  };
}

async function peers({ rest, query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  if (rest[1] !== 'peers') throw new ApiFault(404, 'NO_SUCH_PATH', 'The API has no such path.');
  const offset = query.count('offset', 0, 10_000_000);
  const limit = query.count('limit', 50, MAX_PAGE);
  query.end();
  const swarm = swarmAt(rest[0]!, deps);
  const total = swarm.peers.reduce((sum, { count }) => sum + count, 0);
  const listed: unknown[] = [];
  let first = 0;
  for (const family of swarm.peers) {
    const from = Math.max(0, offset - first);
    const to = Math.min(family.count, offset + limit - first);
    for (let i = from; i < to; i++) listed.push(peerAt(family, i));
    first += family.count;
  }
  return { status: 200, body: { total, offset, limit, peers: listed } };
}

function peerAt({ addresses, leechers, ages, count }: SwarmPeers, position: number) {
  const width = addresses.length / count;
  const at = position * width;
  return {
    ip: formatIp(addresses.subarray(at, at + width - 2)),
    port: (addresses[at + width - 2]! << 8) | addresses[at + width - 1]!,
    role: position < leechers ? 'leecher' : 'seed',
    lastSeenSeconds: ages[position]!,
  };
}

function swarmAt(text: string, deps: AdminDeps): SwarmDetails {
  const hash = text.length === 40 || text.length === 64 ? fromHex(text) : undefined;
  if (hash === undefined)
    throw new ApiFault(400, 'PARAMETER_INVALID', 'An info hash has 40 or 64 hexadecimal digits.');
  const swarm = deps.swarm(hash.subarray(0, 20));
  if (swarm === undefined)
    throw new ApiFault(404, 'NO_SUCH_TORRENT', 'Nobody is in a swarm of this torrent.');
  return swarm;
}

async function keys({ query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  const offset = query.count('offset', 0, 10_000_000);
  const limit = query.count('limit', 50, MAX_PAGE);
  query.end();
  const all = deps.keys();
  return { status: 200, body: { total: all.length, offset, limit, keys: all.slice(offset, offset + limit) } };
}

async function bans({ query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  const offset = query.count('offset', 0, 10_000_000);
  const limit = query.count('limit', 50, MAX_PAGE);
  query.end();
  const all = deps.bans.all();
  return { status: 200, body: { total: all.length, offset, limit, bans: all.slice(offset, offset + limit) } };
}

async function addBan({ rest, query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  const note = query.text('note');
  if (note.length > 200 || UNSHOWN.test(note))
    throw invalid('note', 'should be one line of 200 characters at most');
  query.end();
  const network = networkAt(rest);
  await deps.bans.add(network, note);
  return { status: 200, body: { network, note } };
}

async function removeBan({ rest, query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  query.end();
  const network = networkAt(rest);
  if (!(await deps.bans.remove(network)))
    throw new ApiFault(404, 'NO_SUCH_BAN', `There is no ban of ${network}.`);
  return { status: 200, body: { network } };
}

async function showTotals({ query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  query.end();
  return { status: 200, body: totals(deps.state()) };
}

async function showLists({ query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  query.end();
  return { status: 200, body: deps.lists() };
}

async function reload({ query }: Asked, deps: AdminDeps): Promise<ApiAnswer> {
  query.end();
  await deps.reload();
  return { status: 200, body: { reloaded: true } };
}

/** `203.0.113.0%2F24`, or with the slash as it is. */
function networkAt(rest: readonly string[]): string {
  const network = networkName(rest.join('/'));
  if (network !== undefined) return network;
  const sentence = 'A network is written like 203.0.113.0/24, 2001:db8::/32, or as one address.';
  throw new ApiFault(400, 'PARAMETER_INVALID', sentence);
}

class Query {
  readonly #values = new Map<string, string>();

  constructor(text: string) {
    for (const part of text.split('&')) {
      if (part === '') continue;
      const mark = part.indexOf('=');
      const name = decoded(mark < 0 ? part : part.slice(0, mark));
      if (this.#values.has(name)) throw invalid(name, 'should be given once');
      this.#values.set(name, mark < 0 ? '' : decoded(part.slice(mark + 1).replaceAll('+', ' ')));
    }
  }

  text(name: string): string {
    const value = this.#values.get(name) ?? '';
    this.#values.delete(name);
    return value;
  }

  count(name: string, otherwise: number, most: number): number {
    const text = this.text(name);
    if (text === '') return otherwise;
    if (!/^\d{1,9}$/.test(text) || Number(text) > most)
      throw invalid(name, `should be a whole number of ${most} at most`);
    return Number(text);
  }

  /** The first of them where nothing is said. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const text = this.text(name);
    const word = text === '' ? words[0] : words.find(known => known === text);
    if (word === undefined) throw invalid(name, `should be one of ${words.join(', ')}`);
    return word;
  }

  /** Nothing else was said. */
  end(): void {
    for (const name of this.#values.keys()) throw invalid(name, 'means nothing here');
  }
}

function invalid(name: string, fault: string): ApiFault {
  const shown = name.slice(0, 40).replace(/[^\w-]/g, '?');
  return new ApiFault(400, 'PARAMETER_INVALID', `The parameter "${shown}" ${fault}.`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiFault(400, 'PARAMETER_INVALID', 'The URL is not percent-encoded UTF-8.');
  }
}

type Act = (asked: Asked, deps: AdminDeps) => Promise<ApiAnswer>;
interface Route {
  readonly path: string;
  /** Further parts that it may have. */
  readonly depth: readonly number[];
  /** By how many further parts there are. */
  readonly methods: Readonly<Record<string, readonly (Act | undefined)[]>>;
}

const ROUTES: readonly Route[] = [
  {
    path: 'totals',
    depth: [0],
    methods: { GET: [showTotals] },
  },
  { path: 'torrents', depth: [0, 1, 2], methods: { GET: [torrents, torrent, peers] } },
  { path: 'keys', depth: [0], methods: { GET: [keys] } },
  {
    path: 'lists',
    depth: [0],
    methods: { GET: [showLists] },
  },
  {
    path: 'bans',
    depth: [0, 1, 2],
    methods: {
      GET: [bans],
      PUT: [undefined, addBan, addBan],
      DELETE: [undefined, removeBan, removeBan],
    },
  },
  {
    path: 'reload',
    depth: [0],
    methods: {
      POST: [reload],
    },
  },
];
const MAX_PAGE = 1_000;
const LARGEST = 20;
/** Control characters, and what turns the reading order. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSHOWN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
