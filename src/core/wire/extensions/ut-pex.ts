// Peer exchange (BEP 11): one message that says which peers have come and gone since the last one, IPv4 and IPv6 apart, with
// a byte of flags for each that came. What becomes of the addresses is the engine's.

import { BencodeDictionary, decode } from '../../bencode/decode.ts';
import { encode } from '../../bencode/encode.ts';
import { concatBytes } from '../../bytes/bytes.ts';
import { type Address, decodeCompactList, encodeCompact } from '../../bytes/compact-address.ts';
import { ProtocolError } from '../../errors.ts';

export interface PexPeer {
  readonly address: Address;
  /** See `PEX_FLAGS`. */
  readonly flags: number;
}

export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly Address[];
}

/** BEP 11, "added.f" */
export const PEX_FLAGS = {
  prefersEncryption: 0x01,
  isUploadOnly: 0x02,
  speaksUtp: 0x04,
  speaksHolepunch: 0x08,
  /** The one who tells has dialled it: it can be reached. */
  isReachable: 0x10,
} as const;

/** "should not contain more than": of both families together, and of both lists. BEP 11, "Rate limiting" */
export const MAX_PEX_PEERS = 50;

export function encodePex({ added, dropped }: PexMessage): Uint8Array<ArrayBuffer> {
  const ipv4 = added.filter(({ address }) => !address.host.includes(':'));
  const ipv6 = added.filter(({ address }) => address.host.includes(':'));
  return encode({
    added: compactList(ipv4.map(({ address }) => address)),
    'added.f': Uint8Array.from(ipv4, ({ flags }) => flags),
    added6: compactList(ipv6.map(({ address }) => address)),
    'added6.f': Uint8Array.from(ipv6, ({ flags }) => flags),
    dropped: compactList(dropped.filter(({ host }) => !host.includes(':'))),
    dropped6: compactList(dropped.filter(({ host }) => host.includes(':'))),
  });
}

/**
 * At most `MAX_PEX_PEERS` of each; what is beyond is left out, for a first message of some programs has more.
 * @throws ProtocolError `EXTENSION_INVALID`
 */
export function decodePex(payload: Uint8Array): PexMessage {
  const message = decodeDictionary(payload);
  const bytesOf = (key: string) => {
    const value = message.get(key);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  };
  const listOf = (key: string, width: 4 | 16) => {
    const bytes = bytesOf(key);
    return decodeCompactList(bytes.subarray(0, MAX_PEX_PEERS * (width + 2)), width);
  };
  const addedOf = (key: string, width: 4 | 16) => {
    const flags = bytesOf(`${key}.f`);
    return listOf(key, width).map((address, i) => ({ address, flags: flags[i] ?? 0 }));
  };
  return {
    added: [...addedOf('added', 4), ...addedOf('added6', 16)].slice(0, MAX_PEX_PEERS),
    dropped: [...listOf('dropped', 4), ...listOf('dropped6', 16)].slice(0, MAX_PEX_PEERS),
  };
}

function compactList(addresses: readonly Address[]): Uint8Array {
  return concatBytes(addresses.flatMap(address => encodeCompact(address) ?? []));
}

function decodeDictionary(payload: Uint8Array): BencodeDictionary {
  try {
    const value = decode(payload, { lenient: true, maxDepth: 4, maxValues: 100 });
    if (value instanceof BencodeDictionary) return value;
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw invalid(cause);
  }
  throw invalid();
}

function invalid(cause?: unknown): ProtocolError {
  return new ProtocolError('EXTENSION_INVALID', 'The peer sent a peer exchange that cannot be read.', {
    cause,
  });
}
