// Who may ask a daemon over HTTP. Three things are looked at before a word of the request is believed: whom it was meant for
// (`Host`: a name that an attacker points at this machine is refused, which ends DNS rebinding), which page sent it (`Origin`:
// only our own), and whether it knows the token. Changes must come as JSON, which no form of another page can send.

import { fromBase64 } from '../core/bytes/base64.ts';
import { decodeUtf8Loosely } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';

export interface AccessRules {
  /** Names, beside addresses and `localhost`, under which the daemon is asked; in lower case, without the port. */
  readonly allowedHosts: readonly string[];
  /** Undefined: whoever is let in needs none. */
  readonly token: string | undefined;
  /** In constant time. */
  readonly isSameSecret: (a: string, b: string) => boolean;
}

/** Fields by their names in lower case. */
export interface AskedWith {
  readonly method: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

/** @throws SwarmlineError `HOST_NOT_ALLOWED`, `ORIGIN_NOT_ALLOWED`, `UNAUTHORIZED` */
export function checkAccess({ method, fields }: AskedWith, rules: AccessRules): void {
  const host = hostNameOf(fields['host']);
  if (host === undefined || !isAllowedHost(host, rules.allowedHosts)) {
    throw new SwarmlineError(
      'HOST_NOT_ALLOWED',
      `This daemon does not answer to the name "${host ?? ''}": add it with --allow-host, or use its address.`,
    );
  }
  const { origin } = fields;
  if (origin !== undefined && !isOwnOrigin(origin, fields['host']!))
    throw new SwarmlineError('ORIGIN_NOT_ALLOWED', `A page of ${origin} may not use this daemon.`);
  if (fields['sec-fetch-site'] === 'cross-site' && method !== 'GET')
    throw new SwarmlineError('ORIGIN_NOT_ALLOWED', 'A page of another site may not use this daemon.');
  if (rules.token !== undefined && !tokensOf(fields).some(token => rules.isSameSecret(token, rules.token!)))
    throw new SwarmlineError('UNAUTHORIZED', 'A token is needed: "Authorization: Bearer TOKEN".');
}

/** For requests that change something. @throws SwarmlineError `REQUEST_INVALID` */
export function checkIsJson({ fields }: AskedWith): void {
  if (/^application\/json\b/i.test(fields['content-type'] ?? '')) return;
  throw new SwarmlineError(
    'REQUEST_INVALID',
    'The request should be JSON: "Content-Type: application/json".',
    {
      where: 'content-type',
    },
  );
}

/** By `Authorization`, bearer or basic (whose user does not matter), or the page's cookie. */
function tokensOf(fields: AskedWith['fields']): string[] {
  const tokens: string[] = [];
  const [scheme = '', value = ''] = (fields['authorization'] ?? '').split(/\s+/, 2);
  if (/^bearer$/i.test(scheme)) tokens.push(value);
  if (/^basic$/i.test(scheme)) tokens.push(passwordOf(value));
  const cookie = COOKIE.exec(fields['cookie'] ?? '')?.[1];
  if (cookie !== undefined) tokens.push(decoded(cookie));
  return tokens;
}

function passwordOf(basic: string): string {
  const bytes = fromBase64(basic);
  const text = bytes === undefined ? '' : decodeUtf8Loosely(bytes);
  return text.slice(text.indexOf(':') + 1);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Without the port, in lower case. */
function hostNameOf(host: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
}

/** An address cannot be pointed elsewhere. */
function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  return host === 'localhost' || host.startsWith('[') || IPV4.test(host) || allowed.includes(host);
}

function isOwnOrigin(origin: string, host: string): boolean {
  return (
    origin.toLowerCase() === `http://${host.toLowerCase()}` ||
    origin.toLowerCase() === `https://${host.toLowerCase()}`
  );
}

/** The page's cookie: its name, and what holds for it. */
export function tokenCookie(token: string): string {
  return `${COOKIE_NAME}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Strict`;
}

const COOKIE_NAME = 'swarmline-token';
const COOKIE = /(?:^|;\s*)swarmline-token=([^;]*)/;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
