// Torrents and magnet links as JSON, for programs: hashes whole and in hexadecimal, lengths in bytes, null where there is
// nothing. Fields are added in later versions, never renamed.

import { toHex } from '../../core/bytes/hex.ts';
import { formatMagnet, type Magnet, magnetOf } from '../../core/metainfo/magnet.ts';
import type { Metainfo, TorrentFile } from '../../core/metainfo/metainfo.ts';

/** What `show --json` prints of a torrent file. */
export function torrentJson(torrent: Metainfo, isCanonical: boolean): Record<string, unknown> {
  return {
    kind: 'torrent',
    version: torrent.version,
    name: torrent.name,
    infoHashV1: hexOrNull(torrent.infoHashV1),
    infoHashV2: hexOrNull(torrent.infoHashV2),
    length: torrent.layout.dataLength,
    pieceLength: torrent.pieceLength,
    pieceCount: torrent.layout.pieceCount,
    private: torrent.private,
    isFolder: torrent.isFolder,
    trackers: torrent.trackers,
    webSeeds: torrent.webSeeds,
    nodes: torrent.nodes,
    source: torrent.source ?? null,
    comment: torrent.comment ?? null,
    createdBy: torrent.createdBy ?? null,
    creationDate: torrent.creationDate ?? null,
    similar: torrent.similar.map(toHex),
    collections: torrent.collections,
    infoLength: torrent.raw.length,
    torrentLength: torrent.bytes.length,
    isCanonical,
    magnet: formatMagnet(magnetOf(torrent)),
    fileCount: torrent.files.length,
    files: torrent.files.map(fileJson),
  };
}

/** What `show --json` prints of a magnet link. */
export function magnetJson(magnet: Magnet): Record<string, unknown> {
  return {
    kind: 'magnet',
    version: magnetVersion(magnet),
    name: magnet.name ?? null,
    infoHashV1: hexOrNull(magnet.infoHashV1),
    infoHashV2: hexOrNull(magnet.infoHashV2),
    length: magnet.length ?? null,
    // Each a tier of its own, as clients take them.
    trackers: magnet.trackers.map(url => [url]),
    webSeeds: magnet.webSeeds,
    exactSources: magnet.exactSources,
    acceptableSources: magnet.acceptableSources,
    peers: magnet.peers,
    selectOnly: magnet.selectOnly ?? null,
    magnet: formatMagnet(magnet),
  };
}

/** What the hashes of a magnet tell; a hybrid's may name its v1 hash alone. */
export function magnetVersion(magnet: Magnet): 'v1' | 'v2' | 'hybrid' {
  if (magnet.infoHashV2 === undefined) return 'v1';
  return magnet.infoHashV1 === undefined ? 'v2' : 'hybrid';
}

function fileJson(file: TorrentFile): Record<string, unknown> {
  return {
    path: file.path.join('/'),
    length: file.length,
    offset: file.offset,
    ...(file.executable === true && file.symlinkTarget === undefined ? { executable: true } : {}),
    ...(file.hidden === true ? { hidden: true } : {}),
    ...(file.symlinkTarget === undefined ? {} : { symlinkTarget: file.symlinkTarget.join('/') }),
    ...(file.piecesRoot === undefined ? {} : { piecesRoot: toHex(file.piecesRoot) }),
  };
}

function hexOrNull(hash: Uint8Array | undefined): string | null {
  return hash === undefined ? null : toHex(hash);
}
