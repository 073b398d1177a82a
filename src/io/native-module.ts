// The binary in `native/`, where this machine is one that it was made for. Elsewhere, and with SWARMLINE_NATIVE=0, there is
// none, and Node does the same work alone: each use says how.

import { dlopen, env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Parts are missing where the processor cannot do them. Every function throws a RangeError where arguments do not fit. */
export type NativeModule = Readonly<Record<string, unknown>>;

export const nativeModule: NativeModule | undefined = load();

function load(): NativeModule | undefined {
  if (env['SWARMLINE_NATIVE'] === '0' || process.platform !== 'linux' || process.arch !== 'x64')
    return undefined;
  const module = { exports: {} };
  try {
    dlopen(module, fileURLToPath(new URL('../../native/linux-x64/swarmline.node', import.meta.url)));
    return module.exports;
  } catch {
    // Not shipped with this copy, or binaries are not allowed (--no-addons, --permission).
    return undefined;
  }
}
