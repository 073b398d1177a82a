// HTTP, as a handler of requests sees it: facts in, one answer out, by callback, for a tracker's announces are many and
// a store may answer later. No streams: an answer is whole.

export interface ServerRequest {
  readonly method: 'GET' | 'HEAD';
  /** From the slash on, without the query, percent-encoded as it came. */
  readonly path: string;
  /** Without the question mark, percent-encoded as it came; empty where there is none. */
  readonly query: string;
  /** The other end's address; IPv4 in its own form even on a socket of IPv6. */
  readonly remoteHost: string;
  /** The address of this machine that was asked. */
  readonly localHost: string;
}

export interface ServerResponse {
  readonly status: number;
  /** `content-length` and `connection` are the server's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out of the answer to HEAD, its length told. */
  readonly body?: Uint8Array;
}

/** Calls `respond` once, now or later. */
export type HttpHandler = (request: ServerRequest, respond: (response: ServerResponse) => void) => void;
