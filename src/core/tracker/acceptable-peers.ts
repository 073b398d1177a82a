// Which of the addresses that a tracker gave may be dialled.

import { type AddressScope, addressScope, mayName } from '../bytes/address-scope.ts';
import type { Address } from '../bytes/compact-address.ts';

/** `trackerScope` is where the tracker itself is. Port 0, multicast and broadcast are nobody's. */
export function acceptablePeers(peers: readonly Address[], trackerScope: AddressScope): Address[] {
  return peers.filter(
    ({ host, port }) => port > 0 && port <= 65_535 && mayName(trackerScope, addressScope(host)),
  );
}
