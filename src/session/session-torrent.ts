// A torrent of a session: what a program holds on to. Has its files checked, lets the exchange run, and says what happens.
// The exchange itself is the runner's and the engine's; the files are torrent-files'.

import { siteOf } from '../core/bytes/address-scope.ts';
import type { Bitfield } from '../core/bytes/bitfield.ts';
import { equalBytes } from '../core/bytes/bytes.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { KnownPeersBudget, PeerSource } from '../core/engine/known-peers.ts';
import type { PeerFacts, TorrentEvent } from '../core/engine/output.ts';
import type { PieceMap } from '../core/engine/piece-map.ts';
import type { OwnAddresses } from '../core/engine/state.ts';
import type { AnnounceFacts, PeerStats, TorrentStats } from '../core/engine/stats.ts';
import { Torrent } from '../core/engine/torrent.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import { type Info, wireInfoHashes, wireInfoHashV2 } from '../core/metainfo/metainfo.ts';
import { parseInfo } from '../core/metainfo/parse.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { IfThere, MovedFiles } from '../host/disk.ts';
import type { Stream } from '../host/stream.ts';
import { type AddOptions, sourceOf, trackersOf, webSeedsOf } from './add-options.ts';
import { Events } from './events.ts';
import { checkedLimits, type TorrentLimits } from './limits.ts';
import { type Queue, QueuePlace } from './queue.ts';
import { type SessionRates, TorrentRates } from './rate-limits.ts';
import type { Totals } from './resume-data.ts';
import type { Remembered, ResumeStore } from './resume-store.ts';
import type { Schedule } from './schedule.ts';
import {
  hasSeedLimit,
  type SeedingFacts,
  type SeedLimit,
  type SeedLimits,
  SeedWatch,
} from './seed-limits.ts';
import { SessionFile } from './session-file.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';
import type { Settings } from './settings.ts';
import { TorrentFiles } from './torrent-files.ts';
import { type MemorableFacts, TorrentMemory } from './torrent-memory.ts';
import { type MoveToOptions, TorrentMoves } from './torrent-moves.ts';
import { TorrentPeers, type TorrentPeersDeps } from './torrent-peers.ts';
import { type Place, type TorrentPlace, withPath, withTop } from './torrent-place.ts';
import { TorrentRunner } from './torrent-runner.ts';
import { TorrentStreams } from './torrent-streams.ts';
import { TorrentTrackers } from './torrent-trackers.ts';
import type { Trackers } from './trackers.ts';
import type { Turns } from './turns.ts';
import { type WebSeedStatus, WebSeeds } from './web-seeds.ts';

export type { AddOptions, MoveToOptions, SessionTorrentEvents, SessionTorrentState };

export interface SessionTorrentDeps extends TorrentPeersDeps {
  readonly knownBudget: KnownPeersBudget;
  readonly settings: Settings;
  readonly peerId: Uint8Array;
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
  readonly trackers: Trackers;
  /** `by`: the tracker, or the peer's host. */
  readonly externalIpFound: (host: string, by: string) => void;
  /** Its hashes are known: takes them as its own. An error where another torrent has one of them. */
  readonly claim: () => SwarmlineError | undefined;
  /** It is closed from here on; the promise tells when the files are. */
  readonly onClosing: (closing: Promise<void>) => void;
  readonly onListenerFault: (error: unknown) => void;
}

export class SessionTorrent {
  readonly #options: AddOptions;
  readonly #source: InfoHashes;
  readonly #deps: SessionTorrentDeps;
  readonly #runner: TorrentRunner;
  readonly #peers: TorrentPeers;
  readonly #rates: TorrentRates;
  #maxPeers: number;
  /** Of its own; undefined: the session's. */
  #uploadSlots: UploadSlots | undefined;
  readonly #files: TorrentFiles;
  /** Made with the first move. */
  #moves: TorrentMoves | undefined;
  readonly #trackers: TorrentTrackers;
  /** Made with the first of them. */
  #webSeeds: WebSeeds | undefined;
  #streams: TorrentStreams | undefined;
  #sessionFiles: readonly SessionFile[] | undefined;
  readonly #memory: TorrentMemory;
  readonly #events: Events<SessionTorrentEvents>;
  #error: SwarmlineError | undefined;
  #isPaused: boolean;
  readonly #place: QueuePlace;
  #seedLimits: Partial<SeedLimits>;
  /** Undefined where how long it is seeded was never limited. */
  #seedWatch: SeedWatch | undefined;
  #lastState: SessionTorrentState | undefined;
  #closing: Promise<void> | undefined;
  /** When what it was at the last stop is written down. */
  #remembered: Promise<void> = Promise.resolve();
  /** It is about to go on. */
  #resuming: object | undefined;
  #wasThere = false;
  /** Completion has been told: what follows from it comes after that. */
  #isFinished = false;
  #hasLoaded = () => {};

  constructor(options: AddOptions, deps: SessionTorrentDeps) {
    const source = sourceOf(options);
    this.#options = options;
    this.#deps = deps;
    this.#source = source;
    this.#isPaused = options.isPaused === true;
    this.#seedLimits = options.seedLimits ?? {};
    this.#events = new Events(deps.onListenerFault);
    const { host, settings } = deps;
    this.#peers = new TorrentPeers(
      {
        runner: () => this.#runner,
        isSeeding: () => this.state === 'seeding',
        isClosed: () => this.#isClosed,
      },
      deps,
    );
    const torrent = new Torrent(
      {
        source: options.info === undefined ? source : { info: options.info },
        wantedFiles: options.files,
        peerId: deps.peerId,
        client: settings.client,
        engine: settings.engine,
      },
      {
        random: host.random,
        pool: host.disk.pool,
        dialGate: this.#peers.connections,
        knownBudget: deps.knownBudget,
        hash: host.hash,
        parseInfo: raw => parseInfo(raw, { hash: host.hash }),
      },
    );
    if (options.isSequential === true) torrent.setSequential(true);
    if (options.priorities !== undefined) torrent.setFilePriorities(options.priorities, host.clock.now());
    this.#runner = new TorrentRunner(torrent, {
      clock: host.clock,
      dial: (address, isV2) => this.#dial(address, isV2),
      onEvent: event => this.#onEvent(event),
      onDiskFault: fault => this.#diskFailed(fault),
      onConnection: (address, isOpen) => this.#peers.connectionChanged(address, isOpen),
      release: bytes => host.disk.release(bytes),
    });
    this.#place = new QueuePlace(deps.queue, {
      bytesMoved: kind => this.#bytesMoved(kind === 'seed'),
      hasPeers: () => this.connectionCount > 0,
      turnCame: () => this.#turnCame(),
      turnEnded: () => this.#turnEnded(),
    });
    this.#place.isForced = options.isForced === true;
    this.#rates = new TorrentRates(deps.rates, this.#runner);
    this.#maxPeers = settings.engine.maxPeers;
    this.setLimits(options.limits ?? {});
    if (options.superSeed === true) this.setSuperSeeding(true);
    this.#files = new TorrentFiles(options, {
      host,
      turns: deps.turns,
      priorities: () => torrent.filePriorities,
      allocation: options.allocation ?? settings.allocation,
      have: () => (torrent.phase === 'active' ? torrent.have : undefined),
      onReserved: () => this.#memory.filesChanged(),
      onChecked: (have, isNews) => this.#checked(have, isNews),
      onFault: fault => this.#fail(fault),
    });
    this.#trackers = new TorrentTrackers(
      {
        trackers: trackersOf(options),
        infoHashes: wireInfoHashes(source),
        isPrivate: options.info?.private ?? false,
      },
      {
        trackers: deps.trackers,
        facts: () => this.announceFacts(),
        peersFound: (addresses, infoHash) => this.peersFound(addresses, 'tracker', infoHash),
        changed: status => this.#events.emit('tracker', status),
        externalIpFound: deps.externalIpFound,
        trackerMoved: () => this.#leavePeers(),
      },
    );
    const webSeeds = webSeedsOf(options);
    if (webSeeds.length > 0) this.#webSeeds = this.#newWebSeeds(webSeeds);
    this.#memory = new TorrentMemory(options, {
      clock: host.clock,
      store: deps.store,
      settings,
      files: this.#files,
      facts: () => this.#memorableFacts(),
      have: () => torrent.have,
      peers: limit => torrent.bestAddresses(limit),
      onFault: fault => this.#diskFailed(fault),
      onWarning: warning => this.#events.emit('warning', warning),
    });
  }

  /** Undefined until a magnet's metadata has come. */
  get info(): Info | undefined {
    return this.#runner.torrent.info;
  }

  /** The folder that its files lie in, or come to lie in; another one after `moveTo`. */
  get downloadDir(): string {
    return this.#files.place.folder;
  }

  /** By which peers and trackers know it: one, or a hybrid's two, as far as they are known. */
  get wireInfoHashes(): Uint8Array[] {
    return wireInfoHashes(this.infoHashes);
  }

  /** As far as they are known: a magnet may name one of a hybrid's two. */
  get infoHashes(): InfoHashes {
    return this.info ?? this.#source;
  }

  get name(): string | undefined {
    return this.info?.name ?? this.#options.magnet?.name;
  }

  /** In the order of `info.files`; empty until a magnet's metadata has come. */
  get files(): readonly SessionFile[] {
    const { info } = this;
    if (info === undefined) return [];
    this.#sessionFiles ??= info.files.map(
      (file, index) =>
        new SessionFile(index, file, {
          layout: info.layout,
          have: () => this.#runner.torrent.have,
          path: () => this.#files.place.pathOf(index, file.path),
          sourceOfStream: () => {
            this.#streams ??= this.#newStreams();
            return this.#streams.source(info.layout);
          },
        }),
    );
    return this.#sessionFiles;
  }

  get state(): SessionTorrentState {
    if (this.#isClosed) return 'closed';
    if (this.#error !== undefined) return 'failed';
    if (this.#isPaused) return 'paused';
    if (this.#place.isWaiting) return 'queued';
    const { phase } = this.#runner.torrent;
    if (phase === 'layers') return 'metadata';
    if (this.#files.reserveProgress !== undefined) return 'allocating';
    if (phase === 'metadata' || phase === 'checking') return phase;
    if (this.#resuming !== undefined || this.#files.isLooking) return 'checking';
    return this.#runner.torrent.isComplete ? 'seeding' : 'downloading';
  }

  get error(): SwarmlineError | undefined {
    return this.#error;
  }

  /** Of the check at the start, or of what follows it where files are to have all their room: how far it is, 0…1. */
  get checkProgress(): number {
    return this.#files.reserveProgress ?? this.#files.checkProgress;
  }

  get connectionCount(): number {
    return this.#peers.count;
  }

  /** Returns a function that removes the listener. */
  on<Name extends keyof SessionTorrentEvents>(
    name: Name,
    listener: (event: SessionTorrentEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  get #isClosed(): boolean {
    return this.#closing !== undefined;
  }

  stats(): TorrentStats {
    return this.#runner.torrent.stats(this.#deps.host.clock.now());
  }

  /** Of all runs, as far as they are remembered; `stats` tells of this one. */
  totals(): Totals {
    return this.#memory.totals;
  }

  peers(): PeerStats[] {
    return this.#runner.torrent.peers(this.#deps.host.clock.now());
  }

  /** The pieces summed up in at most so many cells, for a picture. */
  pieceMap(cells: number): PieceMap {
    return this.#runner.torrent.pieceMap(cells);
  }

  hasPiece(piece: number): boolean {
    const { have } = this.#runner.torrent;
    return piece >= 0 && piece < have.length && have.has(piece);
  }

  /** What trackers are told, beside `wireInfoHashes`. */
  announceFacts(): AnnounceFacts {
    return this.#runner.torrent.announceFacts();
  }

  /** How things stand with each tracker, in the order in which they are asked; times on the host's clock. */
  trackers(): TrackerStatus[] {
    return this.#trackers.status();
  }

  /** `tier` 0 is asked first (BEP 12). False where it is there already, or there are too many. */
  addTracker(url: string, tier = 0): boolean {
    return this.#trackers.add(url, tier);
  }

  /** False where it was not there. */
  removeTracker(url: string): boolean {
    return this.#trackers.remove(url);
  }

  /** Asks the trackers now, or as soon as they allow it. */
  reannounce(): void {
    this.#trackers.announceNow();
  }

  /** Asks a tracker how many share the torrent (BEP 48); undefined where none can tell. `trackers` shows it too. */
  scrape(): Promise<SwarmCounts | undefined> {
    return this.#trackers.scrape();
  }

  /** How things stand with each web seed; times on the host's clock. BEP 19 */
  webSeeds(): WebSeedStatus[] {
    return this.#webSeeds?.status() ?? [];
  }

  /** False where it is there already, or there are too many. */
  addWebSeed(url: string): boolean {
    this.#webSeeds ??= this.#newWebSeeds([]);
    const isNew = this.#webSeeds.add(url);
    this.#webSeeds.follow(this.state);
    return isNew;
  }

  /** False where it was not there. */
  removeWebSeed(url: string): boolean {
    return this.#webSeeds?.remove(url) ?? false;
  }

  /** `infoHash`: by which of `wireInfoHashes` they were found; they are greeted by it. @default the first */
  peersFound(addresses: readonly Address[], source: PeerSource, infoHash?: Uint8Array): void {
    if (this.#isClosed) return;
    const v2 = wireInfoHashV2(this.infoHashes);
    const isV2 = infoHash !== undefined && v2 !== undefined && equalBytes(infoHash, v2);
    this.#runner.tell((torrent, now) => torrent.peersFound(addresses, source, now, isV2));
  }

  get limits(): TorrentLimits {
    const uploadSlots = this.#uploadSlots ?? this.#deps.uploadSlots();
    return { ...this.#rates.limits, maxPeers: this.#maxPeers, uploadSlots };
  }

  /** Of this torrent, within the session's, from now on. What is not named stays as it is. */
  setLimits(limits: Partial<TorrentLimits>): void {
    const { maxPeers } = checkedLimits(limits, this.limits);
    this.#rates.setLimits(limits);
    this.#uploadSlots = limits.uploadSlots ?? this.#uploadSlots;
    this.#slotsChanged();
    if (maxPeers === this.#maxPeers) return;
    this.#maxPeers = maxPeers;
    this.#runner.tell((torrent, now) => torrent.setMaxPeers(maxPeers, now));
  }

  /** Among the session's torrents: 0 is the first to be active where only so many may be. */
  get queuePosition(): number {
    return this.#place.position;
  }

  /** Others make room; beyond the last it is the last. */
  setQueuePosition(position: number): void {
    if (this.#isClosed) return;
    this.#place.move(position);
    this.#memory.settingsChanged();
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
    return this.#place.isForced;
  }

  /** Forced, it neither waits for its turn nor takes a place among those that are active. */
  setForced(isForced: boolean): void {
    if (this.#isClosed) return;
    this.#place.force(isForced);
    this.#memory.settingsChanged();
  }

  /** How long it is seeded: its own limits, and the session's for the others. */
  get seedLimits(): SeedLimits {
    return checkedLimits(this.#seedLimits, this.#deps.seedLimits());
  }

  /**
   * Its own in the place of those that were its own before; what is not named is the session's.
   * @throws TypeError
   */
  setSeedLimits(limits: Partial<SeedLimits>): void {
    checkedLimits(limits, this.#deps.seedLimits());
    this.#seedLimits = limits;
    this.seedLimitsChanged();
    this.#memory.settingsChanged();
  }

  /** How much each file is wanted; undefined while all are alike. */
  get filePriorities(): readonly FilePriority[] | undefined {
    return this.#runner.torrent.filePriorities;
  }

  /**
   * One priority a file, from here on. `skip`: it is neither made nor written to; what it shares with wanted files in a
   * piece is kept in the part file until it is wanted.
   * @throws TypeError while a magnet's files are not known, or where there are not as many priorities as files
   */
  setFilePriorities(priorities: readonly FilePriority[]): void {
    if (this.#isClosed) return;
    // Before anything is stored as the new choice has it, the disk knows it.
    this.#runner.tell((torrent, now) => {
      torrent.setFilePriorities(priorities, now);
      this.#files.wantedChanged(lost => this.#runner.tell((again, then) => again.piecesLost(lost, then)));
    });
    this.#follow();
    this.#memory.filesChanged();
  }

  /** Pieces in order from here on, rather than the rarest first; or no longer. */
  setSequential(isSequential: boolean): void {
    this.#runner.tell(torrent => torrent.setSequential(isSequential));
  }

  /**
   * Moves all files to another download folder, while the exchange goes on; where that is on another file system they are
   * copied first. What is not of the torrent stays. Remembered: a program that is killed on the way goes on with it.
   * @throws SwarmlineError `FILE_EXISTS`, `TORRENT_IN_PLACE`, `STATE_NOT_WRITTEN`, `MOVE_GIVEN_UP` and those of the disk:
   *   then all files are where they were; the signal's reason
   */
  async moveTo(folder: string, options: MoveToOptions = {}): Promise<void> {
    await this.#movesMade.move(() => ({ folder, renamed: this.#movable.renamed }), options);
  }

  /**
   * Gives a file another path below the download folder, while the exchange goes on.
   * @throws SwarmlineError as `moveTo`, `PATH_INVALID`; TypeError where there is no such file, or none is known yet
   */
  async renameFile(index: number, path: readonly string[], options: MoveToOptions = {}): Promise<void> {
    if (this.info?.files[index] === undefined) throw new TypeError(`There is no file ${index}.`);
    await this.#movesMade.move(
      () => validPlace(withPath(this.#movable.place, this.info!, index, path)),
      options,
    );
  }

  /**
   * Gives the folder that holds the files another name, or the file where the torrent is one. To peers it is what it was.
   * @throws as `renameFile`
   */
  async rename(name: string, options: MoveToOptions = {}): Promise<void> {
    if (this.info === undefined) throw new TypeError('The files are not known yet.');
    await this.#movesMade.move(() => validPlace(withTop(this.#movable.place, this.info!, name)), options);
  }

  /**
   * Super-seeding (BEP 16), for the first seed of a torrent: peers are shown a few pieces at a time, each once, until others
   * have everything. `wanted`: it begins when everything is here; a torrent of which files are skipped never does it.
   */
  get superSeeding(): 'off' | 'wanted' | 'on' {
    return this.#runner.torrent.superSeeding;
  }

  setSuperSeeding(isWanted: boolean): void {
    this.#runner.tell(torrent => torrent.setSuperSeeding(isWanted));
  }

  /** Ends all connections and makes no new ones; the data stays. */
  pause(): void {
    if (this.#isClosed || this.#isPaused) return;
    this.#isPaused = true;
    this.#stop(torrentPaused());
  }

  /** After `pause`, or to try again after an error. */
  resume(): void {
    if (this.#isClosed) return;
    const hadFailed = this.#error !== undefined;
    if (!hadFailed && !this.#isPaused) return;
    this.#isPaused = false;
    this.#error = undefined;
    // It was added paused, and what is there is being found out.
    if (!hadFailed && this.#runner.torrent.phase === 'checking') this.#follow();
    // A disk that failed may have lost what it had.
    else if (hadFailed) this.#whenRemembered(() => this.#goOn(true));
    else if (this.#mayExchange()) this.#turnCame();
    else this.#follow();
  }

  /** Hashes all of the data again, and goes on with what is right. */
  recheck(): void {
    if (this.#isClosed || this.info === undefined) return;
    this.#stop(new SwarmlineError('TORRENT_RECHECKED', 'The data is checked once more.'));
    this.#isPaused = false;
    this.#error = undefined;
    this.#whenRemembered(() => {
      this.#files.forget();
      this.#goOn(true);
    });
  }

  /** Says goodbye to its trackers, ends connections, waits for what is being written, closes the files. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    let filesClosed = () => {};
    const files = new Promise<void>(resolve => {
      filesClosed = resolve;
    });
    this.#closing = Promise.all([files, this.#trackers.close()]).then(() => {});
    this.#stop(torrentClosed());
    this.#streams?.changed();
    this.#runner.close();
    this.#rates.close();
    this.#peers.close();
    this.#place.quit();
    this.#seedWatch?.close();
    this.#deps.onClosing(this.#closing);
    const moved = this.#moves?.close();
    void Promise.all([this.#remembered, moved]).then(() => this.#files.close(filesClosed));
    return this.#closing;
  }

  /** For the session: its limits, or this torrent's, are others. */
  seedLimitsChanged(): void {
    if (this.#seedWatch === undefined && hasSeedLimit(this.seedLimits))
      this.#seedWatch = this.#newSeedWatch();
    this.#seedWatch?.limitsChanged();
  }

  /** For the session: begins. */
  start(remembered?: Remembered): void {
    this.#place.join(remembered?.resume?.order);
    this.seedLimitsChanged();
    if (!this.#isPaused && this.#runner.torrent.phase === 'metadata') this.#mayExchange();
    this.#memory.load(remembered, found => {
      if (!this.#isClosed) this.#begin(found);
      this.#hasLoaded();
    });
    this.#follow();
  }

  /** For the session: it exchanges nothing and answers nobody. */
  get isStopped(): boolean {
    return this.#runner.torrent.phase === 'stopped';
  }

  /** For the session: where peers can dial us. */
  listeningOn(port: number): void {
    this.#runner.tell(torrent => torrent.listeningOn(port));
  }

  /** For the session: its limits have changed. */
  limitsChanged(): void {
    this.#rates.changed();
    this.#slotsChanged();
  }

  /** For the session: by which addresses others see us. */
  seenAs(addresses: OwnAddresses): void {
    this.#runner.tell(torrent => torrent.seenAs(addresses));
  }

  /** For the session: somebody who dialled us has named this torrent. */
  peerGreeted(stream: Stream, facts: PeerFacts, rest: Uint8Array, places: number): void {
    this.#peers.greeted(stream, facts, rest, places);
  }

  #slotsChanged(): void {
    const { uploadSlots } = this.limits;
    if (uploadSlots === this.#runner.torrent.uploadSlots) return;
    this.#runner.tell((torrent, now) => torrent.setUploadSlots(uploadSlots, now));
  }

  #dial(address: Address, isV2: boolean): void {
    const infoHash = (isV2 ? wireInfoHashV2(this.infoHashes) : undefined) ?? this.wireInfoHashes[0]!;
    this.#peers.dial(address, infoHash);
  }

  #begin({ resume, info }: Remembered): void {
    const { phase } = this.#runner.torrent;
    // A magnet's metadata that is remembered is told of as if it had come from a peer.
    if (phase === 'metadata' && info !== undefined) {
      this.#place.leave();
      this.#runner.tell((torrent, now) => torrent.infoFound(info, now));
    } else if (phase === 'checking') this.#openAndCheck();
    const mustWait = this.#isPaused || this.#place.isWaiting;
    if (mustWait && this.#runner.torrent.phase !== 'checking') this.#stop(this.#reasonToWait());
    if (resume !== undefined) this.peersFound(resume.peers, 'resume');
  }

  /** What it had when it stopped is asked for until then; stopped once more meanwhile, it does not go on. */
  #whenRemembered(goOn: () => void): void {
    const resuming = { goOn };
    this.#resuming = resuming;
    void this.#remembered.then(() => {
      if (this.#resuming !== resuming || this.#isClosed) return;
      this.#resuming = undefined;
      goOn();
    });
  }

  #goOn(recheck: boolean): void {
    this.#runner.tell((torrent, now) => torrent.resume(recheck, now));
    if (this.#runner.torrent.phase === 'checking') this.#openAndCheck();
    else if (this.#mayExchange()) {
      this.#memory.started(this.#runner.torrent.isComplete);
      this.#files.reserveWanted();
    } else this.#stop(torrentQueued());
    this.#follow();
  }

  /** Whether it is its turn; if not, `#turnCame` follows. */
  #mayExchange(isAllThere = this.#runner.torrent.isComplete): boolean {
    return this.#place.enter(isAllThere ? 'seed' : 'download');
  }

  /** For the queue, or after a pause: who had time may have changed the files. */
  #turnCame(): void {
    // What is there is being found out, or what is remembered.
    if (this.#runner.torrent.phase !== 'stopped') return;
    this.#whenRemembered(() => this.#files.lookAgain(hasChanged => this.#goOn(hasChanged)));
    this.#follow();
  }

  #turnEnded(): void {
    if (this.#memory.isLoaded && this.#runner.torrent.phase !== 'checking') this.#stop(torrentQueued());
    else this.#follow();
  }

  #reasonToWait(): SwarmlineError {
    return this.#isPaused ? torrentPaused() : torrentQueued();
  }

  #openAndCheck(): void {
    // It begins when it is known what is remembered.
    if (!this.#memory.isLoaded) return;
    this.#memory.infoKnown(this.info!);
    // Two torrents must not write to the same files.
    const conflict = this.#deps.claim();
    if (conflict !== undefined) {
      this.#fail(conflict);
      return;
    }
    this.#runner.disk = this.#files.open(this.info!);
    if (this.#runner.disk === undefined) return;
    // What a run before has begun comes first.
    if (this.#files.place.moving === undefined) {
      this.#files.check();
      return;
    }
    this.#movesMade.goOn(fault => {
      if (this.#runner.torrent.phase !== 'checking' || this.#isClosed) return;
      if (fault === undefined) this.#files.check();
      else this.#fail(fault);
    });
  }

  #checked(have: Bitfield, isNews: boolean): void {
    if (this.#isClosed) return;
    this.#wasThere = true;
    const mayExchange = !this.#isPaused && this.#mayExchange(this.#runner.torrent.isAllWanted(have));
    if (mayExchange) this.#memory.started(false);
    const waitsFor = mayExchange ? undefined : this.#reasonToWait();
    this.#runner.tell((torrent, now) => torrent.dataChecked(have, now, waitsFor));
    this.#wasThere = this.#runner.torrent.isComplete;
    this.#follow();
    this.#streams?.changed();
    this.#memory.checked(isNews);
    this.#events.emit('ready', this.stats());
  }

  #onEvent(event: TorrentEvent): void {
    switch (event.type) {
      case 'metadata':
        this.#deps.claim();
        this.#trackers.infoKnown(this.wireInfoHashes, event.info.private);
        this.#events.emit('metadata', event.info);
        // The listener may have closed or paused it.
        if (this.state === 'checking') this.#openAndCheck();
        return;
      case 'piece':
        this.#streams?.changed();
        this.#memory.pieceStored();
        this.#events.emit('piece', { piece: event.piece });
        return;
      case 'complete':
        this.#memory.completed(!this.#wasThere);
        this.#finish();
        return;
      case 'failed':
        this.#fail(event.error);
        return;
      case 'layers':
        // Who asks for hashes is answered from them; nothing else follows.
        return;
      case 'address-seen':
        this.#deps.externalIpFound(event.host, siteOf(event.by.host));
        return;
      case 'peer-left':
        this.#webSeeds?.peerLeft(event.peer, event.reason);
        this.#memory.peersChanged();
        this.#events.emit('peer', event);
        return;
      case 'peer-joined':
        this.#place.peerJoined();
        this.#seedWatch?.look();
        this.#memory.peersChanged();
        this.#events.emit('peer', event);
        return;
      case 'peer-banned':
        this.#memory.peersChanged();
        this.#events.emit('peer', event);
        return;
      default:
        event satisfies never;
    }
  }

  get #movesMade(): TorrentMoves {
    this.#moves ??= new TorrentMoves({
      place: this.#files.place,
      info: () => this.info,
      disk: () => this.#runner.disk,
      loaded: this.#memory.isLoaded
        ? Promise.resolve()
        : new Promise(resolve => {
            this.#hasLoaded = resolve;
          }),
      save: () => this.#memory.placeChanged(),
      moved: (files, ifThere) => this.#moved(files, ifThere),
      onWarning: warning => this.#events.emit('warning', warning),
    });
    return this.#moves;
  }

  /** Its place, where it may be left. */
  get #movable(): TorrentPlace {
    if (this.#isClosed) throw torrentClosed();
    if (this.#options.sources === undefined) return this.#files.place;
    const message = 'It is shared from where its files lie, and those are not moved.';
    throw new SwarmlineError('TORRENT_IN_PLACE', message);
  }

  #moved(files: MovedFiles, ifThere: IfThere): void {
    if (ifThere !== 'adopt') {
      this.#files.moved(files);
      return;
    }
    // What stood there is not what was here.
    this.#files.adopted();
    if (this.#runner.torrent.phase !== 'stopped') this.recheck();
  }

  #finish(): void {
    const wasThere = this.#wasThere;
    this.#runner.disk!.finish(fault => {
      if (this.#isClosed) return;
      if (fault !== undefined) {
        this.#fail(fault);
        return;
      }
      if (!wasThere) this.#trackers.completed();
      this.#isFinished = true;
      this.#events.emit('complete', { wasThere });
      // There may be room for fewer that seed.
      if (this.#place.isActive && !this.#isClosed && !this.#mayExchange()) this.#stop(torrentQueued());
      this.#follow();
    });
  }

  /** Of what was asked before it was stopped it may hear late: that says nothing about the next time. */
  #diskFailed(fault: SwarmlineError): void {
    if (this.#runner.torrent.phase === 'active') this.#fail(fault);
  }

  #fail(error: SwarmlineError): void {
    if (this.#isClosed || this.#error !== undefined) return;
    this.#error = error;
    this.#stop(error);
    this.#streams?.changed();
    this.#events.emit('error', error);
  }

  #stop(reason: SwarmlineError): void {
    this.#resuming = undefined;
    if (reason.code !== 'TORRENT_QUEUED') this.#place.leave();
    this.#files.giveUp();
    // The torrent first: it would dial others in the place of those that are given up.
    this.#runner.tell((torrent, now) => torrent.stop(reason, now));
    this.#peers.giveUpDials();
    this.#follow();
    this.#remembered = this.#memory.stopped(this.#isClosed);
  }

  /** BEP 27: "the peer MUST disconnect from all current peers and connect only to those provided from the new tracker". */
  #leavePeers(): void {
    const reason = new SwarmlineError('TRACKER_MOVED', 'A private torrent has another tracker now.');
    this.#runner.tell((torrent, now) => torrent.leavePeers(reason, now));
    this.#peers.giveUpDials();
  }

  /** The state is another. */
  #follow(): void {
    const { state } = this;
    this.#trackers.follow(state);
    this.#webSeeds?.follow(state);
    this.#seedWatch?.look();
    if (state === this.#lastState || this.state !== state) return;
    this.#lastState = state;
    this.#events.emit('state', state);
  }

  #newStreams(): TorrentStreams {
    const { torrent } = this.#runner;
    return new TorrentStreams({
      torrent,
      tell: fact => this.#runner.tell(fact),
      disk: this.#deps.host.disk,
      files: () => (this.#isClosed ? undefined : this.#runner.disk),
      fault: () => this.#error ?? (this.#isClosed ? torrentClosed() : undefined),
    });
  }

  #newWebSeeds(urls: readonly string[]): WebSeeds {
    const { host, settings } = this.#deps;
    return new WebSeeds(urls, settings.webSeeds, {
      host,
      userAgent: settings.client,
      supply: () => this.#runner.torrent.swarmSupply(host.clock.now()),
      state: () => this.state,
      info: () => this.info,
      connect: (stream, facts) => this.#peers.webSeedJoined(stream, facts),
    });
  }

  #bytesMoved(isSeed: boolean): number {
    const { uploaded, downloaded } = this.announceFacts();
    return isSeed ? uploaded : downloaded;
  }

  #newSeedWatch(): SeedWatch {
    const { host, schedule } = this.#deps;
    return new SeedWatch({
      clock: host.clock,
      schedule,
      limits: () => this.seedLimits,
      facts: () => this.#seedingFacts(),
      onReached: limit => this.#seededEnough(limit),
    });
  }

  #seedingFacts(): SeedingFacts | undefined {
    const { seedingSince } = this.#memory;
    if (!this.#isFinished || this.state !== 'seeding' || seedingSince === undefined) return undefined;
    const { torrent } = this.#runner;
    const { uploaded, downloaded, seedingMs } = this.totals();
    return {
      uploaded,
      downloaded,
      haveLength: torrent.info!.layout.dataLength - torrent.announceFacts().left,
      seedingMs,
      lastGivenAt: Math.max(seedingSince, torrent.lastGivenAt ?? 0),
      hasPeers: this.connectionCount > 0,
    };
  }

  #seededEnough(limit: SeedLimit): void {
    if (this.#deps.settings.atSeedLimit === 'pause') this.pause();
    this.#events.emit('seed-limit', { limit });
  }

  #memorableFacts(): MemorableFacts {
    const { uploaded, downloaded } = this.#runner.torrent.announceFacts();
    const { infoHashes: hashes, name, connectionCount } = this;
    return {
      hashes,
      name,
      uploaded,
      downloaded,
      connectionCount,
      isPaused: this.#isPaused,
      isForced: this.#place.isForced,
      order: this.#place.order,
      seedLimits: this.#seedLimits,
      priorities: this.#runner.torrent.filePriorities,
      trackers: this.#trackers.tiers,
      webSeeds: this.webSeeds().map(({ url }) => url),
    };
  }
}

/** @throws SwarmlineError `PATH_INVALID` */
function validPlace(place: Place | string): Place {
  if (typeof place !== 'string') return place;
  throw new SwarmlineError('PATH_INVALID', `The file or folder cannot have that name: ${place}.`);
}

function torrentPaused(): SwarmlineError {
  return new SwarmlineError('TORRENT_PAUSED', 'The torrent is paused.');
}

function torrentQueued(): SwarmlineError {
  return new SwarmlineError('TORRENT_QUEUED', 'The torrent waits until fewer others are active.');
}

function torrentClosed(): SwarmlineError {
  return new SwarmlineError('TORRENT_CLOSED', 'The torrent was closed.');
}
