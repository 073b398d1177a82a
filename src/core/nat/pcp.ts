// PCP (RFC 6887) as bytes: MAP requests, and answers to them. The address in a request is the one that it is sent from:
// a server refuses any other (section 8.1), so that nobody opens a way to another machine by it.

import { addressBytes, formatIp } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import type { Transport } from './mapping.ts';

export interface PcpMapRequest {
  /** Ours: what the request is sent from. */
  readonly clientHost: string;
  /** 12 bytes, the same for as long as the mapping lives: who does not know them cannot change it. Section 11.2 */
  readonly nonce: Uint8Array;
  readonly transport: Transport;
  readonly internalPort: number;
  /** What is wished for; 0: any. */
  readonly externalPort: number;
  /** The address that is wished for. @default any */
  readonly externalHost?: string | undefined;
  /** 0 ends the mapping. */
  readonly lifetimeSeconds: number;
}

export interface PcpMapAnswer {
  readonly result: number;
  readonly epoch: number;
  readonly lifetimeSeconds: number;
  readonly nonce: Uint8Array;
  readonly transport: Transport;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly externalHost: string;
}

/** RFC 6887, sections 7.1, 11.1 */
export function encodePcpMap(request: PcpMapRequest): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = MAP;
  view.setUint32(4, request.lifetimeSeconds);
  bytes.set(wideAddress(request.clientHost), 8);
  bytes.set(request.nonce, 24);
  bytes[36] = PROTOCOLS[request.transport];
  view.setUint16(40, request.internalPort);
  view.setUint16(42, request.externalPort);
  // "Any" is the zero of the wished-for family. Section 11.1
  const any = request.clientHost.includes(':') ? '::' : '0.0.0.0';
  bytes.set(wideAddress(request.externalHost ?? any), 44);
  return bytes;
}

/** @throws ProtocolError `NAT_ANSWER_INVALID` */
export function parsePcpAnswer(bytes: Uint8Array): PcpMapAnswer {
  if (bytes.length < 60) throw invalid('it is too short');
  // Section 7: messages are whole words, and no longer than that.
  if (bytes.length > 1100 || bytes.length % 4 !== 0) throw invalid('its length is none of PCP');
  if (bytes[0] !== VERSION) throw invalid(`its version is ${bytes[0]}`);
  if (bytes[1] !== (MAP | 0x80)) throw invalid('it answers what was not asked');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const transport = bytes[36] === PROTOCOLS.tcp ? 'tcp' : bytes[36] === PROTOCOLS.udp ? 'udp' : undefined;
  if (transport === undefined) throw invalid(`it is about protocol ${bytes[36]}`);
  return {
    result: bytes[3]!,
    epoch: view.getUint32(8),
    lifetimeSeconds: view.getUint32(4),
    nonce: bytes.slice(24, 36),
    transport,
    internalPort: view.getUint16(40),
    externalPort: view.getUint16(42),
    externalHost: formatIp(bytes.subarray(44, 60)),
  };
}

/** Whether a datagram says that this gateway speaks NAT-PMP, or another version of PCP, and not ours. Section 9, Appendix A */
export function isOtherVersion(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  // A NAT-PMP server answers with its own version and "unsupported version", 16 bits in the place of our 8.
  return bytes[0] !== VERSION ? (bytes[1]! & 0x80) !== 0 : bytes[3] === UNSUPPORTED_VERSION;
}

/** What a result says. RFC 6887, section 7.4 */
export function pcpReason(result: number): string {
  return REASONS[result] ?? `it refused with PCP's result ${result}`;
}

function wideAddress(host: string): Uint8Array {
  const bytes = addressBytes(host);
  if (bytes === undefined) throw new TypeError(`pcp: ${host} is no address`);
  if (bytes.length === 16) return bytes;
  const wide = new Uint8Array(16);
  wide.set([0xff, 0xff], 10);
  wide.set(bytes, 12);
  return wide;
}

function invalid(why: string): ProtocolError {
  return new ProtocolError('NAT_ANSWER_INVALID', `The gateway's PCP answer cannot be read: ${why}.`);
}

const VERSION = 2;
const MAP = 1;
const UNSUPPORTED_VERSION = 1;
// IANA, "Assigned Internet Protocol Numbers".
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

const REASONS: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of PCP',
  2: 'it does not allow it',
  3: 'it could not read the request',
  4: 'it cannot do that',
  7: 'it has no address on the outside itself',
  8: 'it has no room for one more',
  9: 'it does not know that protocol',
  10: 'we have as many as it allows',
  11: 'it cannot give that port',
  12: 'between it and this machine is another router',
};
