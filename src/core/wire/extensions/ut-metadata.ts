// The three messages by which peers hand on a torrent's `info` (BEP 9, "extension message"): request, data, reject.
// The metadata goes in pieces of 16 KiB. Who asks whom, and whether it hashes right, is the engine's matter.

import { BencodeDictionary, decodePrefix } from '../../bencode/decode.ts';
import { encode } from '../../bencode/encode.ts';
import { concatBytes } from '../../bytes/bytes.ts';
import { ProtocolError } from '../../errors.ts';

/** A number of a metadata piece, not yet checked against the metadata's length. */
export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | { readonly type: 'data'; readonly piece: number; readonly totalSize: number; readonly bytes: Uint8Array };

/** BEP 9: 16 KiB. */
export const METADATA_PIECE_LENGTH = 16_384;

export function encodeMetadataMessage(message: MetadataMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'request':
      return encode({ msg_type: REQUEST, piece: message.piece });
    case 'reject':
      return encode({ msg_type: REJECT, piece: message.piece });
    case 'data':
      return concatBytes([
        encode({ msg_type: DATA, piece: message.piece, total_size: message.totalSize }),
        message.bytes,
      ]);
    default:
      return message satisfies never;
  }
}

/**
 * Undefined for kinds that are not known, which BEP 9 has us ignore. `bytes` of a data message is a view.
 * @throws ProtocolError `EXTENSION_INVALID`
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { value, end } = decodeHead(payload);
  const type = value.get('msg_type');
  const piece = value.get('piece');
  if (typeof type !== 'number') throw invalid();
  if (type !== REQUEST && type !== DATA && type !== REJECT) return undefined;
  if (typeof piece !== 'number' || piece < 0) throw invalid();
  if (type === REQUEST) return { type: 'request', piece };
  if (type === REJECT) return { type: 'reject', piece };
  const totalSize = value.get('total_size');
  const bytes = payload.subarray(end);
  if (typeof totalSize !== 'number' || totalSize < 0 || bytes.length > METADATA_PIECE_LENGTH) throw invalid();
  return { type: 'data', piece, totalSize, bytes };
}

function decodeHead(payload: Uint8Array): { value: BencodeDictionary; end: number } {
  try {
    const { value, end } = decodePrefix(payload, { lenient: true, maxDepth: 8, maxValues: 100 });
    if (value instanceof BencodeDictionary) return { value, end };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw invalid(cause);
  }
  throw invalid();
}

function invalid(cause?: unknown): ProtocolError {
  return new ProtocolError('EXTENSION_INVALID', 'The peer sent a metadata message that cannot be read.', {
    cause,
  });
}

const REQUEST = 0;
const DATA = 1;
const REJECT = 2;
