// What a program can ask of a daemon, and what it is answered: one schema for each, from which the check of what comes, the
// types that clients use and `openapi.json` are made. Bytes, bytes per second, milliseconds since 1970; `null` where there
// is no limit or nothing is known. Fields and methods are added in later versions, never renamed.

import { z } from 'zod';
import { CREATE_METHODS } from './create-methods.ts';
import { RATE_METHODS } from './rate-methods.ts';
import { reachFacts } from './reach-schema.ts';
import { shareFacts } from './share-facts.ts';

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();
/** No limit: null. */
const limit = rate.nullable();
const id = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'should be an info hash in lower-case hexadecimal');
const ids = z.array(id).max(100_000);
const url = z.string().min(1).max(8192);
const label = z.string().min(1).max(100);
const folder = z.string().min(1).max(4096);

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
  id,
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

const sortBy = torrentRow.keyof();

export const METHODS = {
  'session.get': {
    summary: 'The session: totals, limits, how many torrents are in which state.',
    params: z.strictObject({}),
    result: sessionFacts,
  },
  'session.set': {
    summary: 'Changes limits of the session from now on; what is not named stays as it is.',
    params: z.strictObject({
      limits: sessionLimits.partial().optional(),
      alternative: alternativeLimits.partial().optional(),
    }),
    result: sessionFacts,
  },
  'torrents.list': {
    summary: 'A page of the torrents that fit, in the order that is wanted.',
    params: z.strictObject({
      /** In these states alone; `active`: with a rate. */
      states: z.array(z.union([torrentState, z.literal('active')])).optional(),
      label: z.string().optional(),
      /** The host of a tracker. */
      tracker: z.string().optional(),
      /** In the name, whatever the case. */
      text: z.string().max(1000).optional(),
      /** Exactly this name, or the beginning of one of its info hashes. */
      match: z.string().min(1).max(1000).optional(),
      ids: ids.optional(),
      sort: sortBy.default('queue'),
      descending: z.boolean().default(false),
      offset: count.default(0),
      limit: count.max(10_000).default(100),
    }),
    result: z.object({
      /** How many fit. */
      total: count,
      rows: z.array(torrentRow),
      /** The changes that come after this. */
      sequence: count,
    }),
  },
  'torrents.get': {
    summary: 'One torrent, with what it is doing and why.',
    params: z.strictObject({ id }),
    result: torrentDetails,
  },
  'torrents.files': {
    summary: 'The files of a torrent, a page of them.',
    params: z.strictObject({ id, offset: count.default(0), limit: count.max(100_000).default(1000) }),
    result: z.object({ total: count, files: z.array(fileRow) }),
  },
  'torrents.peers': {
    summary: 'The peers that are connected.',
    params: z.strictObject({ id }),
    result: z.object({ peers: z.array(peerRow) }),
  },
  'torrents.trackers': {
    summary: 'The trackers of a torrent, and how things stand with each.',
    params: z.strictObject({ id }),
    result: z.object({ trackers: z.array(trackerRow), webSeeds: z.array(z.string()) }),
  },
  'torrents.pieces': {
    summary: 'A picture of the pieces: ours, and how rare each is.',
    params: z.strictObject({ id, cells: z.number().int().min(1).max(10_000).default(400) }),
    result: pieceCells,
  },
  'torrents.log': {
    summary: 'What has happened to a torrent lately, the oldest first.',
    params: z.strictObject({ id }),
    result: z.object({ lines: z.array(logLine) }),
  },
  'torrents.add': {
    summary: 'Adds a torrent by its file, a magnet link, an info hash or an address.',
    params: z.strictObject({
      /** One of these three. A torrent file in base64. */
      torrent: z.string().max(90_000_000).optional(),
      /** A magnet link, or an info hash in hexadecimal. */
      magnet: z.string().max(65_536).optional(),
      /** An http address of a torrent file. */
      url: url.optional(),
      /** @default the daemon's */
      downloadDir: folder.optional(),
      labels: z.array(label).max(100).default([]),
      isPaused: z.boolean().default(false),
      isSequential: z.boolean().default(false),
      isForced: z.boolean().default(false),
      superSeed: z.boolean().default(false),
      /** One for each file. */
      priorities: z.array(filePriority).optional(),
      limits: torrentLimits.partial().optional(),
      seedLimits: seedLimits.partial().optional(),
      trackers: z.array(url).max(1000).optional(),
    }),
    result: z.object({
      torrent: torrentRow,
      /** It was there already, and is as it was. */
      wasThere: z.boolean(),
    }),
  },
  'torrents.remove': {
    summary: 'Removes torrents, with their data where that is asked for.',
    params: z.strictObject({ ids, deleteData: z.boolean().default(false) }),
    result: z.object({ removed: count }),
  },
  'torrents.start': act('Starts torrents that are paused or have failed.'),
  'torrents.stop': act('Pauses torrents.'),
  'torrents.recheck': act('Hashes all the data of torrents again.'),
  'torrents.reannounce': act('Asks the trackers of torrents now, or as soon as they allow it.'),
  'torrents.queue': {
    summary: 'Moves torrents in the queue.',
    params: z.strictObject({ ids, to: z.union([z.enum(['top', 'up', 'down', 'bottom']), count]) }),
    result: z.object({ changed: count }),
  },
  'torrents.set': {
    summary: 'Changes settings of torrents; what is not named stays as it is.',
    params: z.strictObject({
      ids,
      labels: z.array(label).max(100).optional(),
      limits: torrentLimits.partial().optional(),
      /** In the place of its own ones. */
      seedLimits: seedLimits.partial().optional(),
      isForced: z.boolean().optional(),
      superSeed: z.boolean().optional(),
      addTrackers: z.array(url).max(1000).optional(),
      removeTrackers: z.array(url).max(1000).optional(),
      addWebSeeds: z.array(url).max(1000).optional(),
      removeWebSeeds: z.array(url).max(1000).optional(),
    }),
    result: z.object({ changed: count }),
  },
  'torrents.setFiles': {
    summary: 'Changes how much files of a torrent are wanted.',
    params: z.strictObject({
      id,
      files: z.array(z.strictObject({ index: count, priority: filePriority })).max(1_000_000),
    }),
    result: z.object({ changed: count }),
  },
  'torrents.move': {
    summary: 'Moves the files of a torrent to another folder, while it goes on.',
    params: z.strictObject({
      id,
      to: folder,
      ifThere: z.enum(['refuse', 'overwrite', 'adopt']).default('refuse'),
    }),
    result: torrentRow,
  },
  'torrents.rename': {
    summary: 'Gives a file of a torrent another path, or what holds all of them another name.',
    params: z.strictObject({
      id,
      /** Of the file; without it, the torrent's folder or its one file. */
      index: count.optional(),
      /** A path below the download folder, with slashes; or a name. */
      name: z.string().min(1).max(4096),
    }),
    result: torrentRow,
  },
  ...RATE_METHODS,
  ...CREATE_METHODS,
} as const;

function act(summary: string) {
  return { summary, params: z.strictObject({ ids }), result: z.object({ changed: count }) } as const;
}

/** Those that change nothing: all that may be asked where there is only something to be seen. */
export const READING_METHODS: ReadonlySet<MethodName> = new Set<MethodName>([
  'session.get',
  'session.rates',
  'torrents.list',
  'torrents.get',
  'torrents.files',
  'torrents.peers',
  'torrents.trackers',
  'torrents.pieces',
  'torrents.log',
  'torrents.rates',
]);

export type MethodName = keyof typeof METHODS;
/** As a client writes it: defaults may be left out. */
export type Params<Name extends MethodName> = z.input<(typeof METHODS)[Name]['params']>;
/** As the daemon reads it. */
export type ReadParams<Name extends MethodName> = z.output<(typeof METHODS)[Name]['params']>;
export type Result<Name extends MethodName> = z.output<(typeof METHODS)[Name]['result']>;

export type TorrentRow = z.output<typeof torrentRow>;
export type TorrentDetails = z.output<typeof torrentDetails>;
export type FileRow = z.output<typeof fileRow>;
export type PeerRow = z.output<typeof peerRow>;
export type TrackerRow = z.output<typeof trackerRow>;
export type SessionFacts = z.output<typeof sessionFacts>;
export type TorrentLimitsView = z.output<typeof torrentLimits>;
export type SeedLimitsView = z.output<typeof seedLimits>;
export type SessionLimitsView = z.output<typeof sessionLimits>;
export type AlternativeLimitsView = z.output<typeof alternativeLimits>;
export type TorrentLogLine = z.output<typeof logLine>;

/** One message of the stream of changes. */
export interface Changes {
  /** Counts up by one. Give the last one that was heard when connecting again. */
  readonly sequence: number;
  /** Everything is to be asked anew: this client was away for too long. */
  readonly isReset: boolean;
  /** What is new of each torrent: `id`, and the fields that are other than before. A torrent that is new has them all. */
  readonly changed: readonly (Pick<TorrentRow, 'id'> & Partial<TorrentRow>)[];
  readonly removed: readonly string[];
  /** What is new of the session's totals. */
  readonly session: Partial<Pick<SessionFacts, 'downRate' | 'upRate' | 'torrents' | 'connections'>>;
}

/** What an answer that is no result looks like. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** What it is about: a field of the request, a file. */
    readonly where?: string;
  };
}
