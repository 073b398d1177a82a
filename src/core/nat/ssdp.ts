// Finding a router's UPnP description by SSDP (UPnP Device Architecture 1.1, section 1.3): the question, and what is
// believed of an answer: a description at the address that answered, and nowhere else, for anybody may answer.

import { fromBinaryString, toBinaryString, utf8BinaryString } from '../bytes/utf8.ts';
import { type GatewayPath, gatewayPath } from './gateway-path.ts';

export const SSDP_GROUP = '239.255.255.250';
export const SSDP_PORT = 1900;

/** What is looked for. A router of version 2 answers to version 1 as well (UDA 1.1, section 1.3.2), a few do not. */
export const SSDP_TARGETS = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
] as const;

export function encodeSearch(target: string): Uint8Array {
  const lines = [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${SSDP_GROUP}:${SSDP_PORT}`,
    'MAN: "ssdp:discover"',
    'MX: 1',
    `ST: ${target}`,
  ];
  return fromBinaryString(utf8BinaryString(`${lines.join('\r\n')}\r\n\r\n`));
}

/** Where the description is that an answer from `host` tells of; undefined where it is no answer that is to be believed. */
export function parseSearchAnswer(bytes: Uint8Array, host: string): GatewayPath | undefined {
  if (bytes.length > MAX_LENGTH) return undefined;
  const [first, ...lines] = toBinaryString(bytes).split(/\r?\n/);
  if (!/^HTTP\/1\.[01] 200\b/i.test(first!)) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line === '') break;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    // The first counts: a field that comes twice does not say two things.
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (!SSDP_TARGETS.some(target => target === fields.get('st'))) return undefined;
  const location = fields.get('location');
  return location === undefined ? undefined : gatewayPath(location, host);
}

const MAX_LENGTH = 2048;
