// SHA-1 and SHA-256 of many messages at once, by the binary in `native/` where the machine has one that fits: two to four
// times as fast as one message after the other (docs/performance.md). Elsewhere, and with SWARMLINE_NATIVE=0, there is
// nothing here, and `node:crypto` does the same work alone.

import { dlopen, env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Every function throws a RangeError where its arguments do not fit one another. Buffers may be shared memory. */
export interface ShaLanes {
  /** Goes on with `count` ≤ 16 messages: `length` more bytes of each, a multiple of 64, at `offsets`. 5 words of state each. */
  sha1Update(
    states: Uint32Array,
    bytes: Uint8Array,
    offsets: Uint32Array,
    count: number,
    length: number,
  ): void;
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
export const shaLanes: ShaLanes | undefined = load();

function load(): ShaLanes | undefined {
  if (env['SWARMLINE_NATIVE'] === '0' || process.platform !== 'linux' || process.arch !== 'x64')
    return undefined;
  const module = { exports: {} as Partial<ShaLanes> };
  try {
    dlopen(module, fileURLToPath(new URL('../../native/linux-x64/sha-lanes.node', import.meta.url)));
  } catch {
    // Not shipped with this copy, or binaries are not allowed (--no-addons, --permission).
    return undefined;
  }
  // Without functions: the processor has no SHA instructions.
  return module.exports.sha1Update === undefined ? undefined : (module.exports as ShaLanes);
}
