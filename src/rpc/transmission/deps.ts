// What Transmission's RPC is given: the daemon, and what of this machine its methods ask for.

import type { Daemon } from '../../daemon/daemon.ts';
import type { RateHistory } from '../../daemon/rate-history.ts';
import type { TransportName } from '../../host/stream.ts';
import type { Encryption } from '../../session/encryption.ts';
import type { ChangeFeed } from '../changes.ts';
import type { Register } from './register.ts';
import type { SettingsStore } from './settings.ts';

export interface TransmissionDeps {
  readonly daemon: Daemon;
  readonly changes: ChangeFeed;
  readonly rates: RateHistory;
  readonly register: Register;
  readonly settings: SettingsStore;
  readonly facts: SessionConstants;
  readonly programs: CompletionPrograms;
  /** The word of the handshake that holds now. */
  readonly sessionId: () => string;
  /** A torrent file on this machine. @throws SwarmlineError `FOLDER_NOT_ALLOWED`, `FILE_UNREADABLE` */
  readonly readTorrentFile: (path: string) => Promise<Uint8Array>;
  /** Bytes; undefined where that cannot be told. */
  readonly diskSpace: (folder: string) => Promise<{ free: number; total: number } | undefined>;
  /** On this machine, whatever folder it is in. */
  readonly isAbsolutePath: (path: string) => boolean;
  /** Ends the daemon, after this has been answered; undefined where a client may not. */
  readonly close: (() => void) | undefined;
}

/** Programs that may be run when a torrent is complete. Absolute paths; whoever runs the daemon names them. */
export interface CompletionPrograms {
  /** The one that is run unless a client has chosen another. */
  readonly configured: () => string | undefined;
  /** Beside it, what a client may choose. */
  readonly allowed: () => readonly string[];
}

/** Of the session: what does not change while it runs. */
export interface SessionConstants {
  readonly encryption: Encryption;
  readonly transports: readonly TransportName[];
  readonly isPortRandom: boolean;
  /** Of a torrent that was given no number of its own. */
  readonly maxPeersPerTorrent: number;
  /** Requests of one peer that may wait. */
  readonly maxPeerRequests: number;
  readonly slowAfterMs: number;
}
