// What a router may send by UDP: answers of NAT-PMP and PCP, and of a search by SSDP; read, and given to a mapper that asks.
// The first byte says how many datagrams share the input; nonces are put right, so that answers get through.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { parseNatPmpAnswer } from '../../dist/core/nat/nat-pmp.js';
import { parsePcpAnswer } from '../../dist/core/nat/pcp.js';
import { PortMapper } from '../../dist/core/nat/port-mapper.js';
import { parseSearchAnswer } from '../../dist/core/nat/ssdp.js';
import { outcomeOf } from '../outcome.mjs';

const GATEWAY = '192.168.1.1';

export function run(bytes) {
  const natPmp = outcomeOf(() => parseNatPmpAnswer(bytes).type);
  const pcp = outcomeOf(() => `pcp ${parsePcpAnswer(bytes).result > 0}`);
  const found = parseSearchAnswer(bytes, GATEWAY);
  if (found !== undefined) assert.match(found.path, /^\/[\x21-\x7e]*$/);
  return `${natPmp}; ${pcp}; ${found === undefined}; ${talk(bytes)}`;
}

function talk(bytes) {
  const mapper = new PortMapper(
    { gateway: GATEWAY, localHost: '192.168.1.7', port: 51413 },
    { random: seededRandom(1) },
    0,
  );
  const said = [];
  let nonce = new Uint8Array(12);
  const drain = () => {
    for (let output = mapper.poll(); output !== undefined; output = mapper.poll()) {
      if (output.type === 'send') {
        assert.ok(output.host === GATEWAY || output.host === '239.255.255.250');
        if (output.bytes.length === 60) nonce = output.bytes.slice(24, 36);
      } else {
        if (output.type === 'mapped') check(output.mapped);
        said.push(output.type);
      }
    }
  };
  drain();
  const count = 1 + ((bytes[0] ?? 0) % 8);
  const length = Math.max(1, Math.ceil((bytes.length - 1) / count));
  let now = 0;
  for (let at = 1; at < bytes.length; at += length) {
    const datagram = bytes.slice(at, at + length);
    if (datagram.length >= 60) datagram.set(nonce, 24);
    mapper.received(datagram, GATEWAY, datagram[0] === 0x48 ? 1900 : 5351, now);
    drain();
    now = Math.max(now, mapper.nextTimeout() ?? now);
    mapper.timePassed(now);
    drain();
  }
  mapper.close(now);
  drain();
  for (let rounds = 0; !said.includes('closed'); rounds++) {
    assert.ok(rounds < 20, 'it never closes');
    now = mapper.nextTimeout() ?? now;
    mapper.timePassed(now);
    drain();
  }
  assert.equal(said.filter(type => type === 'closed').length, 1);
  return said.slice(0, 4).join();
}

function check({ tcpPort, udpPort }) {
  for (const port of [tcpPort, udpPort]) if (port !== undefined) assert.ok(port > 0 && port < 65_536);
  assert.ok(tcpPort !== undefined);
}

const head = [0, 0, 0, 0, 0, 9];
const natPmp = [
  [0, 128, ...head, 20, 0, 0, 1],
  [0, 130, ...head, 200, 213, 200, 213, 0, 0, 14, 16],
  [0, 129, ...head, 200, 213, 200, 213, 0, 0, 14, 16],
];
const pcp = (protocol, result = 0) => [
  ...[2, 0x81, 0, result, 0, 0, 14, 16, 0, 0, 0, 9, ...Array(12).fill(0)],
  ...Array(12).fill(0),
  ...[protocol, 0, 0, 0, 200, 213, 200, 213, ...Array(10).fill(0), 255, 255, 20, 0, 0, 1],
];
const unsupported = [0, 129, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0];
const ssdp = [
  ...Buffer.from(
    'HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://192.168.1.1:5000/rootDesc.xml\r\n\r\n',
  ),
];

export const seeds = [
  [0, ...natPmp[0]],
  [3, ...unsupported, ...natPmp.flatMap(bytes => [...bytes, 0, 0, 0, 0].slice(0, 16))],
  [0, ...pcp(6)],
  [1, ...pcp(6), ...pcp(17)],
  [1, ...pcp(6), ...pcp(17, 8)],
  [0, ...ssdp],
  ssdp,
  pcp(6),
  natPmp[1],
].map(bytes => Uint8Array.from(bytes));

export const tokens = [
  ...[...natPmp, pcp(6), pcp(17), unsupported].map(bytes => String.fromCharCode(...bytes)),
  'LOCATION: http://192.168.1.1:5000/',
  'LOCATION: http://127.0.0.1/',
  'ST: urn:schemas-upnp-org:service:WANIPConnection:1',
  '\r\n',
];
