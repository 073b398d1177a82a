// What is told of a torrent: its line in a list, all of it, its files, peers, trackers and pieces, and the limits it may have. What a
// client may ask, and say to change them, is in `methods`.

import { z } from 'zod';

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();
/** No limit: null. */
const limit = rate.nullable();
/** By which it is named. */
export const torrentId = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'should be an info hash in lower-case hexadecimal');

export const torrentState = z.enum([
  'metadata',
  'checking',
  'allocating',
  'downloading',
  'seeding',
  'queued',
  'paused',
  'failed',
  'closed',
]);
export const filePriority = z.enum(['skip', 'low', 'normal', 'high']);

/** One line of a list. */
export const torrentRow = z.object({
  id: torrentId,
  name: z.string(),
  state: torrentState,
  /** Why it has failed; null where it has not. */
  error: z.string().nullable(),
  /** Of all its files; null while a magnet's are not known. */
  length: count.nullable(),
  /** Bytes of what is wanted that are missing. */
  left: count,
  /** Of what is wanted, or of a check: 0…1. */
  progress: z.number(),
  downRate: rate,
  upRate: rate,
  /** Over all runs. */
  downloaded: count,
  uploaded: count,
  /** Given for each byte that is here; null where nothing is. */
  ratio: z.number().nullable(),
  /** Milliseconds until all is here; null where that is not known. */
  eta: z.number().nullable(),
  peers: count,
  labels: z.array(z.string()),
  addedAt: z.number(),
  completedAt: z.number().nullable(),
  /** From 0 on. */
  queue: count,
  /** The host of its first tracker. */
  tracker: z.string().nullable(),
  downloadDir: z.string(),
  isPrivate: z.boolean(),
});

export const fileRow = z.object({
  index: count,
  /** Below the download folder. */
  path: z.string(),
  length: count,
  have: count,
  priority: filePriority,
});

export const peerRow = z.object({
  address: z.string(),
  client: z.string(),
  /** 0…1 */
  progress: z.number(),
  downRate: rate,
  upRate: rate,
  downloaded: count,
  uploaded: count,
  isIncoming: z.boolean(),
  isEncrypted: z.boolean(),
  transport: z.enum(['tcp', 'utp']),
  isWebSeed: z.boolean(),
  amChoking: z.boolean(),
  amInterested: z.boolean(),
  peerChoking: z.boolean(),
  peerInterested: z.boolean(),
  isSnubbed: z.boolean(),
  isOptimistic: z.boolean(),
});

export const trackerRow = z.object({
  url: z.string(),
  tier: count,
  state: z.enum(['unused', 'announcing', 'working', 'failed', 'unusable']),
  error: z.string().nullable(),
  warning: z.string().nullable(),
  seeds: count.nullable(),
  leechers: count.nullable(),
  downloads: count.nullable(),
  peers: count.nullable(),
  lastAnnounceAt: z.number().nullable(),
  nextAnnounceAt: z.number().nullable(),
});

export const logLine = z.object({
  time: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
});

/** At most so many cells, each the sum of a run of pieces: see `cells`. */
export const pieceCells = z.object({
  /** 0…1 of each cell's pieces that is here. */
  have: z.array(z.number()),
  /** 1 where pieces of it are under way. */
  inFlight: z.array(z.number()),
  /** 1 where blocks of it were given in the last second. */
  given: z.array(z.number()),
  /** How many peers have its rarest piece. */
  copies: z.array(z.number()),
});

export const torrentLimits = z.object({
  downloadBytesPerSecond: limit,
  uploadBytesPerSecond: limit,
  maxPeers: limit,
  uploadSlots: z.union([limit, z.literal('rate')]),
});

export const seedLimits = z.object({ seedRatio: limit, seedTimeMs: limit, seedIdleMs: limit });

export const torrentDetails = torrentRow.extend({
  /** What it is doing and why, as a sentence. */
  reason: z.string(),
  /** The folder that it goes to when it is complete; null where it stays. */
  movesTo: z.string().nullable(),
  infoHashV1: z.string().nullable(),
  infoHashV2: z.string().nullable(),
  magnet: z.string(),
  version: z.enum(['v1', 'v2', 'hybrid']).nullable(),
  pieceLength: count.nullable(),
  pieceCount: count,
  piecesHave: count,
  wasted: count,
  activeMs: z.number(),
  seedingMs: z.number(),
  isForced: z.boolean(),
  superSeeding: z.enum(['off', 'wanted', 'on']),
  limits: torrentLimits,
  seedLimits,
  knownPeers: count,
  fileCount: count,
});
