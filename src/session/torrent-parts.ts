// What a torrent of a session is made of, and who of it tells whom: builds all parts of one and joins them. It decides
// nothing: whether it goes on is torrent-life's, what the engine says goes through engine-events, the rest is each part's own.

import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import { type Info, wireInfoHashes } from '../core/metainfo/metainfo.ts';
import type { IfThere, MovedFiles } from '../host/disk.ts';
import { type AddOptions, sourceOf, trackersOf, webSeedsOf } from './add-options.ts';
import { engineTold, type HearingTorrent } from './engine-events.ts';
import { Events } from './events.ts';
import { memorableFacts } from './memorable-facts.ts';
import { OwnLimits } from './own-limits.ts';
import { type QueuedTorrent, type QueueKind, QueuePlace } from './queue.ts';
import type { Remembered } from './resume-store.ts';
import type { SeedLimit } from './seed-limits.ts';
import { SessionFile } from './session-file.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';
import { newEngine } from './torrent-engine.ts';
import { TorrentFiles } from './torrent-files.ts';
import { type LivingTorrent, TorrentLife, torrentClosed } from './torrent-life.ts';
import { TorrentMemory } from './torrent-memory.ts';
import { TorrentMoves } from './torrent-moves.ts';
import { TorrentPeers } from './torrent-peers.ts';
import { TorrentRunner } from './torrent-runner.ts';
import { type SeededTorrent, TorrentSeeding } from './torrent-seeding.ts';
import { TorrentStreams } from './torrent-streams.ts';
import { TorrentTrackers } from './torrent-trackers.ts';
import { WebSeeds } from './web-seeds.ts';

export class TorrentParts implements LivingTorrent, HearingTorrent, SeededTorrent, QueuedTorrent {
  readonly deps: SessionTorrentDeps;
  readonly life: TorrentLife;
  readonly events: Events<SessionTorrentEvents>;
  readonly peers: TorrentPeers;
  readonly runner: TorrentRunner;
  readonly place: QueuePlace;
  readonly limits: OwnLimits;
  readonly seeding: TorrentSeeding;
  readonly files: TorrentFiles;
  readonly trackers: TorrentTrackers;
  readonly memory: TorrentMemory;
  /** Made with the first of them. */
  webSeeds: WebSeeds | undefined;
  streams: TorrentStreams | undefined;
  #moves: TorrentMoves | undefined;
  #sessionFiles: readonly SessionFile[] | undefined;
  readonly #options: AddOptions;
  readonly #source: InfoHashes;
  #closing: Promise<void> | undefined;

  constructor(options: AddOptions, deps: SessionTorrentDeps) {
    this.#options = options;
    this.#source = sourceOf(options);
    this.deps = deps;
    this.life = new TorrentLife(options.isPaused === true, this);
    this.seeding = new TorrentSeeding(options.seedLimits ?? {}, this, deps);
    this.events = new Events(deps.onListenerFault, deps.onEvent);
    this.peers = new TorrentPeers(this, deps);
    this.runner = this.#newRunner(newEngine(options, deps, this.peers.connections));
    this.place = new QueuePlace(deps.queue, this);
    this.place.isForced = options.isForced === true;
    this.limits = new OwnLimits(this.runner, deps);
    this.limits.set(options.limits ?? {});
    if (options.superSeed === true) this.runner.tell(torrent => torrent.setSuperSeeding(true));
    this.files = this.#newFiles();
    this.trackers = this.#newTrackers();
    const webSeeds = webSeedsOf(options);
    if (webSeeds.length > 0) this.webSeeds = this.#newWebSeeds(webSeeds);
    this.memory = this.#newMemory();
  }

  get info(): Info | undefined {
    return this.runner.torrent.info;
  }

  /** As far as they are known: a magnet may name one of a hybrid's two. */
  get infoHashes(): InfoHashes {
    return this.info ?? this.#source;
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
            return this.streams.source(info.layout);
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
    this.peers.close();
    this.place.quit();
    this.seeding.close();
    this.deps.onClosing(this.#closing);
    const moved = this.#moves?.close();
    void Promise.all([remembered, moved]).then(() => this.files.close(filesClosed));
    return this.#closing;
  }

  /** See `SessionTorrent.remove`. */
  async remove(deleteData: boolean): Promise<void> {
    if (deleteData && this.#options.sources !== undefined)
      throw new TypeError('Files that are shared where they lie are not for a session to delete.');
    await this.close();
    const { info, infoHashes } = this;
    if (deleteData && info !== undefined) {
      const fault = await new Promise<SwarmlineError | undefined>(done => this.files.remove(info, done));
      if (fault !== undefined) throw fault;
    }
    await this.deps.store?.forget(infoHashes);
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
    this.memory.infoKnown(info);
    // Two torrents must not write to the same files.
    const conflict = this.deps.claim();
    if (conflict !== undefined) {
      done(conflict);
      return;
    }
    this.runner.disk = this.files.open(info);
    if (this.runner.disk === undefined) return;
    // What a run before has begun comes first.
    if (this.files.place.moving === undefined) done();
    else this.moves.goOn(done);
  }

  finishFiles(done: (fault?: SwarmlineError) => void): void {
    this.runner.disk!.finish(done);
  }

  follow(state: SessionTorrentState): void {
    this.trackers.follow(state);
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

  #newRunner(torrent: Torrent): TorrentRunner {
    const { clock, disk } = this.deps.host;
    return new TorrentRunner(torrent, {
      clock,
      dial: (address, isV2) => this.peers.dial(address, isV2),
      onEvent: event => engineTold(event, this),
      onDiskFault: fault => this.life.diskFailed(fault),
      onConnection: (address, isOpen) => this.peers.connectionChanged(address, isOpen),
      release: bytes => disk.release(bytes),
    });
  }

  #newFiles(): TorrentFiles {
    const { host, turns, settings } = this.deps;
    const { torrent } = this.runner;
    return new TorrentFiles(this.#options, {
      host,
      turns,
      priorities: () => torrent.filePriorities,
      allocation: this.#options.allocation ?? settings.allocation,
      have: () => (torrent.phase === 'active' ? torrent.have : undefined),
      onReserved: () => this.memory.filesChanged(),
      onChecked: (have, isNews) => this.life.checked(have, isNews),
      onFault: fault => this.life.failed(fault),
    });
  }

  #newTrackers(): TorrentTrackers {
    return new TorrentTrackers(
      {
        trackers: trackersOf(this.#options),
        infoHashes: wireInfoHashes(this.#source),
        isPrivate: this.#options.info?.private ?? false,
      },
      {
        trackers: this.deps.trackers,
        facts: () => this.runner.torrent.announceFacts(),
        peersFound: (addresses, infoHash) => this.peers.found(addresses, 'tracker', infoHash),
        changed: status => this.events.emit('tracker', status),
        externalIpFound: this.deps.externalIpFound,
        trackerMoved: () => this.peers.leaveAll(),
      },
    );
  }

  #newMemory(): TorrentMemory {
    const { host, store, settings } = this.deps;
    const { torrent } = this.runner;
    return new TorrentMemory(this.#options, {
      clock: host.clock,
      store,
      settings,
      files: this.files,
      facts: () => memorableFacts(this),
      have: () => torrent.have,
      peers: limit => torrent.bestAddresses(limit),
      onFault: fault => this.life.diskFailed(fault),
      onWarning: warning => this.events.emit('warning', warning),
    });
  }

  #newWebSeeds(urls: readonly string[]): WebSeeds {
    const { host, settings } = this.deps;
    return new WebSeeds(urls, settings.webSeeds, {
      host,
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
