// The holepunch extension's one message (BEP 55): "connect me with that peer", "connect to that peer now", "that cannot be".

import { type Address, addressBytes, formatIp } from '../../bytes/compact-address.ts';
import { ProtocolError } from '../../errors.ts';

export type HolepunchError = 'no-such-peer' | 'not-connected' | 'no-support' | 'no-self';

export type HolepunchMessage =
  /** To one who is connected with both. */
  | { readonly type: 'rendezvous'; readonly address: Address }
  /** From that one, to both. */
  | { readonly type: 'connect'; readonly address: Address }
  | { readonly type: 'error'; readonly address: Address; readonly error: HolepunchError };

export function encodeHolepunch(message: HolepunchMessage): Uint8Array<ArrayBuffer> {
  const { host, port } = message.address;
  const ip = addressBytes(host);
  if (ip === undefined) throw new TypeError(`holepunch: ${host} is no address`);
  const bytes = new Uint8Array(8 + ip.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = TYPES.indexOf(message.type);
  bytes[1] = ip.length === 4 ? 0 : 1;
  bytes.set(ip, 2);
  view.setUint16(2 + ip.length, port);
  if (message.type === 'error') view.setUint32(4 + ip.length, ERRORS.indexOf(message.error) + 1);
  return bytes;
}

/**
 * Undefined for kinds and errors that are not known.
 * @throws ProtocolError `EXTENSION_INVALID`
 */
export function decodeHolepunch(payload: Uint8Array): HolepunchMessage | undefined {
  const width = payload[1] === 0 ? 4 : payload[1] === 1 ? 16 : undefined;
  // Some leave the error out where there is none.
  if (width === undefined || payload.length < 4 + width || payload.length > 8 + width)
    throw new ProtocolError('EXTENSION_INVALID', 'The peer sent a holepunch message that cannot be read.');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const address = { host: formatIp(payload.subarray(2, 2 + width)), port: view.getUint16(2 + width) };
  const type = TYPES[payload[0]!];
  if (type === undefined) return undefined;
  if (type !== 'error') return { type, address };
  const error = payload.length === 8 + width ? ERRORS[view.getUint32(4 + width) - 1] : undefined;
  return error && { type, address, error };
}

const TYPES = ['rendezvous', 'connect', 'error'] as const;
const ERRORS: readonly HolepunchError[] = ['no-such-peer', 'not-connected', 'no-support', 'no-self'];
