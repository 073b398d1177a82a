// Whether a text can be the URL of a tracker or of a web seed: for who writes one into a torrent and who checks one.
// Looser than what asks it (core/tracker, the HTTP client): what is a fault here is one to every reader.

import { addressScope } from '../bytes/address-scope.ts';
import { addressBytes } from '../bytes/compact-address.ts';

export type LinkKind = 'tracker' | 'web seed';

export interface LinkFault {
  /** `scheme`: well formed, but of a protocol that hardly any reader speaks. */
  readonly kind: 'form' | 'scheme';
  /** Goes on from the URL: `has no host`. */
  readonly fault: string;
}

/** What is wrong with a URL; undefined where nothing is. */
export function linkFault(url: string, kind: LinkKind): LinkFault | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return { kind: 'form', fault: 'has blanks or control characters in it' };
  if (url.includes('\ufffd')) return { kind: 'form', fault: 'is not UTF-8' };
  const match = URL_SHAPE.exec(url);
  if (match === null) return { kind: 'form', fault: 'is no URL with a scheme and a host' };
  const scheme = match[1]!.toLowerCase();
  const host = match[2]!;
  const port = match[3];
  if (host === '' || host === '[]') return { kind: 'form', fault: 'has no host' };
  if (port !== undefined && !isPort(port)) return { kind: 'form', fault: 'has a port that is none' };
  if (!SCHEMES[kind].includes(scheme)) {
    const known = SCHEMES[kind];
    return {
      kind: 'scheme',
      fault: `begins with "${scheme}:"; a ${kind} has ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`,
    };
  }
  const fault = host.startsWith('[') ? bracketFault(host.slice(1, -1)) : hostFault(host);
  if (fault !== undefined) return { kind: 'form', fault };
  if (scheme === 'udp' && port === undefined)
    return { kind: 'form', fault: 'has no port, which a UDP tracker needs' };
  return undefined;
}

/** What is wrong with a host that is a name or an IPv4 address: `has …`. */
export function hostFault(host: string): string | undefined {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const labels = name.split('.');
  if (name === '') return 'has no host';
  if (name.length > 253 || labels.some(label => label === '' || label.length > 63)) return NO_HOST;
  // Letters beyond ASCII are what many readers look up as they stand, and some refuse.
  if (/[^\x21-\x7e]/.test(name))
    return 'has a host with letters beyond ASCII; it should be in its "xn--" form';
  if (!/^[a-z0-9._-]+$/i.test(name)) return NO_HOST;
  // A last label that is a number makes it an address (WHATWG URL, "ends in a number").
  if (!/^\d+$/.test(labels.at(-1)!)) return undefined;
  return addressBytes(name) === undefined ? NO_HOST : reachFault(name);
}

/** How far the host of a URL reaches that has no fault: `loopback`, `private`; undefined for all others, names among them. */
export function localScope(url: string): 'loopback' | 'private' | undefined {
  const host =
    URL_SHAPE.exec(url)?.[2]
      ?.replace(/^\[|\]$/g, '')
      .toLowerCase() ?? '';
  if (/^(?:.*\.)?localhost\.?$/.test(host)) return 'loopback'; // RFC 6761
  const scope = addressScope(host);
  return scope === 'loopback' || scope === 'private' ? scope : undefined;
}

function bracketFault(host: string): string | undefined {
  return addressBytes(host)?.length === 16 ? reachFault(host) : NO_HOST;
}

function reachFault(address: string): string | undefined {
  return addressScope(address) === 'none' ? 'has an address that no host can have' : undefined;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

const NO_HOST = 'has a host that is neither a name nor an address';
const URL_SHAPE =
  /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[0-9a-f:.]*\]|[^/?#:]*)(?::([^/?#]*))?(?:[/?#]|$)/i;
const SCHEMES: Readonly<Record<LinkKind, readonly string[]>> = {
  tracker: ['http', 'https', 'udp', 'ws', 'wss'],
  'web seed': ['http', 'https', 'ftp'],
};
