// A peer on the tracker's own machine may announce over loopback, and loopback is of no use to anyone elsewhere. Whoever
// asks from another machine gets the address at which it reached the tracker instead: the peer is there too.

import { scopeOfBytes } from '../core/bytes/address-scope.ts';

/**
 * The compact `peers` as an asker at `ip` can use them. `localIp` is the address of this machine that it asked, where
 * that is known; a peer for which there is no address that reaches as far as the asker is left out.
 */
export function reachablePeers(
  peers: Uint8Array,
  width: 4 | 16,
  ip: Uint8Array,
  localIp: Uint8Array | undefined,
): Uint8Array {
  if (!hasLoopback(peers, width)) return peers;
  const askerScope = scopeOfBytes(ip);
  if (askerScope === 'loopback') return peers;
  const localScope = localIp === undefined ? 'none' : scopeOfBytes(localIp);
  const usable = localIp?.length === width && (localScope === 'public' || localScope === askerScope);
  const out = new Uint8Array(peers.length);
  let length = 0;
  for (let at = 0; at < peers.length; at += width + 2) {
    const loopback = isLoopback(peers, at, width);
    if (loopback && !usable) continue;
    out.set(peers.subarray(at, at + width + 2), length);
    if (loopback) out.set(localIp!, length);
    length += width + 2;
  }
  return out.subarray(0, length);
}

function hasLoopback(peers: Uint8Array, width: 4 | 16): boolean {
  for (let at = 0; at < peers.length; at += width + 2) if (isLoopback(peers, at, width)) return true;
  return false;
}

function isLoopback(peers: Uint8Array, at: number, width: 4 | 16): boolean {
  if (width === 4) return peers[at] === 127;
  return peers[at] === 0 && scopeOfBytes(peers.subarray(at, at + width)) === 'loopback';
}
