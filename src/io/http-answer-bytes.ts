// An answer as the bytes that go out: status, headers, length, body, in one buffer, so that it is one write. The text of
// headers that are used again and again (the same object) is put together once.

import { constants, gzipSync } from 'node:zlib';
import type { ServerResponse } from '../host/http-server.ts';

export interface AnswerForm {
  readonly method: string;
  readonly takesGzip: boolean;
  /** What to say of the connection: nothing where it is as its version has it. */
  readonly connection: 'keep-alive' | 'close' | undefined;
}

export function answerBytes(response: ServerResponse, form: AnswerForm): Buffer {
  const { status, headers = NO_HEADERS } = response;
  let { body = NOTHING } = response;
  let head = `${startOf(status, headers)}date: ${dateNow()}\r\n`;
  if (response.compressible === true) {
    head += 'vary: accept-encoding\r\n';
    if (form.takesGzip && body.length >= WORTH_COMPRESSING) {
      body = gzipSync(body, { level: constants.Z_BEST_SPEED });
      head += 'content-encoding: gzip\r\n';
    }
  }
  // RFC 9110, 8.6: 204 and 304 have no length.
  if (status !== 204 && status !== 304) head += `content-length: ${body.length}\r\n`;
  head += form.connection === undefined ? '\r\n' : `connection: ${form.connection}\r\n\r\n`;
  const bodyLength = form.method === 'HEAD' ? 0 : body.length;
  const bytes = Buffer.allocUnsafe(head.length + bodyLength);
  bytes.write(head, 'latin1');
  if (bodyLength > 0) bytes.set(body, head.length);
  return bytes;
}

export function plainAnswer(
  status: number,
  sentence: string,
  headers: Record<string, string> = {},
): ServerResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(`${sentence}\n`),
  };
}

function startOf(status: number, headers: Readonly<Record<string, string>>): string {
  const known = starts.get(headers);
  if (known !== undefined && known.status === status) return known.text;
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    // A header is the program's own, and a line break in it a fault that lets others write answers.
    if (!/^[\x20-\x7e\x80-\xff]*$/.test(value) || !/^[a-z-]+$/i.test(name))
      throw new TypeError(`http: the header ${name} cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  text += 'x-content-type-options: nosniff\r\n';
  starts.set(headers, { status, text });
  return text;
}

/** RFC 9110, 6.6.1. Made once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1_000).toUTCString();
  }
  return dateText;
}

let dateSecond = -1;
let dateText = '';
const starts = new WeakMap<object, { status: number; text: string }>();
const NO_HEADERS = {};
const NOTHING = new Uint8Array(0);
// Below one packet there is nothing to win.
const WORTH_COMPRESSING = 1_024;
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  410: 'Gone',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};
