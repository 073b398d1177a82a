// What the engine says has happened to one torrent, and who of its parts is to know. What follows from it, the parts decide.

import { siteOf } from '../core/bytes/address-scope.ts';
import type { TorrentEvent } from '../core/engine/output.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { Events } from './events.ts';
import type { QueuePlace } from './queue.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import type { SessionTorrentEvents } from './session-torrent-events.ts';
import type { TorrentDht } from './torrent-dht.ts';
import type { TorrentLife } from './torrent-life.ts';
import type { TorrentMemory } from './torrent-memory.ts';
import type { TorrentSeeding } from './torrent-seeding.ts';
import type { TorrentStreams } from './torrent-streams.ts';
import type { TorrentTrackers } from './torrent-trackers.ts';
import type { WebSeeds } from './web-seeds.ts';

/** Who is to know. */
export interface HearingTorrent {
  readonly life: Pick<TorrentLife, 'completed' | 'failed' | 'infoKnown'>;
  readonly place: Pick<QueuePlace, 'peerJoined'>;
  readonly memory: Pick<TorrentMemory, 'peersChanged' | 'pieceStored'>;
  readonly seeding: Pick<TorrentSeeding, 'look'>;
  readonly trackers: Pick<TorrentTrackers, 'infoKnown'>;
  readonly dht: Pick<TorrentDht, 'infoKnown'> | undefined;
  readonly webSeeds: Pick<WebSeeds, 'peerLeft'> | undefined;
  readonly streams: Pick<TorrentStreams, 'changed'> | undefined;
  readonly events: Events<SessionTorrentEvents>;
  /** As far as they are known. */
  readonly wireInfoHashes: readonly Uint8Array[];
  /** The session. */
  readonly deps: Pick<SessionTorrentDeps, 'dht' | 'externalIpFound'>;
  /** Its hashes are known. */
  claim(): SwarmlineError | undefined;
}

export function engineTold(event: TorrentEvent, torrent: HearingTorrent): void {
  const { life, memory, events } = torrent;
  switch (event.type) {
    case 'metadata':
      torrent.claim();
      torrent.trackers.infoKnown(torrent.wireInfoHashes, event.info.private);
      torrent.dht?.infoKnown(event.info.private);
      events.emit('metadata', event.info);
      life.infoKnown();
      return;
    case 'piece':
      torrent.streams?.changed();
      memory.pieceStored();
      events.emit('piece', { piece: event.piece });
      return;
    case 'complete':
      life.completed();
      return;
    case 'failed':
      life.failed(event.error);
      return;
    case 'layers':
      // Who asks for hashes is answered from them; nothing else follows.
      return;
    case 'address-seen':
      torrent.deps.externalIpFound(event.host, siteOf(event.by.host), 'peer');
      return;
    case 'dht-node':
      torrent.deps.dht?.nodeFound(event.address);
      return;
    case 'peer-left':
      torrent.webSeeds?.peerLeft(event.peer, event.reason);
      memory.peersChanged();
      events.emit('peer', event);
      return;
    case 'peer-joined':
      torrent.place.peerJoined();
      torrent.seeding.look();
      memory.peersChanged();
      events.emit('peer', event);
      return;
    case 'peer-banned':
      memory.peersChanged();
      events.emit('peer', event);
      return;
    default:
      event satisfies never;
  }
}
