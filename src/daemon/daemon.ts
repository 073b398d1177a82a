// A daemon: a session, its library, the limits that hold, and what is remembered of both. Who asks it and how is not known
// here: see rpc.

import { decodeUtf8, encodeUtf8 } from '../core/bytes/utf8.ts';
import type { HashFunctions } from '../core/metainfo/info-hash.ts';
import type { Clock } from '../host/clock.ts';
import type { StateFiles } from '../host/state-files.ts';
import type { AddOptions } from '../session/add-options.ts';
import type { SessionLimits } from '../session/limits.ts';
import type { Session } from '../session/session.ts';
import { type AlternativeLimits, LimitSwitch, type LocalTime } from './alternative-limits.ts';
import { Creations, type MakeTorrent } from './creations.ts';
import { Incomplete } from './incomplete.ts';
import { LabelStore } from './label-store.ts';
import { Library, type LibraryTorrent } from './library.ts';

export interface DaemonDeps {
  readonly session: Session;
  readonly clock: Clock;
  readonly stateFiles: StateFiles;
  /** Its own: labels and settings are kept there. */
  readonly stateFolder: string;
  readonly localTime: () => LocalTime;
  /** What the configuration says of the other rates; of the usual limits the session has been told. */
  readonly alternative?: Partial<ConfiguredAlternative>;
  /** Where torrents go that name no other place, until another is set. Absolute. */
  readonly downloadDir: string;
  /**
   * The absolute form of a folder that a client has named.
   * @throws SwarmlineError `FOLDER_NOT_ALLOWED`
   */
  readonly admitFolder: (path: string) => Promise<string>;
  /** Where torrents are until they are complete. @default where they stay */
  readonly incompleteDir?: string | undefined;
  /** Whether there is something of that name in a folder. */
  readonly isThere: (folder: string, name: string) => Promise<boolean>;
  /** All of a torrent has come, and is where it stays. */
  readonly onSettled?: (torrent: LibraryTorrent) => void;
  /** Bytes; undefined where that cannot be told. */
  readonly freeSpace: (folder: string) => Promise<number | undefined>;
  /** A torrent file at an http address. @throws SwarmlineError `HTTP_FAILED`, `HTTP_STATUS` */
  readonly fetchTorrent: (url: string) => Promise<Uint8Array>;
  readonly makeTorrent: MakeTorrent;
  readonly hash: HashFunctions;
  readonly version: string;
  /** Something that whoever runs it should know. */
  readonly onWarning: (error: unknown) => void;
}

export type ConfiguredAlternative = Omit<AlternativeLimits, 'isOn'>;

/** What the configuration says. */
export interface ConfiguredLimits {
  readonly limits: SessionLimits;
  readonly alternative: ConfiguredAlternative;
}

export class Daemon {
  readonly session: Session;
  readonly library: Library;
  readonly incomplete: Incomplete;
  readonly limits: LimitSwitch;
  readonly labels: LabelStore;
  readonly creations: Creations;
  readonly deps: DaemonDeps;
  readonly startedAt: number;
  /** What was set by hand: it holds in the next run too, until the configuration says something new of it. */
  #set: Partial<SessionLimits>;
  #setAlternative: Partial<ConfiguredAlternative>;
  #configured: ConfiguredLimits;
  #downloadDir: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  private constructor(
    deps: DaemonDeps,
    {
      labels,
      library,
      incomplete,
      settings,
    }: Pick<Daemon, 'labels' | 'library' | 'incomplete'> & {
      readonly settings: RememberedSettings;
    },
  ) {
    this.deps = deps;
    this.session = deps.session;
    this.library = library;
    this.incomplete = incomplete;
    this.labels = labels;
    this.startedAt = deps.clock.wallTime();
    this.#downloadDir = settings.downloadDir;
    const { isOn = false, ...alternative } = settings.alternative;
    const configured = { ...NO_ALTERNATIVE, ...deps.alternative };
    this.#configured = { limits: this.session.limits, alternative: configured };
    this.#set = withoutNews(settings.limits, settings.configured?.limits, this.session.limits);
    this.#setAlternative = withoutNews(alternative, settings.configured?.alternative, configured);
    this.session.setLimits(this.#set);
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.session.limits;
    this.limits = new LimitSwitch(
      { uploadBytesPerSecond, downloadBytesPerSecond },
      { isOn, ...configured, ...this.#setAlternative },
      {
        clock: deps.clock,
        localTime: deps.localTime,
        apply: rates => this.session.setLimits(rates),
        onSwitched: () => this.#save(),
      },
    );
    this.creations = new Creations({ ...deps, library: this.library });
  }

  /** What was set in an earlier run holds again. @throws SwarmlineError `STATE_UNREADABLE` */
  static async open(deps: DaemonDeps): Promise<Daemon> {
    const { stateFiles, stateFolder, session, clock, onSettled = () => {} } = deps;
    const labels = await LabelStore.open(stateFolder, stateFiles);
    for (const fault of labels.faults) deps.onWarning(fault);
    const library = new Library({ session, clock, labels });
    const incomplete = await Incomplete.open({ ...deps, library, onSettled }, deps.incompleteDir);
    const settings = settingsIn(await stateFiles.read(stateFolder, FILE));
    const { downloadDir } = settings;
    // It may have been allowed, and not be any more.
    const admitted = downloadDir && (await deps.admitFolder(downloadDir).catch(() => undefined));
    return new Daemon(deps, {
      labels,
      library,
      incomplete,
      settings: { ...settings, downloadDir: admitted },
    });
  }

  /** Where torrents go that name no other place. Absolute. */
  get downloadDir(): string {
    return this.#downloadDir ?? this.deps.downloadDir;
  }

  /** From now on, and in the next run; one that clients may name. */
  setDownloadDir(folder: string): void {
    this.#downloadDir = folder;
    this.#save();
  }

  /**
   * Adds a torrent that is to stay in `options.downloadDir`. Where none of it is there yet it is first where torrents are
   * that are not complete.
   * @throws as `Session.add`
   */
  async add(options: AddOptions, labels: readonly string[] = []): Promise<LibraryTorrent> {
    const { downloadDir, info } = options;
    const isThere = info !== undefined && (await this.deps.isThere(downloadDir, info.files[0]!.path[0]!));
    const place = isThere ? downloadDir : this.incomplete.placeFor(downloadDir);
    const entry = this.library.add({ ...options, downloadDir: place }, labels);
    if (place !== downloadDir) this.incomplete.expect(entry.id, downloadDir);
    return entry;
  }

  /** The torrents of an earlier run are there again. */
  restored(): void {
    this.incomplete.restored();
  }

  /** From now on, and in the next run. @throws TypeError */
  setLimits(limits: Partial<SessionLimits>): void {
    // The session judges them, before anything is changed here.
    this.session.setLimits(limits);
    this.#set = { ...this.#set, ...limits };
    this.#setUsual(limits);
    this.#save();
  }

  setAlternative(alternative: Partial<AlternativeLimits>): void {
    const { isOn: _, ...set } = alternative;
    this.#setAlternative = { ...this.#setAlternative, ...set };
    this.limits.set(alternative);
    this.#save();
  }

  /** The configuration was read anew: what is new in it holds now, whatever was set by hand. @throws TypeError */
  configure({ limits, alternative }: ConfiguredLimits): void {
    const news = newsOf(this.#configured.limits, limits);
    this.session.setLimits(news);
    this.#setUsual(news);
    this.limits.set(newsOf(this.#configured.alternative, alternative));
    this.#set = withoutNews(this.#set, this.#configured.limits, limits);
    this.#setAlternative = withoutNews(this.#setAlternative, this.#configured.alternative, alternative);
    this.#configured = { limits, alternative };
    this.#save();
  }

  #setUsual(limits: Partial<SessionLimits>): void {
    const { uploadBytesPerSecond, downloadBytesPerSecond } = { ...this.limits.usual, ...limits };
    this.limits.setUsual({ uploadBytesPerSecond, downloadBytesPerSecond });
  }

  /** When what was set until now is on the disk. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async saved(): Promise<void> {
    await Promise.all([this.#saving, this.labels.saved(), this.incomplete.saved()]);
  }

  /** The session is the caller's to close. */
  async close(): Promise<void> {
    await this.creations.close();
    this.limits.close();
    this.incomplete.close();
    this.library.close();
    await this.saved().catch(this.deps.onWarning);
  }

  #save(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    this.#saving.catch(this.deps.onWarning);
  }

  #write(): Promise<void> {
    this.#isDirty = false;
    const { stateFiles, stateFolder } = this.deps;
    const settings: RememberedSettings = {
      limits: this.#set,
      alternative: { ...this.#setAlternative, isOn: this.limits.alternative.isOn },
      configured: this.#configured,
      downloadDir: this.#downloadDir,
    };
    return stateFiles.write(stateFolder, FILE, encodeUtf8(JSON.stringify(settings, noLimitToNull)));
  }
}

interface RememberedSettings {
  readonly limits: Partial<SessionLimits>;
  readonly alternative: Partial<AlternativeLimits>;
  /** What the configuration said when they were set. */
  readonly configured: ConfiguredLimits | undefined;
  readonly downloadDir: string | undefined;
}

/** What cannot be understood is as if it had never been set. */
function settingsIn(bytes: Uint8Array | undefined): RememberedSettings {
  try {
    const value = JSON.parse((bytes && decodeUtf8(bytes)) ?? '{}') as Partial<RememberedSettings>;
    const { configured, downloadDir } = value;
    return {
      limits: withInfinity(value.limits),
      alternative: withInfinity(value.alternative),
      configured: configured && {
        limits: withInfinity(configured.limits),
        alternative: withInfinity(configured.alternative),
      },
      downloadDir: typeof downloadDir === 'string' ? downloadDir : undefined,
    };
  } catch {
    return { limits: {}, alternative: {}, configured: undefined, downloadDir: undefined };
  }
}

/** What is other than it was; all, where nothing is known of before. */
function newsOf<Limits extends object>(before: Limits, now: Limits): Partial<Limits> {
  const news: Partial<Limits> = {};
  for (const name of Object.keys(now) as (keyof Limits)[])
    if (!isSame(before[name], now[name])) news[name] = now[name];
  return news;
}

/** What was set of that which the configuration says as before. */
function withoutNews<Limits extends object>(
  set: Partial<Limits>,
  before: Limits | undefined,
  now: Limits,
): Partial<Limits> {
  if (before === undefined) return set;
  const kept: Partial<Limits> = {};
  for (const name of Object.keys(set) as (keyof Limits)[])
    if (isSame(before[name], now[name])) kept[name] = set[name]!;
  return kept;
}

function isSame(a: unknown, b: unknown): boolean {
  // A plan of the week is an object; Infinity is not told from null, which neither can be.
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `schedule` is written where there is none by hand, too. */
function noLimitToNull(name: string, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return null;
  return name === 'alternative' ? withSchedule(value as object) : value;
}

function withSchedule(alternative: object): object {
  return 'schedule' in alternative ? { ...alternative, schedule: alternative.schedule ?? null } : alternative;
}

function withInfinity<Limits extends object>(limits: Limits | undefined): Limits {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(limits ?? {})) {
    if (name === 'schedule') read[name] = isPlan(value) ? value : undefined;
    else if (name === 'isOn') read[name] = value === true;
    else if (value === null) read[name] = Number.POSITIVE_INFINITY;
    else if (name === 'uploadSlots' && value === 'rate') read[name] = value;
    else if (typeof value === 'number' && value >= 0) read[name] = value;
  }
  return read as Limits;
}

function isPlan(value: unknown): boolean {
  const { beginMinute, endMinute, days } = (value ?? {}) as Record<string, unknown>;
  return typeof beginMinute === 'number' && typeof endMinute === 'number' && Array.isArray(days);
}

const FILE = 'settings.json';
/** Until something else is said. */
export const NO_ALTERNATIVE: ConfiguredAlternative = {
  schedule: undefined,
  uploadBytesPerSecond: 100 * 1024,
  downloadBytesPerSecond: 500 * 1024,
};
