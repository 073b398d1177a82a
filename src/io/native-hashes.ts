// Keyed hashes by the native module, a batch in one call.

import type { KeyedHashes } from '../host/keyed-hashes.ts';
import { nativeModule } from './native-module.ts';

interface NativeHashes {
  sipHashes(...row: Row): void;
  halfSipHashes(...row: Row): void;
}
type Row = [Int32Array, Uint8Array, number, number, number, number, Int32Array];

/** Undefined where there is no such module: JavaScript makes them one by one. */
export function nativeKeyedHashes(): KeyedHashes | undefined {
  if (nativeModule?.['sipHashes'] === undefined) return undefined;
  const { sipHashes, halfSipHashes } = nativeModule as unknown as NativeHashes;
  return {
    sip: (key, { block, at, stride, length }, count, out) =>
      sipHashes(key, block, at, stride, length, count, out),
    halfSip: (key, { block, at, stride, length }, count, out) =>
      halfSipHashes(key, block, at, stride, length, count, out),
  };
}
