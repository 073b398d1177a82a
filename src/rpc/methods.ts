// What a program can ask of a daemon, and what it is answered: one schema for each, from which the check of what comes, the
// types that clients use and `openapi.json` are made. What is told of a torrent is in `torrent-schema`, of the session in
// `session-schema`. Bytes, bytes per second, milliseconds since 1970; `null` where there is no limit or nothing is known.
// Fields and methods are added in later versions, never renamed.

import { z } from 'zod';
import { CREATE_METHODS } from './create-methods.ts';
import { RATE_METHODS } from './rate-methods.ts';
import { alternativeLimits, sessionFacts, sessionLimits } from './session-schema.ts';
import {
  filePriority,
  fileRow,
  logLine,
  peerRow,
  pieceCells,
  seedLimits,
  torrentDetails,
  torrentId,
  torrentLimits,
  torrentRow,
  torrentState,
  trackerRow,
} from './torrent-schema.ts';

const count = z.number().int().nonnegative();
const id = torrentId;
const ids = z.array(id).max(100_000);
const url = z.string().min(1).max(8192);
const label = z.string().min(1).max(100);
const folder = z.string().min(1).max(4096);

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
