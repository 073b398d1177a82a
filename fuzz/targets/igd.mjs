// What a router may answer by UPnP: its description and its answers of SOAP. Whatever it says, controls are at its own address,
// and what it is asked next is one line of HTTP.

import assert from 'node:assert/strict';
import {
  encodeAddMapping,
  externalAddress,
  parseDescription,
  parseSoapAnswer,
  reservedPort,
} from '../../dist/core/nat/igd.js';
import { parseXml } from '../../dist/core/nat/xml.js';
import { outcomeOf } from '../outcome.mjs';

const GATEWAY = '192.168.1.1';
const MAPPING = {
  transport: 'tcp',
  externalPort: 1,
  internalPort: 1,
  internalHost: '192.168.1.7',
  leaseSeconds: 0,
};

export function run(bytes) {
  const services = outcomeOf(() => described(bytes));
  const soap = outcomeOf(() => answered(bytes));
  return `${services}; ${soap}; ${outcomeOf(() => `xml ${parseXml(Buffer.from(bytes).toString()).children.length > 0}`)}`;
}

function described(bytes) {
  const services = parseDescription(bytes, GATEWAY, { port: 5000, path: '/a/desc.xml' });
  assert.ok(services.length > 0 && services.length <= 16);
  for (const service of services) {
    const { path, port, headers } = encodeAddMapping(GATEWAY, service, MAPPING);
    assert.match(path, /^\/[\x21-\x7e]*$/);
    assert.ok(Number.isInteger(port) && port > 0 && port < 65_536);
    assert.equal(headers.host, `${GATEWAY}:${port}`);
    assert.match(
      headers.soapaction,
      /^"urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]#AddPortMapping"$/,
    );
  }
  return `${services.length} services`;
}

function answered(bytes) {
  const answer = parseSoapAnswer({ status: 200, body: bytes });
  if (answer.type === 'refused') {
    assert.ok(Number.isInteger(answer.error) && answer.error > 0 && answer.error < 1000);
    return 'refused';
  }
  const host = externalAddress(answer.values);
  if (host !== undefined) assert.match(host, /^\d+\.\d+\.\d+\.\d+$/);
  const port = reservedPort(answer.values);
  if (port !== undefined) assert.ok(port > 0 && port < 65_536);
  return `done ${host !== undefined} ${port !== undefined}`;
}

const service = (type, control) =>
  `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;
const root = inner =>
  `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><serviceList>${inner}</serviceList></device></root>`;
const soap = inner =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${inner}</s:Body></s:Envelope>`;

export const seeds = [
  root(service('WANIPConnection:1', '/ctl')),
  root(service('WANIPConnection:2', 'ctl') + service('WANPPPConnection:1', 'http://192.168.1.1:5000/ppp')),
  root(service('WANIPConnection:1', 'http://127.0.0.1/')).replace(
    '<device>',
    '<URLBase>http://10.0.0.1/</URLBase><device>',
  ),
  soap('<u:R xmlns:u="x"><NewExternalIPAddress>20.0.0.1</NewExternalIPAddress></u:R>'),
  soap('<u:R xmlns:u="x"><NewReservedPort>40001</NewReservedPort></u:R>'),
  soap('<s:Fault><detail><UPnPError><errorCode>718</errorCode></UPnPError></detail></s:Fault>'),
  '<a b="1"><!-- c --><![CDATA[d]]>&amp;&#65;</a>',
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  '<!DOCTYPE a>',
  '<!ENTITY x "y">',
  '&x;',
  '&#x41;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?',
  '/>',
  '</',
  '<a>'.repeat(40),
  '<URLBase>http://127.0.0.1/</URLBase>',
  service('WANIPConnection:1', '//127.0.0.1/'),
  service('WANIPConnection:1', '/a\r\nX: y'),
];
