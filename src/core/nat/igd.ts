// What is said to a router by UPnP and what it says: its description (UPnP Device Architecture 1.1, section 2.3), actions
// of WANIPConnection:1 and :2 and WANPPPConnection:1 by SOAP (section 3.2). Bytes in, facts out; when what is asked is the
// lease's (igd-lease).

import { addressBytes } from '../bytes/compact-address.ts';
import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { type GatewayPath, gatewayPath } from './gateway-path.ts';
import type { GatewayAnswer, GatewayQuestion, Transport } from './mapping.ts';
import { childText, findElement, parseXml, type XmlElement } from './xml.ts';

/** One of a router's connections to the outside. */
export interface WanService {
  readonly type: string;
  readonly control: GatewayPath;
}

export interface PortMapping {
  readonly transport: Transport;
  readonly externalPort: number;
  readonly internalPort: number;
  readonly internalHost: string;
  /** 0: until the router starts anew, or it is deleted. */
  readonly leaseSeconds: number;
}

export type SoapAnswer =
  | { readonly type: 'done'; readonly values: ReadonlyMap<string, string> }
  /** The router's own number: see `igdReason`. */
  | { readonly type: 'refused'; readonly error: number };

export function encodeDescriptionRequest(host: string, at: GatewayPath): GatewayQuestion {
  return { method: 'GET', ...at, headers: { host: hostField(host, at.port) }, body: '' };
}

/**
 * The services through which ports are opened, the newest version first; those whose controls are not at the gateway are
 * left out.
 * @throws ProtocolError `XML_INVALID`, `NAT_ANSWER_INVALID`
 */
export function parseDescription(body: Uint8Array, host: string, at: GatewayPath): WanService[] {
  const root = parseXml(decodeUtf8Loosely(body));
  const urlBase = childText(root, 'URLBase');
  // Version 1.0 knows it, and some routers write it empty.
  const base = urlBase ? (gatewayPath(urlBase, host) ?? at) : at;
  const services: WanService[] = [];
  const look = (element: XmlElement) => {
    for (const child of element.children) {
      if (child.name !== 'service') look(child);
      else {
        const type = childText(child, 'serviceType') ?? '';
        const control = gatewayPath(childText(child, 'controlURL') ?? '', host, base);
        if (SERVICES.includes(type) && control !== undefined && services.length < MAX_SERVICES)
          services.push({ type, control });
      }
    }
  };
  look(root);
  if (services.length === 0)
    throw new ProtocolError(
      'NAT_ANSWER_INVALID',
      'The router’s description names no service that opens ports.',
    );
  return services.sort((a, b) => SERVICES.indexOf(a.type) - SERVICES.indexOf(b.type));
}

export function encodeAddMapping(host: string, service: WanService, mapping: PortMapping): GatewayQuestion {
  return soap(host, service, 'AddPortMapping', mappingArguments(mapping));
}

/** Version 2: the router may choose another port. */
export function encodeAddAnyMapping(
  host: string,
  service: WanService,
  mapping: PortMapping,
): GatewayQuestion {
  return soap(host, service, 'AddAnyPortMapping', mappingArguments(mapping));
}

export function encodeDeleteMapping(
  host: string,
  service: WanService,
  transport: Transport,
  externalPort: number,
): GatewayQuestion {
  return soap(host, service, 'DeletePortMapping', [
    ['NewRemoteHost', ''],
    ['NewExternalPort', String(externalPort)],
    ['NewProtocol', transport.toUpperCase()],
  ]);
}

export function encodeExternalAddress(host: string, service: WanService): GatewayQuestion {
  return soap(host, service, 'GetExternalIPAddress', []);
}

/** @throws ProtocolError `XML_INVALID`, `NAT_ANSWER_INVALID` */
export function parseSoapAnswer({ status, body }: GatewayAnswer): SoapAnswer {
  const root = parseXml(decodeUtf8Loosely(body), { maxDepth: 16, maxElements: 200 });
  const content = root.name === 'Envelope' ? findElement(root, 'Body')?.children[0] : undefined;
  if (content === undefined)
    throw new ProtocolError('NAT_ANSWER_INVALID', 'The router’s answer is no answer of SOAP.');
  if (content.name !== 'Fault' && status === 200)
    return { type: 'done', values: new Map(content.children.map(({ name, text }) => [name, text])) };
  const error = Number(findElement(content, 'errorCode')?.text ?? Number.NaN);
  return { type: 'refused', error: Number.isInteger(error) && error > 0 && error < 1000 ? error : status };
}

/** The address that a router says it has outside; undefined where it says none. */
export function externalAddress(values: ReadonlyMap<string, string>): string | undefined {
  const host = values.get('NewExternalIPAddress') ?? '';
  return addressBytes(host)?.length === 4 && host !== '0.0.0.0' ? host : undefined;
}

/** The port that was given by `AddAnyPortMapping`. */
export function reservedPort(values: ReadonlyMap<string, string>): number | undefined {
  const text = values.get('NewReservedPort') ?? '';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** What an error says. WANIPConnection:1, section 2.4.16; WANIPConnection:2, section 2.5.16 */
export function igdReason(error: number): string {
  return REASONS[error] ?? `it refused with UPnP's error ${error}`;
}

function mappingArguments(mapping: PortMapping): [string, string][] {
  return [
    ['NewRemoteHost', ''],
    ['NewExternalPort', String(mapping.externalPort)],
    ['NewProtocol', mapping.transport.toUpperCase()],
    ['NewInternalPort', String(mapping.internalPort)],
    ['NewInternalClient', mapping.internalHost],
    ['NewEnabled', '1'],
    ['NewPortMappingDescription', 'Swarmline'],
    ['NewLeaseDuration', String(mapping.leaseSeconds)],
  ];
}

/** Values are numbers, addresses and words of our own: there is nothing to escape. */
function soap(
  host: string,
  { type, control }: WanService,
  action: string,
  values: readonly (readonly [string, string])[],
): GatewayQuestion {
  const inner = values.map(([name, value]) => `<${name}>${value}</${name}>`).join('');
  const body =
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:${action} xmlns:u="${type}">${inner}</u:${action}></s:Body></s:Envelope>\r\n`;
  return {
    method: 'POST',
    ...control,
    headers: {
      host: hostField(host, control.port),
      'content-type': 'text/xml; charset="utf-8"',
      soapaction: `"${type}#${action}"`,
    },
    body,
  };
}

function hostField(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const SERVICES: readonly string[] = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
];
const MAX_SERVICES = 16;

const REASONS: Readonly<Record<number, string>> = {
  401: 'it does not know the action',
  402: 'it could not read the request',
  501: 'it cannot do that at the moment',
  606: 'it does not allow it',
  715: 'it wants to know whom it lets in',
  716: 'it does not give just any port',
  718: 'the port is taken by another machine',
  724: 'it opens a port only as the same port',
  725: 'it opens ports only for good',
  726: 'it lets in only everybody',
  728: 'it has no room for one more',
  729: 'the port is taken by another machine',
};
