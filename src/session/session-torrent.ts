// A torrent of a session: what a program holds on to, and all that it can do with one. Nothing is done here: each call goes to
// the part whose it is (torrent-parts). What follows from a pause or a fault is torrent-life's.

import type { Address } from '../core/bytes/compact-address.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { PeerSource } from '../core/engine/known-peers.ts';
import type { PeerFacts } from '../core/engine/output.ts';
import type { PieceMap } from '../core/engine/piece-map.ts';
import type { DhtPorts, OwnAddresses } from '../core/engine/state.ts';
import type { AnnounceFacts, PeerStats, TorrentStats } from '../core/engine/stats.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream } from '../host/stream.ts';
import type { AddOptions } from './add-options.ts';
import { type CompletedOptions, completed } from './completed.ts';
import type { TorrentLimits } from './limits.ts';
import type { Totals } from './resume-data.ts';
import type { Remembered } from './resume-store.ts';
import type { SeedLimits } from './seed-limits.ts';
import type { SessionFile } from './session-file.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';
import type { MoveToOptions } from './torrent-moves.ts';
import { TorrentParts } from './torrent-parts.ts';
import type { TwinSource } from './twins.ts';
import type { WebSeedStatus } from './web-seeds.ts';

export type { AddOptions, MoveToOptions, SessionTorrentEvents, SessionTorrentState };

export class SessionTorrent {
  readonly #parts: TorrentParts;
  readonly #clock: Clock;

  constructor(options: AddOptions, deps: SessionTorrentDeps) {
    this.#parts = new TorrentParts(this, options, deps);
    this.#clock = deps.host.clock;
  }

  /** Undefined until a magnet's metadata has come. */
  get info(): Info | undefined {
    return this.#parts.info;
  }

  /** The folder that its files lie in, or come to lie in; another one after `moveTo`. */
  get downloadDir(): string {
    return this.#parts.files.place.folder;
  }

  /** By which peers and trackers know it: one, or a hybrid's two, as far as they are known. */
  get wireInfoHashes(): Uint8Array[] {
    return this.#parts.wireInfoHashes;
  }

  /** As far as they are known: a magnet may name one of a hybrid's two. */
  get infoHashes(): InfoHashes {
    return this.#parts.infoHashes;
  }

  get name(): string | undefined {
    return this.#parts.name;
  }

  /** In the order of `info.files`; empty until a magnet's metadata has come. */
  get files(): readonly SessionFile[] {
    return this.#parts.sessionFiles;
  }

  /** Where one of `files` lies, without making all of them: elements below the download folder. */
  pathOf(index: number): readonly string[] | undefined {
    const own = this.info?.files[index]?.path;
    return own && this.#parts.files.place.pathOf(index, own);
  }

  /** For other torrents, which may lack files that it has. */
  get twinSource(): TwinSource | undefined {
    return this.#parts.twinSource;
  }

  get state(): SessionTorrentState {
    return this.#parts.life.state;
  }

  get error(): SwarmlineError | undefined {
    return this.#parts.life.error;
  }

  /** Of the check at the start, or of what follows it where files are to have all their room: how far it is, 0…1. */
  get checkProgress(): number {
    const { files } = this.#parts;
    return files.reserveProgress ?? files.checkProgress;
  }

  get connectionCount(): number {
    return this.#parts.peers.count;
  }

  /** Returns a function that removes the listener. */
  on<Name extends keyof SessionTorrentEvents>(
    name: Name,
    listener: (event: SessionTorrentEvents[Name]) => void,
  ): () => void {
    return this.#parts.events.on(name, listener);
  }

  /**
   * Waits until all that is wanted is on the disk, at once where it is. A pause and a queue are waited out.
   * @throws SwarmlineError what stopped the torrent (its `error`), `TORRENT_CLOSED`; the signal's reason
   */
  completed(options: CompletedOptions = {}): Promise<void> {
    return completed(this, options);
  }

  stats(): TorrentStats {
    return this.#parts.runner.torrent.stats(this.#clock.now());
  }

  /** Of all runs, as far as they are remembered; `stats` tells of this one. */
  totals(): Totals {
    return this.#parts.memory.totals;
  }

  peers(): PeerStats[] {
    return this.#parts.runner.torrent.peers(this.#clock.now());
  }

  /** The pieces summed up in at most so many cells, for a picture. */
  pieceMap(cells: number): PieceMap {
    return this.#parts.runner.torrent.pieceMap(cells, this.#clock.now());
  }

  hasPiece(piece: number): boolean {
    const { have } = this.#parts.runner.torrent;
    return piece >= 0 && piece < have.length && have.has(piece);
  }

  /** What trackers are told, beside `wireInfoHashes`. */
  announceFacts(): AnnounceFacts {
    return this.#parts.runner.torrent.announceFacts();
  }

  /** How things stand with each tracker, in the order in which they are asked; times on the host's clock. */
  trackers(): TrackerStatus[] {
    return this.#parts.trackers.status();
  }

  /** URLs in tiers, without how things stand with each. */
  get trackerTiers(): readonly (readonly string[])[] {
    return this.#parts.trackers.tiers;
  }

  /** `tier` 0 is asked first (BEP 12). False where it is there already, or there are too many. */
  addTracker(url: string, tier = 0): boolean {
    return this.#parts.trackers.add(url, tier);
  }

  /** False where it was not there. */
  removeTracker(url: string): boolean {
    return this.#parts.trackers.remove(url);
  }

  /** Asks the trackers now, or as soon as they allow it. */
  reannounce(): void {
    this.#parts.trackers.announceNow();
    this.#parts.dht?.announceNow();
  }

  /** Asks a tracker how many share the torrent (BEP 48); undefined where none can tell. `trackers` shows it too. */
  scrape(): Promise<SwarmCounts | undefined> {
    return this.#parts.trackers.scrape();
  }

  /** How things stand with each web seed; times on the host's clock. BEP 19 */
  webSeeds(): WebSeedStatus[] {
    return this.#parts.webSeeds?.status() ?? [];
  }

  /** False where it is there already, or there are too many. */
  addWebSeed(url: string): boolean {
    return this.#parts.addWebSeed(url);
  }

  /** False where it was not there. */
  removeWebSeed(url: string): boolean {
    return this.#parts.webSeeds?.remove(url) ?? false;
  }

  /** `infoHash`: by which of `wireInfoHashes` they were found; they are greeted by it. @default the first */
  peersFound(addresses: readonly Address[], source: PeerSource, infoHash?: Uint8Array): void {
    this.#parts.peers.found(addresses, source, infoHash);
  }

  get limits(): TorrentLimits {
    return this.#parts.limits.all;
  }

  /** Of this torrent, within the session's, from now on. What is not named stays as it is. */
  setLimits(limits: Partial<TorrentLimits>): void {
    this.#parts.limits.set(limits);
    this.#parts.memory.settingsChanged();
  }

  /** Whether the session's rates limit it too. */
  get honorsSessionRates(): boolean {
    return this.#parts.limits.honorsSession;
  }

  /** Without the session's rates only its own limit it, and what it moves counts for nobody else. */
  setHonorsSessionRates(honors: boolean): void {
    this.#parts.limits.setHonorsSession(honors);
    this.#parts.memory.settingsChanged();
  }

  /** By its name; undefined: none. */
  get rateGroup(): string | undefined {
    return this.#parts.limits.group;
  }

  /** It shares that group's limits from now on: see `Session.setRateGroup`. Undefined: none. */
  setRateGroup(name: string | undefined): void {
    if (this.#parts.life.isClosed) return;
    this.#parts.limits.setGroup(name);
    this.#parts.memory.settingsChanged();
  }

  /** Among the session's torrents: 0 is the first to be active where only so many may be. */
  get queuePosition(): number {
    return this.#parts.place.position;
  }

  /** Others make room; beyond the last it is the last. */
  setQueuePosition(position: number): void {
    if (this.#parts.life.isClosed) return;
    this.#parts.place.move(position);
    this.#parts.memory.settingsChanged();
  }

  queueTop(): void {
    this.setQueuePosition(0);
  }

  queueUp(): void {
    this.setQueuePosition(this.queuePosition - 1);
  }

  queueDown(): void {
    this.setQueuePosition(this.queuePosition + 1);
  }

  queueBottom(): void {
    this.setQueuePosition(Number.POSITIVE_INFINITY);
  }

  get isForced(): boolean {
    return this.#parts.place.isForced;
  }

  /** Forced, it neither waits for its turn nor takes a place among those that are active. */
  setForced(isForced: boolean): void {
    if (this.#parts.life.isClosed) return;
    this.#parts.place.force(isForced);
    this.#parts.memory.settingsChanged();
  }

  /** How long it is seeded: its own limits, and the session's for the others. */
  get seedLimits(): SeedLimits {
    return this.#parts.seeding.limits;
  }

  /** Those that are its own, and no longer follow the session's. */
  get ownSeedLimits(): Partial<SeedLimits> {
    return this.#parts.seeding.own;
  }

  /**
   * Its own in the place of those that were its own before; what is not named is the session's.
   * @throws TypeError
   */
  setSeedLimits(limits: Partial<SeedLimits>): void {
    this.#parts.seeding.setOwn(limits);
    this.#parts.memory.settingsChanged();
  }

  /** How much each file is wanted; undefined while all are alike. */
  get filePriorities(): readonly FilePriority[] | undefined {
    return this.#parts.runner.torrent.filePriorities;
  }

  /**
   * One priority a file, from here on. `skip`: it is neither made nor written to; what it shares with wanted files in a
   * piece is kept in the part file until it is wanted.
   * @throws TypeError while a magnet's files are not known, or where there are not as many priorities as files
   */
  setFilePriorities(priorities: readonly FilePriority[]): void {
    this.#parts.setFilePriorities(priorities);
  }

  get isSequential(): boolean {
    return this.#parts.runner.torrent.isSequential;
  }

  /** Pieces in order from here on, rather than the rarest first; or no longer. */
  setSequential(isSequential: boolean): void {
    this.#parts.runner.tell(torrent => torrent.setSequential(isSequential));
    this.#parts.memory.settingsChanged();
  }

  /**
   * Moves all files to another download folder, while the exchange goes on; where that is on another file system they are
   * copied first. What is not of the torrent stays. Remembered: a program that is killed on the way goes on with it.
   * @throws SwarmlineError `FILE_EXISTS`, `TORRENT_IN_PLACE`, `STATE_NOT_WRITTEN`, `MOVE_GIVEN_UP` and those of the disk:
   *   then all files are where they were; the signal's reason
   */
  moveTo(folder: string, options: MoveToOptions = {}): Promise<void> {
    return this.#parts.moves.moveTo(folder, options);
  }

  /**
   * Gives a file another path below the download folder, while the exchange goes on.
   * @throws SwarmlineError as `moveTo`, `PATH_INVALID`; TypeError where there is no such file, or none is known yet
   */
  renameFile(index: number, path: readonly string[], options: MoveToOptions = {}): Promise<void> {
    return this.#parts.moves.renameFile(index, path, options);
  }

  /**
   * Gives the folder that holds the files another name, or the file where the torrent is one. To peers it is what it was.
   * @throws as `renameFile`
   */
  rename(name: string, options: MoveToOptions = {}): Promise<void> {
    return this.#parts.moves.rename(name, options);
  }

  /**
   * Super-seeding (BEP 16), for the first seed of a torrent: peers are shown a few pieces at a time, each once, until others
   * have everything. `wanted`: it begins when everything is here; a torrent of which files are skipped never does it.
   */
  get superSeeding(): 'off' | 'wanted' | 'on' {
    return this.#parts.runner.torrent.superSeeding;
  }

  /** Remembered, until it ends by itself. */
  setSuperSeeding(isWanted: boolean): void {
    this.#parts.runner.tell(torrent => torrent.setSuperSeeding(isWanted));
    this.#parts.memory.settingsChanged();
  }

  /**
   * When what was set until now, and that it was added, is on the disk: whatever happens, the next run knows of it.
   * At once without a `stateFolder`.
   * @throws SwarmlineError `STATE_NOT_WRITTEN`: it holds in this run
   */
  async remembered(): Promise<void> {
    const error = await this.#parts.memory.saved();
    if (error !== undefined) throw error;
  }

  /** Ends all connections and makes no new ones; the data stays. */
  pause(): void {
    this.#parts.life.pause();
  }

  /** After `pause`, or to try again after an error. */
  resume(): void {
    this.#parts.life.resume();
  }

  /** Hashes all of the data again, and goes on with what is right. */
  recheck(): void {
    this.#parts.life.recheck();
  }

  /** Says goodbye to its trackers, ends connections, waits for what is being written, closes the files. */
  close(): Promise<void> {
    return this.#parts.close();
  }

  /**
   * Closes it, and nothing of it is remembered. `deleteData`: its files go too, and folders that are empty then; what else
   * lies there stays.
   * @throws SwarmlineError what the disk says, or `STATE_NOT_WRITTEN`: it is closed, and remembered still; TypeError where its
   *   files are shared where they lie (`sources`)
   */
  remove({ deleteData = false }: { readonly deleteData?: boolean } = {}): Promise<void> {
    return this.#parts.remove(deleteData);
  }

  /** For the session: its limits, or this torrent's, are others. */
  seedLimitsChanged(): void {
    this.#parts.seeding.limitsChanged();
  }

  /** For the session: begins. */
  start(remembered?: Remembered): void {
    this.#parts.start(remembered);
  }

  /** For the session: it exchanges nothing and answers nobody. */
  get isStopped(): boolean {
    return this.#parts.runner.torrent.phase === 'stopped';
  }

  /** For the session: where peers can dial us. */
  listeningOn(port: number): void {
    this.#parts.runner.tell(torrent => torrent.listeningOn(port));
  }

  /** For the session: where our DHT nodes are. */
  dhtOn(ports: DhtPorts): void {
    this.#parts.runner.tell(torrent => torrent.dhtOn(ports));
  }

  /** For the session: it is looked for in the DHT, and peers hear of our node. */
  get usesDht(): boolean {
    return this.#parts.dht?.isUsed ?? false;
  }

  /** For the session: its limits have changed. */
  limitsChanged(): void {
    this.#parts.limits.sessionChanged();
  }

  /** For the session: addresses that are not to be spoken to have changed. */
  leaveFiltered(isFiltered: (host: string) => boolean): void {
    this.#parts.runner.tell((torrent, now) => torrent.leaveFiltered(isFiltered, now));
  }

  /** For the session: by which addresses others see us. */
  seenAs(addresses: OwnAddresses): void {
    this.#parts.runner.tell(torrent => torrent.seenAs(addresses));
  }

  /** For the session: somebody who dialled us has named this torrent. */
  peerGreeted(stream: Stream, facts: PeerFacts, rest: Uint8Array, places: number): void {
    this.#parts.peers.greeted(stream, facts, rest, places);
  }
}
