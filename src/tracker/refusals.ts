// Why the tracker says no: each with a name that metrics count by, a sentence for whoever runs the client, and when to ask again.

import type { AnnounceRefusal } from '../core/tracker/announce.ts';

/** Both of "retry in" and "interval": libtorrent knows only the second. */
export const refusal = (code: string, reason: string, minutes: number): AnnounceRefusal => ({
  kind: 'refusal',
  code,
  reason,
  retryInMinutes: minutes,
  intervalSeconds: minutes * 60,
});
export const TOO_MANY = refusal('too_many_requests', 'Your address asks too often.', 5);
export const BANNED = refusal('banned', 'This tracker does not answer your network.', 1_440);
export const KEY_UNKNOWN = refusal('key_unknown', 'The tracker does not know the key in this URL.', 60);
export const NOT_SERVED = refusal('not_served', 'This tracker does not serve this torrent.', 30);
export const FULL = refusal('full', 'This tracker is full at the moment.', 10);
export const NOT_REACHABLE = refusal('not_reachable', 'Nobody could reach a peer at your address.', 30);
export const TOO_MANY_PEERS = refusal(
  'too_many_peers',
  'Too many peers of this torrent announce from your address.',
  30,
);
