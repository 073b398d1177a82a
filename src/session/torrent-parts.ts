// What a torrent of a session is made of, and who of it tells whom: builds all parts of one and joins them. It decides
// nothing: whether it goes on is torrent-life's, what the engine says goes through engine-events, the rest is each part's own.

import type { Address } from '../core/bytes/compact-address.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { TorrentEvent } from '../core/engine/output.ts';
import type { AnnounceFacts } from '../core/engine/stats.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import { type Info, wireInfoHashes } from '../core/metainfo/metainfo.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { Clock } from '../host/clock.ts';
import type { IfThere, MovedFiles, TwinFile } from '../host/disk.ts';
import { type AddOptions, sourceOf, trackersOf, webSeedsOf } from './add-options.ts';
import { engineTold, type HearingTorrent } from './engine-events.ts';
import { Events } from './events.ts';
import { OwnLimits } from './own-limits.ts';
import { type QueuedTorrent, type QueueKind, QueuePlace } from './queue.ts';
import type { Remembered } from './resume-store.ts';
import type { SeedLimit } from './seed-limits.ts';
import { SessionFile } from './session-file.ts';
import type { SessionTorrent } from './session-torrent.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';
import { type DhtTorrent, TorrentDht } from './torrent-dht.ts';
import { newEngine } from './torrent-engine.ts';
import { type FiledTorrent, TorrentFiles } from './torrent-files.ts';
import { type LivingTorrent, TorrentLife, torrentClosed } from './torrent-life.ts';
import { type RememberedTorrent, TorrentMemory } from './torrent-memory.ts';
import { TorrentMoves } from './torrent-moves.ts';
import { TorrentPeers } from './torrent-peers.ts';
import { type RunnerDeps, TorrentRunner } from './torrent-runner.ts';
import { type SeededTorrent, TorrentSeeding } from './torrent-seeding.ts';
import { TorrentStreams } from './torrent-streams.ts';
import { type AnnouncedTorrent, TorrentTrackers } from './torrent-trackers.ts';
import type { TwinSource } from './twins.ts';
import { WebSeeds } from './web-seeds.ts';

export class TorrentParts
  implements
    LivingTorrent,
    HearingTorrent,
    SeededTorrent,
    QueuedTorrent,
    FiledTorrent,
    RememberedTorrent,
    AnnouncedTorrent,
    DhtTorrent,
    RunnerDeps
{
  readonly deps: SessionTorrentDeps;
  readonly #face: SessionTorrent;
  readonly life: TorrentLife;
  readonly events: Events<SessionTorrentEvents>;
  readonly peers: TorrentPeers;
  readonly runner: TorrentRunner;
  readonly place: QueuePlace;
  readonly limits: OwnLimits;
  readonly seeding: TorrentSeeding;
  readonly files: TorrentFiles;
  readonly trackers: TorrentTrackers;
  readonly dht: TorrentDht | undefined;
  readonly memory: TorrentMemory;
  /** Made with the first of them. */
  webSeeds: WebSeeds | undefined;
  streams: TorrentStreams | undefined;
  #moves: TorrentMoves | undefined;
  #sessionFiles: readonly SessionFile[] | undefined;
  readonly #options: AddOptions;
  readonly #source: InfoHashes;
  /** It has turned out to be another of the session's torrents. */
  #isHereAlready = false;
  #closing: Promise<void> | undefined;

  /** `face`: what the program and the session know of it. */
  constructor(face: SessionTorrent, options: AddOptions, deps: SessionTorrentDeps) {
    this.#face = face;
    this.#options = options;
    this.#source = sourceOf(options);
    this.deps = deps;
    this.life = new TorrentLife(options.isPaused === true, this);
    this.seeding = new TorrentSeeding(options.seedLimits ?? {}, this, deps);
    this.events = new Events(deps.onListenerFault, (name, event) => deps.onEvent(face, name, event));
    this.peers = new TorrentPeers(this, deps);
    this.runner = new TorrentRunner(newEngine(options, deps, this.peers.connections), this);
    this.place = new QueuePlace(deps.queue, this);
    this.place.isForced = options.isForced === true;
    this.limits = new OwnLimits(this.runner, deps);
    if (options.honorsSessionRates === false) this.limits.setHonorsSession(false);
    if (options.rateGroup !== undefined) this.limits.setGroup(options.rateGroup);
    if (options.limits !== undefined) this.limits.set(options.limits);
    if (options.superSeed === true) this.runner.tell(torrent => torrent.setSuperSeeding(true));
    this.files = new TorrentFiles(options, this, deps);
    this.trackers = new TorrentTrackers(
      {
        trackers: trackersOf(options),
        infoHashes: wireInfoHashes(this.#source),
        isPrivate: options.info?.private ?? false,
      },
      this,
      deps.trackers,
    );
    const isPrivate = options.info?.private ?? false;
    this.dht = deps.dht && new TorrentDht(this, isPrivate, deps.dht);
    const webSeeds = webSeedsOf(options);
    if (webSeeds.length > 0) this.webSeeds = this.#newWebSeeds(webSeeds);
    this.memory = new TorrentMemory(options, this, deps);
  }

  get info(): Info | undefined {
    return this.runner.torrent.info;
  }

  /** As far as they are known: a magnet may name one of a hybrid's two. */
  get infoHashes(): InfoHashes {
    return this.info ?? this.#source;
  }

  /** The record of a torrent that was here before is that one’s; this one has its own, by what it was added by. */
  get rememberedBy(): InfoHashes {
    return this.#isHereAlready ? this.#source : this.infoHashes;
  }

  get wireInfoHashes(): Uint8Array[] {
    return wireInfoHashes(this.infoHashes);
  }

  get name(): string | undefined {
    return this.info?.name ?? this.#options.magnet?.name;
  }

  /** In the order of `info.files`. */
  get sessionFiles(): readonly SessionFile[] {
    const { info } = this;
    if (info === undefined) return [];
    this.#sessionFiles ??= info.files.map(
      (file, index) =>
        new SessionFile(index, file, {
          layout: info.layout,
          have: () => this.runner.torrent.have,
          path: () => this.files.place.pathOf(index, file.path),
          sourceOfStream: () => {
            this.streams ??= this.#newStreams();
            return this.streams.source(info.layout, index);
          },
        }),
    );
    return this.#sessionFiles;
  }

  get moves(): TorrentMoves {
    this.#moves ??= this.#newMoves();
    return this.#moves;
  }

  start(remembered?: Remembered): void {
    this.place.join(remembered?.resume?.order);
    this.seeding.limitsChanged();
    this.life.start(remembered);
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    let filesClosed = () => {};
    const files = new Promise<void>(resolve => {
      filesClosed = resolve;
    });
    // First: a listener that is told of it may close it once more.
    this.#closing = Promise.all([files, this.trackers.close()]).then(() => {});
    const remembered = this.life.close();
    this.streams?.changed();
    this.runner.close();
    this.limits.close();
    this.dht?.close();
    this.peers.close();
    this.place.quit();
    this.seeding.close();
    this.deps.onClosing(this.#face, this.#closing);
    const moved = this.#moves?.close();
    void Promise.all([remembered, moved]).then(() => this.files.close(filesClosed));
    return this.#closing;
  }

  /** See `SessionTorrent.remove`. */
  async remove(deleteData: boolean): Promise<void> {
    if (deleteData && this.#options.sources !== undefined)
      throw new TypeError('Files that are shared where they lie are not for a session to delete.');
    let removed = () => {};
    const removing = new Promise<void>(resolve => {
      removed = resolve;
    });
    // A magnet can turn out to be a torrent that is here: files and record are that one's.
    const isOurs = this.deps.onRemoving(this.#face, removing) === undefined;
    try {
      await this.close();
      const { info, infoHashes } = this;
      if (deleteData && isOurs && info !== undefined) {
        // It says where files may lie still.
        await this.memory.whenLoaded();
        const fault = await new Promise<SwarmlineError | undefined>(done => this.files.remove(info, done));
        if (fault !== undefined) throw fault;
      }
      await this.deps.store?.forget(isOurs ? infoHashes : this.#source);
    } finally {
      removed();
    }
  }

  setFilePriorities(priorities: readonly FilePriority[]): void {
    if (this.life.isClosed) return;
    // Before anything is stored as the new choice has it, the disk knows it.
    this.runner.tell((torrent, now) => {
      torrent.setFilePriorities(priorities, now);
      this.files.wantedChanged(lost => this.runner.tell((again, then) => again.piecesLost(lost, then)));
    });
    this.life.follow();
    this.memory.filesChanged();
    // Who reads a file that is not fetched any more waits in vain.
    this.streams?.changed();
  }

  addWebSeed(url: string): boolean {
    this.webSeeds ??= this.#newWebSeeds([]);
    const isNew = this.webSeeds.add(url);
    this.webSeeds.follow(this.life.state);
    return isNew;
  }

  // For its life: see `LivingTorrent`.

  openFiles(done: (fault?: SwarmlineError) => void): void {
    const info = this.info!;
    // Two torrents must not write to the same files, nor to the same record.
    const conflict = this.claim();
    if (conflict !== undefined) {
      done(conflict);
      return;
    }
    this.memory.infoKnown(info);
    this.runner.disk = this.files.open(info);
    if (this.runner.disk === undefined) return;
    // What a run before has begun comes first.
    if (this.files.place.moving === undefined) done();
    else this.moves.goOn(done);
  }

  /** See `FiledTorrent`. */
  twins(isLacking: (file: number) => boolean): readonly TwinFile[] {
    return this.deps.twins(this.#face, isLacking);
  }

  /** What others may have of its files; undefined where nothing is known to be there. */
  get twinSource(): TwinSource | undefined {
    const { info, life } = this;
    const { have } = this.runner.torrent;
    if (info === undefined || life.isClosed || have.count === 0) return undefined;
    const { sources } = this.#options;
    const { place } = this.files;
    return {
      info,
      have,
      placeOf: file => ({
        folder: place.folder,
        path: place.pathOf(file, info.files[file]!.path),
        source: sources?.[file],
      }),
    };
  }

  finishFiles(done: (fault?: SwarmlineError) => void): void {
    this.runner.disk!.finish(done);
  }

  follow(state: SessionTorrentState): void {
    this.trackers.follow(state);
    this.dht?.follow(state);
    this.webSeeds?.follow(state);
    this.seeding.look();
  }

  stateChanged(state: SessionTorrentState): void {
    this.events.emit('state', state);
  }

  ready(): void {
    this.streams?.changed();
    this.events.emit('ready', this.runner.torrent.stats(this.deps.host.clock.now()));
  }

  failed(error: SwarmlineError): void {
    this.streams?.changed();
    this.events.emit('error', error);
  }

  finished(wasThere: boolean): void {
    if (!wasThere) this.trackers.completed();
    this.events.emit('complete', { wasThere });
  }

  // For the queue: see `QueuedTorrent`.

  bytesMoved(kind: QueueKind): number {
    const { uploaded, downloaded } = this.runner.torrent.announceFacts();
    return kind === 'seed' ? uploaded : downloaded;
  }

  hasPeers(): boolean {
    return this.peers.count > 0;
  }

  turnCame(): void {
    this.life.turnCame();
  }

  turnEnded(): void {
    this.life.turnEnded();
  }

  // For who watches how long it is seeded.

  seededEnough(limit: SeedLimit): void {
    if (this.deps.settings.atSeedLimit === 'pause') this.life.pause();
    this.events.emit('seed-limit', { limit });
  }

  // For its runner: see `RunnerDeps`.

  get clock(): Clock {
    return this.deps.clock;
  }

  dial(address: Address, isV2: boolean): void {
    this.peers.dial(address, isV2);
  }

  onEvent(event: TorrentEvent): void {
    engineTold(event, this);
  }

  onDiskFault(fault: SwarmlineError): void {
    this.life.diskFailed(fault);
  }

  onConnection(address: Address, isOpen: boolean): void {
    this.peers.connectionChanged(address, isOpen);
  }

  release(bytes: Uint8Array): void {
    this.deps.host.disk.release(bytes);
  }

  // For what the engine says.

  claim(): SwarmlineError | undefined {
    const conflict = this.deps.claim(this.#face);
    this.#isHereAlready = conflict !== undefined;
    return conflict;
  }

  // For its trackers: see `AnnouncedTorrent`.

  announceFacts(): AnnounceFacts {
    return this.runner.torrent.announceFacts();
  }

  trackerPeersFound(addresses: readonly Address[], infoHash: Uint8Array): void {
    this.peers.found(addresses, 'tracker', infoHash);
  }

  // For the DHT: see `DhtTorrent`.

  isSeed(): boolean {
    return this.info !== undefined && this.runner.torrent.announceFacts().left === 0;
  }

  dhtPeersFound(addresses: readonly Address[], infoHash: Uint8Array): void {
    this.peers.found(addresses, 'dht', infoHash);
  }

  trackerChanged(status: TrackerStatus): void {
    this.events.emit('tracker', status);
  }

  externalIpFound(host: string, tracker: string): void {
    this.deps.externalIpFound(host, tracker, 'tracker');
  }

  trackerMoved(): void {
    this.peers.leaveAll();
  }

  #newWebSeeds(urls: readonly string[]): WebSeeds {
    const { host, http, settings } = this.deps;
    return new WebSeeds(urls, settings.webSeeds, {
      host: { clock: host.clock, random: host.random, http },
      userAgent: settings.client,
      supply: () => this.runner.torrent.swarmSupply(host.clock.now()),
      state: () => this.life.state,
      info: () => this.info,
      connect: (stream, facts) => this.peers.webSeedJoined(stream, facts),
    });
  }

  #newStreams(): TorrentStreams {
    const { runner, life } = this;
    return new TorrentStreams({
      torrent: runner.torrent,
      tell: fact => runner.tell(fact),
      disk: this.deps.host.disk,
      files: () => (life.isClosed ? undefined : runner.disk),
      fault: () => life.error ?? (life.isClosed ? torrentClosed() : undefined),
    });
  }

  #newMoves(): TorrentMoves {
    return new TorrentMoves({
      place: this.files.place,
      info: () => this.info,
      loaded: this.memory.whenLoaded(),
      refusal: () => this.#refusalToMove(),
      disk: () => this.runner.disk,
      save: () => this.memory.placeChanged(),
      moved: (files, ifThere) => this.#moved(files, ifThere),
      onWarning: warning => this.events.emit('warning', warning),
    });
  }

  #refusalToMove(): SwarmlineError | undefined {
    if (this.life.isClosed) return torrentClosed();
    if (this.#options.sources === undefined) return undefined;
    const message = 'It is shared from where its files lie, and those are not moved.';
    return new SwarmlineError('TORRENT_IN_PLACE', message);
  }

  #moved(files: MovedFiles, ifThere: IfThere): void {
    if (ifThere !== 'adopt') {
      this.files.moved(files);
      return;
    }
    // What stood there is not what was here.
    this.files.adopted();
    if (this.runner.torrent.phase !== 'stopped') this.life.recheck();
  }
}
