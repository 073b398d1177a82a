// HTTP, as a client of trackers and web seeds sees it. Control plane: promises and AbortSignal.

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** A longer body is an error, so that no answer fills memory. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Fails where the URL, or what it redirects to, is on this machine or this network. @default false */
  readonly publicOnly?: boolean;
  /** Asks over that family of addresses alone. @default whichever answers */
  readonly family?: 4 | 6;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The address that answered, where the host knows it: a name may stand for this machine or this network. */
  readonly remoteHost?: string;
}

export interface HttpClient {
  /** @throws SwarmlineError `HTTP_FAILED` (connection, time-out, too long); any status is an answer */
  get(request: HttpRequest): Promise<HttpResponse>;
}
