// `X-Forwarded-For`: each proxy appends the address that it was asked from, so only the right end is worth anything, and
// only as far as the proxies are known. Whoever takes the first value lets every client choose its address.

import { plainIpBytes } from '../bytes/ip-prefix.ts';

/**
 * The client of a request that came from a trusted proxy: from the right, the first address that is no trusted proxy; the
 * leftmost where all are. Undefined where what stands there is no address: the proxy does not do what it is trusted to.
 */
export function forwardedClient(
  header: string,
  isTrusted: (ip: Uint8Array) => boolean,
): Uint8Array | undefined {
  if (header.length > MAX_HEADER) return undefined;
  const hops = header.split(',');
  let client: Uint8Array | undefined;
  for (let i = hops.length - 1; i >= 0; i--) {
    client = hopAddress(hops[i]!.trim());
    if (client === undefined || !isTrusted(client)) return client;
  }
  return client;
}

/** Some proxies write a port behind the address, and brackets around IPv6. */
function hopAddress(text: string): Uint8Array | undefined {
  const match =
    /^(?:\[([0-9a-fA-F:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([0-9a-fA-F:.]+))$/.exec(text);
  return match === null ? undefined : plainIpBytes((match[1] ?? match[2] ?? match[3])!);
}

const MAX_HEADER = 2_048;
