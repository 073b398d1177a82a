// What the session shares among its torrents, and what it hears from each.

import type { KnownPeersBudget } from '../core/engine/known-peers.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { TwinFile } from '../host/disk.ts';
import type { HttpClient } from '../host/http.ts';
import type { Dht } from './dht.ts';
import type { AddressSource } from './external-ip.ts';
import type { Queue } from './queue.ts';
import type { SessionRates } from './rate-limits.ts';
import type { ResumeStore } from './resume-store.ts';
import type { Schedule } from './schedule.ts';
import type { SeedLimits } from './seed-limits.ts';
import type { SessionTorrent } from './session-torrent.ts';
import type { SessionTorrentEvents } from './session-torrent-events.ts';
import type { Settings } from './settings.ts';
import type { TorrentPeersDeps } from './torrent-peers.ts';
import type { Trackers } from './trackers.ts';
import type { Turns } from './turns.ts';

export interface SessionTorrentDeps extends TorrentPeersDeps {
  /** The host's. */
  readonly clock: Clock;
  /** The host's; requests leave from the one address that is listened at, where there is one. */
  readonly http: HttpClient;
  readonly knownBudget: KnownPeersBudget;
  readonly settings: Settings;
  readonly peerId: Uint8Array;
  /** Reads a magnet's metadata. @throws ProtocolError */
  readonly parseInfo: (raw: Uint8Array) => CheckableInfo;
  /** Where it is remembered from one run to the next. */
  readonly store: ResumeStore | undefined;
  readonly rates: SessionRates;
  readonly queue: Queue;
  readonly turns: { readonly look: Turns; readonly hash: Turns };
  readonly schedule: Schedule;
  /** The session's. */
  readonly seedLimits: () => SeedLimits;
  /** Of each torrent that has no number of its own. */
  readonly uploadSlots: () => UploadSlots;
  /** Somebody has chosen them since the session was made: they are meant, also where they are what they were. */
  readonly areSlotsChosen: () => boolean;
  readonly trackers: Trackers;
  /** Undefined where the session takes no part in it. */
  readonly dht: Dht | undefined;
  /** `by`: the tracker, or the peer's host. */
  readonly externalIpFound: (host: string, by: string, source: AddressSource) => void;
  /** Its hashes are known: takes them as its own. An error where another torrent has one of them. */
  readonly claim: (torrent: SessionTorrent) => SwarmlineError | undefined;
  /** Files of other torrents, for this one, which lacks some. */
  readonly twins: (torrent: SessionTorrent, isLacking: (file: number) => boolean) => readonly TwinFile[];
  /** It is closed from here on; the promise tells when the files are. */
  readonly onClosing: (torrent: SessionTorrent, closing: Promise<void>) => void;
  /**
   * It is closed, and all of it removed, when the promise says so: until then nobody else is given its hashes. An error
   * where another torrent has one of them.
   */
  readonly onRemoving: (torrent: SessionTorrent, removing: Promise<void>) => SwarmlineError | undefined;
  /** Hears of every event of every torrent. */
  readonly onEvent: <Name extends keyof SessionTorrentEvents>(
    torrent: SessionTorrent,
    name: Name,
    event: SessionTorrentEvents[Name],
  ) => void;
  readonly onListenerFault: (error: unknown) => void;
}
