// SHA-1 and SHA-256 of many messages at once, by the native module where the processor has the instructions: two to four
// times as fast as one message after the other (docs/performance.md). Elsewhere `node:crypto` does the same work alone.

import { nativeModule } from './native-module.ts';

/** Every function throws a RangeError where its arguments do not fit one another. Buffers may be shared memory. */
export interface ShaLanes {
  /** Digests of `count` messages, `length` bytes each, at `offsets` in `bytes`: one after the other into `digests`. */
  sha1Slices(
    bytes: Uint8Array,
    offsets: Uint32Array,
    count: number,
    length: number,
    digests: Uint8Array,
  ): void;
  sha256Slices(
    bytes: Uint8Array,
    offsets: Uint32Array,
    count: number,
    length: number,
    digests: Uint8Array,
  ): void;
  /** Digests of at most 16 messages of one length. */
  sha1Each(messages: readonly Uint8Array[], digests: Uint8Array): void;
  sha256Each(messages: readonly Uint8Array[], digests: Uint8Array): void;
}

/** As many messages as one call hashes side by side. */
export const MAX_LANES = 16;

/** Of this machine; undefined where there is none. */
export const shaLanes: ShaLanes | undefined =
  nativeModule?.['sha1Slices'] === undefined ? undefined : (nativeModule as unknown as ShaLanes);
