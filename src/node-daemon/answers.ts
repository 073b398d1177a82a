// How the daemon answers: JSON, errors by their codes, and how the body of a request is read.

import type { IncomingMessage } from 'node:http';
import { SwarmlineError } from '../core/errors.ts';
import type { Asked } from './http.ts';

export function sendJson({ response, method }: Asked, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** A failure with a code is told as it is; of a bug nothing but that it is one. */
export function sendError(asked: Asked, error: unknown): void {
  const { response, request } = asked;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof SwarmlineError)) {
    sendJson(asked, 500, {
      error: {
        code: 'INTERNAL',
        message: 'The daemon has a fault of its own; its log says more. Nothing was changed by this request.',
      },
    });
    return;
  }
  const { code, message, where } = error;
  // What has not been read of a body would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  // A browser would ask for a name and a password of its own, over the page that asks for the token.
  if (code === 'UNAUTHORIZED')
    response.setHeader('www-authenticate', isOfPage(asked) ? BEARER : `${BEARER}, Basic realm="swarmline"`);
  sendJson(asked, STATUS[code] ?? 422, { error: { code, message, ...(where && { where }) } });
}

/** Sent by a script of a page, not by somebody who goes to an address. */
function isOfPage({ fields }: Asked): boolean {
  return (fields['sec-fetch-mode'] ?? 'navigate') !== 'navigate';
}

/** The whole body. @throws SwarmlineError `BODY_TOO_LARGE`, `BODY_INCOMPLETE` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new SwarmlineError(
      'BODY_TOO_LARGE',
      `The request is longer than ${maxBytes} bytes, which is as long as it may be.`,
    );
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof SwarmlineError) throw error;
    throw new SwarmlineError('BODY_INCOMPLETE', 'The request ended before all of it had come.', {
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

/** @throws SwarmlineError `REQUEST_INVALID` */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new SwarmlineError('REQUEST_INVALID', 'The request is not JSON.', { cause });
  }
}

const BEARER = 'Bearer realm="swarmline"';
const STATUS: Readonly<Record<string, number>> = {
  REQUEST_INVALID: 400,
  BODY_INCOMPLETE: 400,
  UNAUTHORIZED: 401,
  HOST_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  FOLDER_NOT_ALLOWED: 403,
  READ_ONLY: 403,
  NOT_FOUND: 404,
  METHOD_UNKNOWN: 404,
  TORRENT_UNKNOWN: 404,
  CREATION_UNKNOWN: 404,
  METHOD_NOT_ALLOWED: 405,
  DEPTH_NOT_ALLOWED: 403,
  TORRENT_STOPPED: 409,
  BODY_TOO_LARGE: 413,
  RANGE_NOT_SATISFIABLE: 416,
};
