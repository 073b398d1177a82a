// The default gateway of IPv4 out of what systems say of their routes. Text alone: who asks the system is io/gateways.

import { addressBytes, formatIp } from '../core/bytes/compact-address.ts';

/** Of Linux's `/proc/net/route`: the route to everywhere with the lowest metric. */
export function gatewayOfLinux(text: string): string | undefined {
  let best: string | undefined;
  let bestMetric = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n').slice(1)) {
    const [, destination, gateway = '', flags = '0', , , metric, mask] = line.trim().split(/\s+/);
    if (destination !== '00000000' || mask !== '00000000') continue;
    // Up, and by way of a gateway: linux/route.h, `RTF_UP`, `RTF_GATEWAY`.
    if ((Number.parseInt(flags, 16) & 3) !== 3 || !/^[0-9A-F]{8}$/i.test(gateway)) continue;
    if (Number(metric) >= bestMetric) continue;
    bestMetric = Number(metric);
    // In the byte order of the machine: all that Node runs on here are little-endian.
    best = formatIp(Uint8Array.from([6, 4, 2, 0], at => Number.parseInt(gateway.slice(at, at + 2), 16)));
  }
  return best === '0.0.0.0' ? undefined : best;
}

/** Of `route -n get default`, as on macOS and the BSDs. */
export function gatewayOfRoute(text: string): string | undefined {
  return ipv4(/^\s*gateway:\s*(\S+)\s*$/m.exec(text)?.[1]);
}

/** Of Windows' `route print -4 0.0.0.0`, whatever its language: two zeros, the gateway, the interface, the metric. */
export function gatewayOfWindows(text: string): string | undefined {
  let best: string | undefined;
  let bestMetric = Number.POSITIVE_INFINITY;
  for (const [, gateway, metric] of text.matchAll(
    /^\s*0\.0\.0\.0\s+0\.0\.0\.0\s+(\d\S*)\s+\d\S*\s+(\d+)\s*$/gm,
  )) {
    if (ipv4(gateway) === undefined || Number(metric) >= bestMetric) continue;
    bestMetric = Number(metric);
    best = gateway;
  }
  return best;
}

function ipv4(host: string | undefined): string | undefined {
  return host !== undefined && addressBytes(host)?.length === 4 ? host : undefined;
}
