// What goes wrong with a request over HTTP, in a sentence that names the host and the cause.

import { SwarmlineError } from '../core/errors.ts';

/** `cause` is the system's error, or Node's; a SwarmlineError is passed on as it is. */
export function httpFault(url: URL, cause: unknown): SwarmlineError {
  return cause instanceof SwarmlineError ? cause : httpFailure(url, causeOf(cause), cause);
}

export function httpFailure(url: URL, reason: string, cause?: unknown): SwarmlineError {
  return new SwarmlineError('HTTP_FAILED', `${url.host}: ${reason}.`, { where: url.host, cause });
}

/** In a few words. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  // With several addresses Node reports all their errors in one; the first speaks for them.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException).code ?? '';
  return (
    CAUSES[code] ??
    (code.startsWith('HPE_') ? 'what answers there does not speak HTTP' : sentence(first.message))
  );
}

function sentence(message: string): string {
  return message === '' ? 'the request failed' : shown(message).replace(/\.$/, '');
}

/** Fit for one line of a message. */
export function shown(text: string): string {
  return text.slice(0, 200).replaceAll(/[\p{C}\s]+/gu, ' ');
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ETIMEDOUT: 'it could not be reached in time',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  EADDRNOTAVAIL: 'there is no way to it from here',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be resolved at the moment',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody but itself',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no secure connection could be made: it does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'no secure connection could be made: its TLS is too old',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'no secure connection could be made: its TLS is too old',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'no secure connection could be made: it refuses all of our ciphers',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate goes back to one that is signed by nobody but itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by somebody who is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by somebody who is not known here',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock right?',
  CERT_REVOKED: 'its certificate was revoked',
  EPROTO: 'no secure connection could be made',
  ECONNABORTED: 'the connection was broken off',
  Z_DATA_ERROR: 'the answer is not the gzip that it claims to be',
  Z_BUF_ERROR: 'the answer is cut off',
  HPE_HEADER_OVERFLOW: 'its answer has headers without end',
};
