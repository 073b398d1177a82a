// Making torrents of what is on the daemon's machine, as clients ask for it.

import { z } from 'zod';

const count = z.number().int().nonnegative();

export const creation = z.object({
  id: z.string(),
  path: z.string(),
  state: z.enum(['walking', 'hashing', 'done', 'failed', 'cancelled']),
  /** Bytes that are hashed, and of all; 0 while that is not known. */
  done: count,
  total: count,
  /** Why it has failed; null where it has not. */
  error: z.string().nullable(),
  /** The id of the torrent, once it is made and added; null until then. */
  torrent: z.string().nullable(),
});

const params = z.strictObject({ id: z.string().max(20) });

export const CREATE_METHODS = {
  'create.start': {
    summary: 'Begins to make a torrent of a file or a folder; it is added at the end, and seeds.',
    params: z.strictObject({
      /** On the daemon's machine, in a folder that it may use. */
      path: z.string().min(1).max(4096),
      version: z.enum(['v1', 'v2', 'hybrid']).default('hybrid'),
      /** Bytes; a power of two from 16 KiB for v2 and hybrid. @default by the size */
      pieceLength: z.number().int().positive().optional(),
      /** Tiers of tracker addresses. */
      trackers: z
        .array(z.array(z.string().min(1).max(8192)).max(100))
        .max(100)
        .default([]),
      webSeeds: z.array(z.string().min(1).max(8192)).max(100).default([]),
      /** Peers come from its trackers alone. */
      private: z.boolean().default(false),
      comment: z.string().max(10_000).optional(),
      source: z.string().max(1000).optional(),
      labels: z.array(z.string().min(1).max(100)).max(100).default([]),
    }),
    result: creation,
  },
  'create.get': {
    summary: 'How far the making of a torrent is.',
    params,
    result: creation,
  },
  'create.cancel': {
    summary: 'Stops the making of a torrent; one that is made stays.',
    params,
    result: creation,
  },
} as const;
