// The messages of the DHT, written.

import { type Encodable, encode } from '../bencode/encode.ts';

export interface QueryForm {
  readonly transaction: Uint8Array;
  readonly method: string;
  readonly args: { readonly [key: string]: Encodable | undefined };
  /** BEP 43 */
  readonly isReadOnly: boolean;
}

export function encodeQuery({ transaction, method, args, isReadOnly }: QueryForm): Uint8Array<ArrayBuffer> {
  return encode({
    a: args,
    q: method,
    ro: isReadOnly ? 1 : undefined,
    t: transaction,
    v: VERSION,
    y: 'q',
  });
}

/** `ip`: where the query came from, in compact form. BEP 42 */
export function encodeAnswer(
  transaction: Uint8Array,
  values: { readonly [key: string]: Encodable | undefined },
  ip: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encode({ ip, r: values, t: transaction, v: VERSION, y: 'r' });
}

export function encodeError(
  transaction: Uint8Array,
  code: number,
  text: string,
  ip: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encode({ e: [code, text], ip, t: transaction, v: VERSION, y: 'e' });
}

/** BEP 5: two letters as in peer ids (BEP 20), then the version. */
const VERSION = Uint8Array.of(0x53, 0x57, 1, 0);
