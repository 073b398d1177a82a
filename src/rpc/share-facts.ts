// What `swarmline share` says of what it shares: how others get it, and how far they are. A daemon has none of it.

import { z } from 'zod';

const count = z.number().int().nonnegative();

export const shareFacts = z.object({
  /** Of the one torrent that there is. */
  id: z.string(),
  magnet: z.string(),
  /** Of the torrent file; null where others run the tracker. */
  torrentUrl: z.string().nullable(),
  /** What a receiver types. */
  command: z.string(),
  /** A QR code of the torrent's address, or of the magnet link: a line each, `1` for what is dark. Empty where it is too long. */
  qr: z.array(z.string()),
  /** Bytes that have come to receivers, whoever sent them; and that were sent from here. */
  moved: count,
  sent: count,
  receivers: count,
  /** Of these, how many have everything. */
  complete: count,
  /** Milliseconds until all that are connected have everything; null where that is not known. */
  left: z.number().nullable(),
  /** It ends when so many have everything; null where it does not. */
  once: z.number().nullable(),
});

export type ShareFacts = z.output<typeof shareFacts>;
