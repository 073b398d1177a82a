// NAT-PMP (RFC 6886) as bytes: what a client asks of its gateway, and what comes back. Whom to ask, when and how often is
// the lease's (gateway-lease). The answer's address is believed only as far as whoever sent it.

import { formatIp } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import type { Transport } from './mapping.ts';

/** Where a gateway hears NAT-PMP and PCP. RFC 6886, section 3.1; RFC 6887, section 19.1 */
export const GATEWAY_PORT = 5351;

export type NatPmpAnswer =
  | { readonly type: 'address'; readonly result: number; readonly epoch: number; readonly host: string }
  | {
      readonly type: 'mapping';
      readonly result: number;
      readonly epoch: number;
      readonly transport: Transport;
      readonly internalPort: number;
      readonly externalPort: number;
      readonly lifetimeSeconds: number;
    };

/** RFC 6886, section 3.2 */
export function encodeAddressRequest(): Uint8Array {
  return new Uint8Array([0, 0]);
}

/** A lifetime of 0 ends the mapping; then the external port is to be 0. RFC 6886, sections 3.3, 3.4 */
export function encodeNatPmpMapping(
  transport: Transport,
  internalPort: number,
  externalPort: number,
  lifetimeSeconds: number,
): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  bytes[1] = transport === 'udp' ? 1 : 2;
  view.setUint16(4, internalPort);
  view.setUint16(6, externalPort);
  view.setUint32(8, lifetimeSeconds);
  return bytes;
}

/** @throws ProtocolError `NAT_ANSWER_INVALID` */
export function parseNatPmpAnswer(bytes: Uint8Array): NatPmpAnswer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw invalid('it is too short');
  if (bytes[0] !== 0) throw invalid(`its version is ${bytes[0]}`);
  const result = view.getUint16(2);
  const epoch = bytes.length >= 8 ? view.getUint32(4) : 0;
  switch (bytes[1]) {
    case 128:
      if (bytes.length < 12) {
        // A refusal may end behind its reason: there is no address to tell.
        if (result !== 0) return { type: 'address', result, epoch, host: '0.0.0.0' };
        throw invalid('it has no address');
      }
      return { type: 'address', result, epoch, host: formatIp(bytes.subarray(8, 12)) };
    case 129:
    case 130: {
      if (bytes.length < 16) throw invalid('it has no mapping');
      return {
        type: 'mapping',
        result,
        epoch,
        transport: bytes[1] === 129 ? 'udp' : 'tcp',
        internalPort: view.getUint16(8),
        externalPort: view.getUint16(10),
        lifetimeSeconds: view.getUint32(12),
      };
    }
    default:
      throw invalid(`it answers ${bytes[1]}, which was not asked`);
  }
}

/** What a result says. RFC 6886, section 3.5 */
export function natPmpReason(result: number): string {
  return REASONS[result] ?? `it refused with NAT-PMP's result ${result}`;
}

function invalid(why: string): ProtocolError {
  return new ProtocolError('NAT_ANSWER_INVALID', `The gateway's NAT-PMP answer cannot be read: ${why}.`);
}

const REASONS: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of NAT-PMP',
  2: 'it does not allow it',
  3: 'it has no address on the outside itself',
  4: 'it has no room for one more',
  5: 'it cannot do that',
};
