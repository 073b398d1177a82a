// The extension protocol's handshake (BEP 10): which extensions a peer speaks and by which numbers, and what it tells
// about itself. Our own numbers are a constant of the program; a peer's are kept with the peer.

import { BencodeDictionary, type BencodeValue, decode } from '../../bencode/decode.ts';
import { encode } from '../../bencode/encode.ts';
import { decodeUtf8Loosely } from '../../bytes/utf8.ts';
import { ProtocolError } from '../../errors.ts';

/** BEP 9; BEP 54; BEP 21 as libtorrent tells it; BEP 11; BEP 55. */
export type ExtensionName = 'ut_metadata' | 'lt_donthave' | 'upload_only' | 'ut_pex' | 'ut_holepunch';

/** The numbers by which peers send to us. */
export const OUR_EXTENSIONS: Readonly<Record<ExtensionName, number>> = {
  ut_metadata: 1,
  lt_donthave: 2,
  upload_only: 3,
  ut_pex: 4,
  ut_holepunch: 5,
};

export interface ExtensionHandshake {
  /** The numbers by which the peer takes what we know; 0 switches one off. Names that we do not know are left out. */
  readonly extensions: ReadonlyMap<ExtensionName, number>;
  /** "v": client and version, at most 64 letters of plain text. */
  readonly client?: string;
  /** "p": the port that the peer listens on. */
  readonly port?: number;
  /** "reqq": how many requests the peer keeps. */
  readonly maxRequests?: number;
  /** BEP 9. */
  readonly metadataSize?: number;
  /** "yourip": 4 or 16 bytes, the address that the peer sees us by. */
  readonly yourIp?: Uint8Array;
  /** Has no wish to download. BEP 21. */
  readonly uploadOnly?: boolean;
  /** Where else the peer is to be found: 4 and 16 bytes. */
  readonly ipv4?: Uint8Array;
  readonly ipv6?: Uint8Array;
}

/** What we tell. All but `client` and `maxRequests` may be unknown. */
export interface OwnExtensionFacts {
  readonly client: string;
  readonly maxRequests: number;
  /** What we would know and do not want here. */
  readonly without?: readonly ExtensionName[] | undefined;
  readonly port?: number | undefined;
  readonly metadataSize?: number | undefined;
  readonly yourIp?: Uint8Array | undefined;
  readonly uploadOnly?: boolean | undefined;
  readonly ipv4?: Uint8Array | undefined;
  readonly ipv6?: Uint8Array | undefined;
}

export function encodeExtensionHandshake(facts: OwnExtensionFacts): Uint8Array<ArrayBuffer> {
  return encode({
    ipv4: facts.ipv4,
    ipv6: facts.ipv6,
    // BEP 10: 0 takes back what may have been said before.
    m: { ...OUR_EXTENSIONS, ...Object.fromEntries((facts.without ?? []).map(name => [name, 0])) },
    metadata_size: facts.metadataSize,
    p: facts.port,
    reqq: facts.maxRequests,
    upload_only: facts.uploadOnly === undefined ? undefined : Number(facts.uploadOnly),
    v: facts.client,
    yourip: facts.yourIp,
  });
}

/**
 * Fields that make no sense are left out: they are hints.
 * @throws ProtocolError `EXTENSION_INVALID` where it is no dictionary
 */
export function decodeExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  const message = decodeDictionary(payload);
  const extensions = new Map<ExtensionName, number>();
  const names = message.get('m');
  if (names instanceof BencodeDictionary) {
    for (const name of Object.keys(OUR_EXTENSIONS) as ExtensionName[]) {
      const id = wholeNumber(names.get(name), 255);
      if (id !== undefined) extensions.set(name, id);
    }
  }
  const version = message.get('v');
  const yourIp = addressIn(message, 'yourip', 4, 16);
  const ipv4 = addressIn(message, 'ipv4', 4);
  const ipv6 = addressIn(message, 'ipv6', 16);
  const port = wholeNumber(message.get('p'), 65_535);
  const maxRequests = wholeNumber(message.get('reqq'), 65_535);
  const metadataSize = wholeNumber(message.get('metadata_size'), Number.MAX_SAFE_INTEGER);
  const uploadOnly = wholeNumber(message.get('upload_only'), 255);
  return {
    extensions,
    ...(version instanceof Uint8Array && { client: plainText(version) }),
    ...(port !== undefined && port > 0 && { port }),
    ...(maxRequests !== undefined && maxRequests > 0 && { maxRequests }),
    ...(metadataSize !== undefined && { metadataSize }),
    ...(yourIp !== undefined && { yourIp }),
    ...(ipv4 !== undefined && { ipv4 }),
    ...(ipv6 !== undefined && { ipv6 }),
    ...(uploadOnly !== undefined && { uploadOnly: uploadOnly > 0 }),
  };
}

function decodeDictionary(payload: Uint8Array): BencodeDictionary {
  let value: BencodeValue;
  try {
    // Other clients' dictionaries need not be sorted; deep or long ones have no use here.
    value = decode(payload, { lenient: true, maxDepth: 8, maxValues: 2000 });
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ProtocolError(
      'EXTENSION_INVALID',
      'The peer sent an extension handshake that cannot be read.',
      { cause },
    );
  }
  if (value instanceof BencodeDictionary) return value;
  throw new ProtocolError('EXTENSION_INVALID', 'The peer sent an extension handshake that is no dictionary.');
}

/** A copy; undefined where it is not as long as an address is. */
function addressIn(
  message: BencodeDictionary,
  key: string,
  ...lengths: readonly number[]
): Uint8Array | undefined {
  const value = message.get(key);
  return value instanceof Uint8Array && lengths.includes(value.length) ? value.slice() : undefined;
}

function wholeNumber(value: BencodeValue | undefined, max: number): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= max ? value : undefined;
}

/** Peers choose this text and users read it: no control or bidirectional characters, and not long. */
function plainText(bytes: Uint8Array): string {
  return decodeUtf8Loosely(bytes.subarray(0, 256))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, 64);
}
