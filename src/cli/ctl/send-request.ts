// How `swarmline ctl` sends requests: Node's own HTTP, one connection a request. A daemon that is not there is told as that.

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { SwarmlineError } from '../../core/errors.ts';
import { describeSystemError } from '../../io/file-fault.ts';
import type { RpcRequest, SendRequest } from '../../rpc/client.ts';

export const sendRequest: SendRequest = async asked => {
  const answer = await answered(asked);
  answer.setEncoding('utf8');
  const parts = async function* (): AsyncGenerator<string> {
    try {
      for await (const part of answer) yield part as string;
    } catch (cause) {
      asked.signal?.throwIfAborted();
      const message = `The connection to the daemon has ended: ${describeSystemError(cause)}.`;
      throw new SwarmlineError('CONNECTION_LOST', message, { where: asked.url, cause });
    }
  };
  return {
    status: answer.statusCode!,
    parts,
    text: async () => {
      let text = '';
      for await (const part of parts()) text += part;
      return text;
    },
  };
};

async function answered({ url, method, fields, body, signal }: RpcRequest): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const request = url.startsWith('https:') ? (await import('node:https')).request : requestHttp;
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const asked = request(url, {
      method,
      headers: { ...fields, ...(bytes && { 'content-length': bytes.length }) },
      agent: false,
      ...(signal && { signal }),
    });
    asked.once('response', resolve);
    // Stays: a stream that ends early tells it here too.
    asked.on('error', cause => {
      if (signal?.aborted) reject(signal.reason);
      else reject(notRunning(new URL(url).origin, cause));
    });
    asked.end(bytes);
  });
}

function notRunning(origin: string, cause: NodeJS.ErrnoException): SwarmlineError {
  const why =
    cause.code === 'ECONNREFUSED'
      ? 'nothing answers'
      : cause.code === 'ECONNRESET'
        ? 'the connection was closed'
        : describeSystemError(cause);
  return new SwarmlineError(
    'DAEMON_NOT_RUNNING',
    `Daemon not running: ${why} at ${origin}. "swarmline daemon" starts one; --url names another.`,
    { where: origin, cause },
  );
}
