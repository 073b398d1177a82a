// Which of the addresses that a tracker gave may be dialled. A tracker on the Internet that names 10.0.0.1 would have us
// knock at our own network's doors; one in that network names its neighbours.

import { type AddressScope, addressScope } from '../bytes/address-scope.ts';
import type { Address } from '../bytes/compact-address.ts';

/** `trackerScope` is where the tracker itself is. Port 0, multicast and broadcast are nobody's. */
export function acceptablePeers(peers: readonly Address[], trackerScope: AddressScope): Address[] {
  return peers.filter(
    ({ host, port }) => port > 0 && port <= 65_535 && reaches(trackerScope, addressScope(host)),
  );
}

function reaches(tracker: AddressScope, peer: AddressScope): boolean {
  if (peer === 'public') return true;
  if (peer === 'private') return tracker === 'private' || tracker === 'loopback';
  // Another machine's loopback is not ours.
  return peer === 'loopback' && tracker === 'loopback';
}
