// HTTP, as a handler of requests sees it: facts in, one answer out, by callback, for a tracker's announces are many and
// a store may answer later. No streams: an answer is whole.

export interface ServerRequest {
  /** GET and HEAD alone, but for the paths that take changes. */
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** From the slash on, without the query, percent-encoded as it came. */
  readonly path: string;
  /** Without the question mark, percent-encoded as it came; empty where there is none. */
  readonly query: string;
  /** The other end's address; IPv4 in its own form even on a socket of IPv6. Behind a trusted proxy, the client's. */
  readonly remoteHost: string;
  /** The same in 4 or 16 bytes, where the server has it so. */
  readonly remoteIp?: Uint8Array;
  /** The address of this machine that was asked. */
  readonly localHost: string;
  readonly localIp?: Uint8Array;
  /** It came from a trusted proxy that does not say for whom: the proxy's address is all that is known. @default false */
  readonly isProxys?: boolean;
  /** Header fields by their names in lower case, as they came. */
  readonly fields?: ReadonlyMap<string, string>;
}

export interface ServerResponse {
  readonly status: number;
  /** `content-length` and `connection` are the server's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out of the answer to HEAD, its length told. Lent for the call. */
  readonly body?: Uint8Array;
  /** The body is worth compressing for those who take it so. @default false */
  readonly compressible?: boolean;
}

/** Calls `respond` once, now or later. */
export type HttpHandler = (request: ServerRequest, respond: (response: ServerResponse) => void) => void;
