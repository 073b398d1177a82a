// Asks a daemon by its own API: one call a method, and the stream of changes. How a request is sent is handed in, so that it
// runs wherever requests can be sent. Checks nothing of what it is answered: fields are added in later versions.

import { SwarmlineError } from '../core/errors.ts';
import type { Changes, ErrorAnswer, MethodName, Params, Result } from './methods.ts';

export interface RpcRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RpcAnswer {
  readonly status: number;
  /** The whole body. */
  text(): Promise<string>;
  /** The body as it comes, cut anywhere between characters. */
  parts(): AsyncIterable<string>;
}

/** @throws SwarmlineError `DAEMON_NOT_RUNNING` where nothing answers; the signal's reason */
export type SendRequest = (request: RpcRequest) => Promise<RpcAnswer>;

export interface RpcClientOptions {
  /** `http://127.0.0.1:9797`; what follows the host is the path of a proxy. */
  readonly url: string;
  readonly token?: string | undefined;
}

export class RpcClient {
  readonly url: string;
  readonly #fields: Readonly<Record<string, string>>;
  readonly #send: SendRequest;

  constructor({ url, token }: RpcClientOptions, send: SendRequest) {
    this.url = url.replace(/\/+$/, '');
    this.#fields = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#send = send;
  }

  /**
   * @throws SwarmlineError with the daemon's own code, `DAEMON_NOT_RUNNING`, `ANSWER_INVALID` where something else
   *   answered; the signal's reason
   */
  async ask<Name extends MethodName>(
    name: Name,
    params: Params<Name>,
    signal?: AbortSignal,
  ): Promise<Result<Name>> {
    const answer = await this.#send({
      method: 'POST',
      url: `${this.url}/api/v1/${name}`,
      fields: { ...this.#fields, 'content-type': 'application/json' },
      body: JSON.stringify(params),
      signal,
    });
    const value = this.#parse(await answer.text(), answer.status);
    if (answer.status === 200) return value as Result<Name>;
    throw this.#failure(value, answer.status);
  }

  /**
   * What is new, as it happens; first what has happened since the message of that number.
   * @throws as `ask`; `CONNECTION_LOST` where the daemon ends it
   */
  async *changes(after?: number, signal?: AbortSignal): AsyncGenerator<Changes, void, void> {
    const query = after === undefined ? '' : `?after=${after}`;
    const answer = await this.#send({
      method: 'GET',
      url: `${this.url}/api/v1/changes${query}`,
      fields: { ...this.#fields, accept: 'text/event-stream' },
      signal,
    });
    if (answer.status !== 200)
      throw this.#failure(this.#parse(await answer.text(), answer.status), answer.status);
    let text = '';
    for await (const part of answer.parts()) {
      text += part;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const data = dataOf(event);
        if (data !== undefined) yield this.#parse(data, 200) as Changes;
      }
    }
    throw new SwarmlineError('CONNECTION_LOST', `The daemon at ${this.url} has ended the connection.`, {
      where: this.url,
    });
  }

  #parse(text: string, status: number): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#notADaemon(status);
    }
  }

  #failure(value: unknown, status: number): SwarmlineError {
    const error = (value as Partial<ErrorAnswer> | null)?.error;
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return this.#notADaemon(status);
    const { code, message, where } = error;
    return new SwarmlineError(code, message, where === undefined ? {} : { where });
  }

  #notADaemon(status: number): SwarmlineError {
    return new SwarmlineError(
      'ANSWER_INVALID',
      `What answers at ${this.url} is no Swarmline daemon (HTTP status ${status}): is the address right?`,
      { where: this.url },
    );
  }
}

/** Of a server-sent event; undefined for a comment, which only says that the stream is alive. */
function dataOf(event: string): string | undefined {
  const lines = event.split('\n').filter(line => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map(line => line.slice(5).replace(/^ /, '')).join('\n');
}
