// The library's `swarmline/metainfo`: torrent files and magnet links, read, written, edited and checked.
export { fromHex, toHex } from '../bytes/hex.ts';
export { ProtocolError, SwarmlineError } from '../errors.ts';
export * from './build.ts';
export * from './check.ts';
export * from './edit.ts';
export { comparePaths } from './file-tree.ts';
export type { Finding, Severity } from './finding.ts';
export * from './info-hash.ts';
export * from './layout.ts';
export * from './magnet.ts';
export * from './merkle.ts';
export * from './metainfo.ts';
export * from './parse.ts';
export * from './piece-length.ts';
export * from './safe-path.ts';
export * from './tracker-tiers.ts';
