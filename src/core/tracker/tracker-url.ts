// A tracker's URL taken apart, strictly. It comes from a torrent that a stranger made, so it may name what the reader
// can reach and the stranger cannot: a router's page, a service of this machine. What other URL parsers would read as an
// address in disguise ("127.1", "0x7f.1", "%31.1", full-width digits, a backslash) is refused here and never reaches them.

import { type AddressScope, addressScope } from '../bytes/address-scope.ts';
import { addressBytes } from '../bytes/compact-address.ts';

export interface TrackerUrl {
  /** In lower case, without the colon: `http`, `udp`. */
  readonly scheme: string;
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** From the first slash on, or empty. Still percent-encoded. */
  readonly path: string;
  /** Without the question mark; undefined where there is none. Still percent-encoded. */
  readonly query: string | undefined;
  /** How far `host` reaches, where it is an address or `localhost`; of other names only their address tells. */
  readonly scope: AddressScope | undefined;
}

/** Undefined where the text is no URL with a host. A fragment is dropped. */
export function parseTrackerUrl(text: string): TrackerUrl | undefined {
  if (text.length > MAX_LENGTH || !PRINTABLE.test(text)) return undefined;
  const match = URL_SHAPE.exec(text);
  if (match === null) return undefined;
  const [, scheme, bracketed, name, portText, path, query] = match;
  const port = portText === undefined ? undefined : Number(portText);
  if (port === 0 || (port ?? 0) > 65_535) return undefined;
  const host = (bracketed ?? name!).toLowerCase();
  if (bracketed !== undefined ? addressBytes(host)?.length !== 16 : !isPlainHost(host)) return undefined;
  return { scheme: scheme!.toLowerCase(), host, port, path: path ?? '', query, scope: scopeOfHost(host) };
}

/**
 * Why a URL must not be asked although it parses: a sentence, or undefined where it may be.
 * An announce to this machine or this network has to look like one, so that a torrent cannot press buttons there
 * (libtorrent's `ssrf_mitigation` has the same two rules).
 */
export function refusalOf(url: TrackerUrl): string | undefined {
  if (url.scope === 'none') return 'Its host is no address that can be reached.';
  if (hasAnnounceParameters(url.query)) return 'Its query already holds what only an announce may say.';
  // What UDP sends unasked is sixteen bytes that nobody chose.
  if (url.scope === undefined || url.scope === 'public' || url.scheme === 'udp') return undefined;
  return isPlainAnnounce(url)
    ? undefined
    : 'A tracker on this machine or network must have a path that starts with /announce.';
}

/** Whether it may be asked only where it turns out to be on the Internet: a name may stand for any address. */
export function mustBePublic(url: TrackerUrl): boolean {
  return url.scope === undefined && !isPlainAnnounce(url);
}

/** How far a host reaches; undefined for a name that must be resolved first. */
export function scopeOfHost(host: string): AddressScope | undefined {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback'; // RFC 6761
  return addressBytes(name) === undefined ? undefined : addressScope(name);
}

function isPlainHost(host: string): boolean {
  const labels = (host.endsWith('.') ? host.slice(0, -1) : host).split('.');
  if (labels.some(label => label === '')) return false;
  // Browsers and Node read a host whose last label is a number as an IPv4 address of some old form (WHATWG URL, "ends in a number").
  const endsInNumber = /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!);
  return !endsInNumber || (addressBytes(host) !== undefined && !/(?:^|\.)0\d/.test(host));
}

function isPlainAnnounce({ path }: TrackerUrl): boolean {
  return /^\/announce(?![^/.])/.test(path) && !DOT_SEGMENT.test(path);
}

function hasAnnounceParameters(query: string | undefined): boolean {
  if (query === undefined) return false;
  return query.split('&').some(pair => RESERVED.has(pair.split('=', 1)[0]!.toLowerCase()));
}

const MAX_LENGTH = 2_048;
const PRINTABLE = /^[\x21-\x5b\x5d-\x7e]+$/; // ASCII without blanks and without the backslash
const URL_SHAPE =
  /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
// `key` is missing on purpose: some trackers keep a user's passkey there.
const RESERVED = new Set([
  'info_hash',
  'peer_id',
  'port',
  'uploaded',
  'downloaded',
  'left',
  'event',
  'compact',
]);
