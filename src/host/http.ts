// HTTP, as a client of trackers and web seeds sees it. Whole answers are control plane: promises and AbortSignal.

import type { SwarmlineError } from '../core/errors.ts';

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
  /** Of this machine's addresses the one to ask from. @default the system's choice */
  readonly localHost?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The address that answered, where the host knows it: a name may stand for this machine or this network. */
  readonly remoteHost?: string;
}

/** A request whose answer is to come in parts. */
export interface HttpStreamRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the answer begins, and from one part to the next while it is not paused. */
  readonly idleTimeoutMs: number;
  readonly publicOnly?: boolean;
  readonly family?: 4 | 6;
  readonly localHost?: string;
}

/** Told by the client, never within the call of `stream`. */
export interface HttpStreamHandler {
  /** The answer begins, after redirects; `url` is where it comes from. */
  onHead(status: number, headers: Readonly<Record<string, string>>, url: string): void;
  /** Lent for the call. */
  onBytes(bytes: Uint8Array): void;
  /** Once: the whole answer has come, or `HTTP_FAILED` says why it has not. Not after `close`. */
  onEnd(fault?: SwarmlineError): void;
}

/** An answer that is under way. */
export interface HttpBody {
  /** Stops and restarts reading; a part that is on its way already may still come. */
  pause(): void;
  resume(): void;
  /** It is no longer wanted. */
  close(): void;
}

export interface HttpClient {
  /** @throws SwarmlineError `HTTP_FAILED` (connection, time-out, too long); any status is an answer */
  get(request: HttpRequest): Promise<HttpResponse>;
  /** Data plane, by callbacks: for web seeds. Left out where the platform has none; they are then not used. */
  stream?(request: HttpStreamRequest, handler: HttpStreamHandler): HttpBody;
}
