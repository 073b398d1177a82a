// The PROXY protocol, version 2 (HAProxy's "proxy-protocol.txt", section 2.2): what a load balancer writes before a
// connection's first byte, to say whose connection it is. Read only where one is expected: nobody may guess it.
//
//   |0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A|version, command|family, transport|length|addresses, TLVs …|
//   0                                   12               13                14     16

import { ProtocolError } from '../errors.ts';

export interface ProxyHeader {
  /** Bytes of the header: the connection's own begin behind it. */
  readonly length: number;
  /** 4 or 16 bytes and a port; undefined for a connection of the proxy's own (LOCAL), or of a family that is not the internet's. */
  readonly source: { readonly ip: Uint8Array; readonly port: number } | undefined;
}

/**
 * Reads the header at the start of `bytes`; undefined where it is not whole yet.
 * @throws ProtocolError `PROXY_HEADER_INVALID`
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  for (let i = 0; i < Math.min(bytes.length, SIGNATURE.length); i++) if (bytes[i] !== SIGNATURE[i]) invalid();
  if (bytes.length < 16) return undefined;
  const versionAndCommand = bytes[12]!;
  if (versionAndCommand !== LOCAL && versionAndCommand !== PROXY) invalid();
  const addresses = (bytes[14]! << 8) | bytes[15]!;
  if (addresses > MAX_ADDRESSES) invalid();
  const length = 16 + addresses;
  if (bytes.length < length) return undefined;
  if (versionAndCommand === LOCAL) return { length, source: undefined };
  const family = bytes[13]! >>> 4;
  const width = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (width === 0) return { length, source: undefined };
  // Source and destination, then a port of each.
  if (addresses < 2 * width + 4) invalid();
  const portAt = 16 + 2 * width;
  const port = (bytes[portAt]! << 8) | bytes[portAt + 1]!;
  return { length, source: { ip: bytes.slice(16, 16 + width), port } };
}

function invalid(): never {
  throw new ProtocolError('PROXY_HEADER_INVALID', 'The connection does not begin with a PROXY v2 header.');
}

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const LOCAL = 0x20;
const PROXY = 0x21;
// The addresses of two Unix sockets are 216 bytes; TLVs are short. The specification has senders fit one segment (536).
const MAX_ADDRESSES = 1_024;
