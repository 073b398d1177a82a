// What Transmission remembers beside the session: numbers that do not hold at the moment, what holds for torrents that are
// added by it, and counts over all runs. One small file in the daemon's state folder.

import { decodeUtf8, encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { StateFiles } from '../../host/state-files.ts';

export interface Settings {
  /** kB/s, while they do not hold. */
  speedLimitDown: number;
  speedLimitUp: number;
  downloadQueueSize: number;
  seedQueueSize: number;
  seedRatioLimit: number;
  /** Minutes. */
  idleSeedingLimit: number;
  /** Minutes since midnight. */
  altTimeBegin: number;
  altTimeEnd: number;
  /** A bit for each day, 1 for Sunday. */
  altTimeDay: number;
  /** Of torrents that are added by it; 0: the session's. */
  peerLimitPerTorrent: number;
  startAddedTorrents: boolean;
  sequentialDownload: boolean;
  /** Whether a program is run when a torrent is complete; and which, where it is not the configured one. */
  scriptTorrentDoneEnabled: boolean;
  scriptTorrentDoneFilename: string;
  /** As text: a list of `Group`s. */
  groups: string;
  /** Over all runs; those of the present one are added to all but the first of these when it ends. */
  sessionCount: number;
  filesAdded: number;
  secondsActive: number;
  /** Of torrents that were removed. */
  uploadedBytes: number;
  downloadedBytes: number;
}

/** Those of Transmission. */
export const SETTINGS_DEFAULTS: Readonly<Settings> = {
  speedLimitDown: 100,
  speedLimitUp: 100,
  downloadQueueSize: 5,
  seedQueueSize: 10,
  seedRatioLimit: 2,
  idleSeedingLimit: 30,
  altTimeBegin: 540,
  altTimeEnd: 1020,
  altTimeDay: 127,
  peerLimitPerTorrent: 0,
  startAddedTorrents: true,
  sequentialDownload: false,
  scriptTorrentDoneEnabled: true,
  scriptTorrentDoneFilename: '',
  groups: '[]',
  sessionCount: 0,
  filesAdded: 0,
  secondsActive: 0,
  uploadedBytes: 0,
  downloadedBytes: 0,
};

export class SettingsStore {
  readonly #folder: string;
  readonly #files: StateFiles;
  #settings: Settings;
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  private constructor(folder: string, files: StateFiles, settings: Settings) {
    this.#folder = folder;
    this.#files = files;
    this.#settings = settings;
  }

  /** What is there that cannot be understood is as if it had never been set. @throws SwarmlineError `STATE_UNREADABLE` */
  static async open(folder: string, files: StateFiles): Promise<SettingsStore> {
    return new SettingsStore(folder, files, settingsIn(await files.read(folder, FILE)));
  }

  get all(): Readonly<Settings> {
    return this.#settings;
  }

  set(changed: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...changed };
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    this.#saving.catch(() => {});
  }

  /** When what was set until now is on the disk. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  saved(): Promise<void> {
    return this.#saving;
  }

  #write(): Promise<void> {
    this.#isDirty = false;
    return this.#files.write(this.#folder, FILE, encodeUtf8(JSON.stringify(this.#settings)));
  }
}

function settingsIn(bytes: Uint8Array | undefined): Settings {
  const settings: Record<string, unknown> = { ...SETTINGS_DEFAULTS };
  try {
    const read: unknown = JSON.parse((bytes && decodeUtf8(bytes)) ?? '{}');
    for (const [name, value] of Object.entries(read ?? {}))
      if (Object.hasOwn(settings, name) && typeof settings[name] === typeof value) settings[name] = value;
  } catch {
    // A file that rotted is no file.
  }
  return settings as unknown as Settings;
}

const FILE = 'transmission.json';
