// The message by which a peer takes back that it has a piece (BEP 54): its index, four bytes, and nothing else.

import { ProtocolError } from '../../errors.ts';

export function encodeDontHave(piece: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, piece);
  return bytes;
}

/**
 * The piece's number as the wire has it.
 * @throws ProtocolError `EXTENSION_INVALID`
 */
export function decodeDontHave(payload: Uint8Array): number {
  if (payload.length !== 4)
    throw new ProtocolError(
      'EXTENSION_INVALID',
      `The peer takes a piece back in ${payload.length} bytes, not 4.`,
    );
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
}
