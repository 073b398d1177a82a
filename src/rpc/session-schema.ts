// What is told of the session: totals, limits, those that hold in their place for some time, and how peers reach it.

import { z } from 'zod';
import { reachFacts } from './reach-schema.ts';
import { shareFacts } from './share-facts.ts';

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();
/** No limit: null. */
const limit = rate.nullable();

export const sessionLimits = z.object({
  downloadBytesPerSecond: limit,
  uploadBytesPerSecond: limit,
  maxConnections: limit,
  maxDialling: limit,
  dialsPerSecond: limit,
  maxActive: limit,
  maxActiveDownloads: limit,
  maxActiveSeeds: limit,
  maxChecking: limit,
  uploadSlots: z.union([limit, z.literal('rate')]),
  seedRatio: limit,
  seedTimeMs: limit,
  seedIdleMs: limit,
});

export const alternativeLimits = z.object({
  /** They hold at the moment, in place of the session's. */
  isOn: z.boolean(),
  downloadBytesPerSecond: limit,
  uploadBytesPerSecond: limit,
  /** When they come on and go off by themselves; null where they do not. */
  schedule: z
    .object({
      /** Minutes since midnight, local time; the end may be on the next day. */
      beginMinute: z.number().int().min(0).max(1439),
      endMinute: z.number().int().min(0).max(1439),
      /** On which days they begin: 0 is Sunday. */
      days: z.array(z.number().int().min(0).max(6)).max(7),
    })
    .nullable(),
});

export const sessionFacts = z.object({
  version: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  now: z.number(),
  /** Where peers can dial it; null where it does not listen. */
  listening: z.string().nullable(),
  externalIp: z.string().nullable(),
  /** Nodes of the DHT that are known and answer; null where it is not used. */
  dhtNodes: count.nullable(),
  downRate: rate,
  upRate: rate,
  /** Over all runs of the torrents that are here. */
  downloaded: count,
  uploaded: count,
  connections: count,
  torrents: count,
  /** How many are in each state. */
  states: z.record(z.string(), count),
  labels: z.record(z.string(), count),
  trackers: z.record(z.string(), count),
  /** Bytes; null where that cannot be told. */
  freeSpace: z.number().nullable(),
  downloadDir: z.string(),
  limits: sessionLimits,
  alternative: alternativeLimits,
  /** How peers reach it, and it them. */
  reach: reachFacts,
  /** Of `swarmline share`; null for a daemon. */
  share: shareFacts.nullable(),
});
