// BEP 21's word in a message of its own, as libtorrent sends it when it changes: one byte, zero for no. In the extension
// handshake it stands as well ("upload_only").

import { ProtocolError } from '../../errors.ts';

export function encodeUploadOnly(isUploadOnly: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(isUploadOnly ? 1 : 0);
}

/** @throws ProtocolError `EXTENSION_INVALID` */
export function decodeUploadOnly(payload: Uint8Array): boolean {
  if (payload.length !== 1)
    throw new ProtocolError('EXTENSION_INVALID', 'The peer sent a message of another length than it has.');
  return payload[0] !== 0;
}
