// The library, on Node: torrents made, checked, shared and fetched. `swarmline/bencode`, `swarmline/metainfo` and
// `swarmline/create` hold the parts for those who need no more.
//
//   const host = nodeHost();
//   const session = new Session({}, host);
//   await session.listen();
//   const torrent = session.add({ info: parseMetainfo(bytes), downloadDir: 'downloads' });
//   torrent.on('complete', () => console.log('all there'));

export type { Address } from './core/bytes/compact-address.ts';
export type { FilePriority } from './core/engine/file-priorities.ts';
export type { PeerStats, TorrentStats } from './core/engine/stats.ts';
export { ProtocolError, SwarmlineError } from './core/errors.ts';
export * from './core/metainfo/index.ts';
export type { SwarmCounts } from './core/tracker/announce.ts';
export type { TrackerStatus } from './core/tracker/tracker-status.ts';
export * from './create.ts';
export type { HttpBody, HttpClient, HttpStreamHandler, HttpStreamRequest } from './host/http.ts';
export { nodeHttpClient } from './io/http-client.ts';
export { nodeHost } from './io/node-host.ts';
export type { Allocation } from './session/add-options.ts';
export type { CompletedOptions, CompletingTorrent } from './session/completed.ts';
export { completed } from './session/completed.ts';
export type { FileStreamOptions } from './session/file-stream.ts';
export type { SessionLimits, TorrentLimits } from './session/limits.ts';
export type { QueueLimits, SlowRule } from './session/queue.ts';
export type { RateLimits } from './session/rate-limits.ts';
export type { SeedLimit, SeedLimits } from './session/seed-limits.ts';
export type { SessionEvents } from './session/session.ts';
export { Session } from './session/session.ts';
export type { SessionFile } from './session/session-file.ts';
export type {
  AddOptions,
  MoveToOptions,
  SessionTorrent,
  SessionTorrentEvents,
  SessionTorrentState,
} from './session/session-torrent.ts';
export type { SessionOptions } from './session/settings.ts';
export type { TrackerSettings } from './session/tracker-settings.ts';
export type { WebSeedSettings } from './session/web-seed-settings.ts';
export type { WebSeedStatus } from './session/web-seeds.ts';
