// The files of one torrent: opened when they are known, looked at, what is doubtful hashed, the last of them made when all
// is there, closed at the end. It knows what was on the disk at the last flush and how the files looked then, so that
// after a pause, a fault or a restart no more is hashed than what has changed. What follows is for others.

import { Bitfield } from '../core/bytes/bitfield.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import { pieceChecks } from '../core/engine/piece-check.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import { SwarmlineError } from '../core/errors.ts';
import { type Info, wireInfoHashes } from '../core/metainfo/metainfo.ts';
import type { DiskTorrent, FileStates, FlushedFiles, MovedFiles, TwinFile } from '../host/disk.ts';
import type { Host } from '../host/host.ts';
import type { AddOptions, Allocation } from './add-options.ts';
import { believe, cutShort, withFlushed } from './believed-pieces.ts';
import type { KnownData } from './resume-data.ts';
import { diskPlace, PART_FILE_ENDING, TorrentPlace } from './torrent-place.ts';
import type { Turn, Turns } from './turns.ts';

/** The session's. */
export interface TorrentFilesDeps {
  readonly host: Host;
  /** Who may have files looked at, and who may have them hashed. */
  readonly turns: { readonly look: Turns; readonly hash: Turns };
  readonly settings: { readonly allocation: Allocation };
}

/** The torrent that they are of. */
export interface FiledTorrent {
  /** Files that other torrents have, of those that are lacking. */
  twins(isLacking: (file: number) => boolean): readonly TwinFile[];
  readonly runner: { readonly torrent: Pick<Torrent, 'filePriorities' | 'have' | 'phase'> };
  readonly life: {
    /** The files have been looked at: these pieces are there. `isNews`: not just those that were known to be. */
    checked(have: Bitfield, isNews: boolean): void;
    /** They cannot be opened, read or flushed, or somebody has changed them. */
    failed(fault: SwarmlineError): void;
  };
  readonly memory: {
    /** Files have been given room. */
    filesChanged(): void;
  };
}

export class TorrentFiles {
  readonly #options: AddOptions;
  readonly #torrent: FiledTorrent;
  readonly #deps: TorrentFilesDeps;
  readonly place: TorrentPlace;
  #info: Info | undefined;
  #disk: DiskTorrent | undefined;
  #known: KnownData | undefined;
  #mayTrust: boolean;
  #isForgotten = false;
  /** Others have been asked for files that are lacking: once, for it is the look after it that finds them. */
  #hasAskedOthers = false;
  #isChecking = false;
  #reserved: number | undefined;
  #cancelReserving: (() => void) | undefined;
  /** To look at them, or to hash them. */
  #turn: Turn | undefined;
  /** Who waits to look at them, until what is being noted is noted. */
  #lookDue: ((result: FileStates | SwarmlineError) => void) | undefined;
  #giveUpHashing: (() => void) | undefined;
  #checkedPieces = 0;
  #toCheck = 0;
  #isNoting = false;
  #afterNote: (() => void)[] = [];

  constructor(options: AddOptions, torrent: FiledTorrent, deps: TorrentFilesDeps) {
    this.#options = options;
    this.#torrent = torrent;
    this.#deps = deps;
    this.place = new TorrentPlace(options.downloadDir);
    this.#mayTrust = options.isVerified === true;
  }

  /** What was there at the last flush; undefined while nothing is known. */
  get known(): KnownData | undefined {
    return this.#known;
  }

  /** Of the check: how far it is, 0…1. */
  get checkProgress(): number {
    return this.#toCheck === 0 ? 1 : this.#checkedPieces / this.#toCheck;
  }

  /** Of the room that the files get before the exchange begins: how far it is, 0…1. */
  get reserveProgress(): number | undefined {
    return this.#reserved;
  }

  /** It is being found out what is there, and what is not gets its room. */
  get isChecking(): boolean {
    return this.#isChecking;
  }

  /** It is being found out what is there. */
  get isLooking(): boolean {
    return this.#turn !== undefined || this.#lookDue !== undefined;
  }

  /** Opens the files, once they are known. Undefined where that fails: then `onFault` was told. */
  open(info: Info): DiskTorrent | undefined {
    this.#info = info;
    try {
      this.#disk ??= this.#openOnDisk(info);
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#torrent.life.failed(error);
      return undefined;
    }
    return this.#disk;
  }

  /** What a record says was there; told before `check`. */
  remember(known: KnownData): void {
    this.#known = known;
  }

  /** Nothing is known any more: the next check hashes everything. */
  forget(): void {
    this.#isForgotten = true;
    this.#mayTrust = false;
  }

  /** Others' files count as ours now: nothing is known of them, not even in the record. */
  adopted(): void {
    this.forget();
    this.#known = undefined;
  }

  /** Finds out what is in the files, which are open: then `onChecked`, or `onFault`. */
  check(): void {
    this.#checkedPieces = 0;
    this.#toCheck = this.#info!.layout.pieceCount;
    this.#isChecking = true;
    this.#hasAskedOthers = false;
    this.#lookAndCheck();
  }

  /** After a pause: tells whether somebody has changed what is known to be there. */
  lookAgain(done: (hasChanged: boolean) => void): void {
    if (this.#disk === undefined || this.#known === undefined) {
      done(this.#isForgotten);
      return;
    }
    this.#look(now => {
      const known = this.#known;
      this.#turn = undefined;
      if (now instanceof SwarmlineError) this.#torrent.life.failed(now);
      else if (known === undefined) done(this.#isForgotten);
      else done(believe(this.#info!.layout, known, now).doubtful.count > 0);
    });
  }

  /** Files are wanted that were not, or are not any more: what lies in the part file of them moves to them. */
  wantedChanged(onLost: (pieces: readonly number[]) => void): void {
    const { isChecking } = this;
    if (isChecking) this.giveUp();
    this.#disk?.setWanted(wantedBy(this.#torrent.runner.torrent.filePriorities), result => {
      if (result instanceof SwarmlineError) this.#torrent.life.failed(result);
      else if (result.lost.length > 0) onLost(result.lost);
    });
    if (isChecking) this.check();
    else this.reserveWanted();
  }

  /** They are at another place; those that were copied look as they do there. */
  moved(files: MovedFiles): void {
    if (this.#known !== undefined) {
      const { have, files: before } = this.#known;
      this.#known = { have, files: withFlushed(before, files) };
    }
  }

  /** Where wanted files are to have all their room: gives it to those that lack it, while the exchange goes on. */
  reserveWanted(): void {
    const { phase, have } = this.#torrent.runner.torrent;
    // Where it is not known what is there, all of it would be overwritten. It is given up when the exchange stops.
    if (phase === 'active' && !this.#isChecking)
      this.#reserve(
        () => have,
        () => {},
      );
  }

  /** Gives up a check, or a look, that is under way. */
  giveUp(): void {
    this.#giveUpHashing?.();
    this.#giveUpHashing = undefined;
    this.#turn?.end();
    this.#turn = undefined;
    this.#lookDue = undefined;
    this.#isChecking = false;
    this.#cancelReserving?.();
    this.#cancelReserving = undefined;
    this.#reserved = undefined;
  }

  /**
   * Brings what was written to the disk and takes note of how the files look. `have`: the pieces that are there, asked
   * before the flush; with `isLast`, nothing is being asked for any more, and it is asked when all stores have ended.
   */
  takeNote(have: () => Bitfield, isLast: boolean, done: (fault?: SwarmlineError) => void): void {
    this.#whenNoted(() => {
      const disk = this.#disk;
      const before = this.#known;
      // Before a check has come to its end there is nothing to be noted.
      if (disk === undefined || before === undefined || this.#isChecking) {
        done();
        return;
      }
      this.#isNoting = true;
      const early = isLast ? undefined : copyOf(have());
      const end = (fault?: SwarmlineError) => {
        this.#isNoting = false;
        done(fault);
        for (const call of this.#afterNote.splice(0)) this.#whenNoted(call);
      };
      disk.flush(flushed => {
        if (flushed instanceof SwarmlineError) end(flushed);
        // They may have been moved since.
        else end(this.#noted(this.#known ?? before, early ?? copyOf(have()), flushed));
      });
    });
  }

  /** After what is under way, closes them. */
  close(done: () => void): void {
    if (this.#disk === undefined) done();
    else this.#disk.close(done);
  }

  /**
   * They are closed: removes them, what the part file holds of them, what a move has left at the place that they came from,
   * and folders that are empty then.
   */
  remove(info: Info, done: (fault?: SwarmlineError) => void): void {
    const disk = this.#openOnDisk(info);
    const { place, moving } = this.place;
    const end = (fault?: SwarmlineError) => disk.close(() => done(fault));
    disk.tidy(diskPlace(place, info), Array.from(info.files.keys()), fault => {
      if (fault !== undefined || moving?.kind !== 'from') end(fault);
      else disk.tidy(diskPlace(moving.place, info), moving.files, end);
    });
  }

  /** When it is their turn, and nothing is being noted. Nothing is told where it was given up. */
  #look(done: (result: FileStates | SwarmlineError) => void): void {
    this.#lookDue = done;
    if (this.#isNoting) this.#afterNote.push(() => this.#lookIfDue(done));
    else this.#lookIfDue(done);
  }

  #lookIfDue(done: (result: FileStates | SwarmlineError) => void): void {
    if (this.#lookDue !== done) return;
    this.#lookDue = undefined;
    this.#take(this.#deps.turns.look, turn => {
      this.#disk!.look(result => {
        turn.end();
        if (this.#turn === turn) done(result);
      });
    });
  }

  /** Nothing is begun where it is given up before. */
  #take(turns: Turns, begin: (turn: Turn) => void): void {
    const turn = turns.take(mine => {
      this.#turn = mine;
      begin(mine);
    });
    if (!turn.hasBegun) this.#turn = turn;
  }

  #openOnDisk(info: Info): DiskTorrent {
    const { sources } = this.#options;
    const { folder, paths } = diskPlace(this.place.place, info);
    return this.#deps.host.disk.open({
      folder,
      sources,
      files: info.files,
      paths,
      layout: info.layout,
      checkOf: pieceChecks(info),
      isWanted: wantedBy(this.#torrent.runner.torrent.filePriorities),
      partFile: `.${toHex(wireInfoHashes(info)[0]!)}${PART_FILE_ENDING}`,
    });
  }

  #lookAndCheck(): void {
    this.#look(now => {
      if (now instanceof SwarmlineError) this.#failed(now);
      else if (!this.#adoptsTwins(now)) this.#looked(now);
    });
  }

  /** Where other torrents have files that are not here: brings them, and looks again. A fault is no more than a lack of them. */
  #adoptsTwins({ lengths }: FileStates): boolean {
    const { sources, reusesFiles = true } = this.#options;
    if (this.#hasAskedOthers || !reusesFiles || sources !== undefined || this.#mayTrust) return false;
    this.#hasAskedOthers = true;
    const isWanted = wantedBy(this.#torrent.runner.torrent.filePriorities);
    const isLacking = (file: number) => lengths[file] === -1 && isWanted(file);
    if (!this.#info!.files.some(({ length }, file) => length > 0 && isLacking(file))) return false;
    const twins = this.#torrent.twins(isLacking);
    if (twins.length === 0) return false;
    this.#take(this.#deps.turns.hash, turn => {
      this.#giveUpHashing = this.#disk!.adopt(twins, {
        progress: () => {},
        done: () => {
          this.#giveUpHashing = undefined;
          turn.end();
          this.#lookAndCheck();
        },
      });
    });
    return true;
  }

  #looked(now: FileStates): void {
    const { layout } = this.#info!;
    if (this.#mayTrust) {
      // Once: after a fault of the disk the files are looked at.
      this.#mayTrust = false;
      this.#checked(Bitfield.full(layout.pieceCount), now);
      return;
    }
    const known = this.#isForgotten ? undefined : this.#known;
    const { believed, doubtful } = believe(layout, known, now);
    this.#toCheck = doubtful.count;
    if (doubtful.count === 0) {
      this.#checked(believed, now, false);
      return;
    }
    this.#hash(believed, doubtful, fault => {
      if (fault === undefined) this.#checked(believed, now);
      else this.#failed(fault);
    });
  }

  /** When it is their turn. */
  #hash(found: Bitfield, doubtful: Bitfield, done: (fault?: SwarmlineError) => void): void {
    this.#take(this.#deps.turns.hash, turn => {
      this.#giveUpHashing = this.#disk!.check(
        (piece, isRight) => {
          this.#checkedPieces++;
          if (isRight) found.add(piece);
        },
        fault => {
          this.#giveUpHashing = undefined;
          turn.end();
          done(fault);
        },
        doubtful.isFull ? undefined : doubtful,
      );
    });
  }

  /** `files`: how they looked before they were read, for whoever changed them meanwhile has changed what was read. */
  #checked(have: Bitfield, files: FileStates, isNews = true): void {
    this.#turn = undefined;
    this.#checkedPieces = this.#toCheck;
    this.#isForgotten = false;
    this.#known = { have, files };
    this.#reserve(
      () => have,
      () => {
        this.#isChecking = false;
        this.#torrent.life.checked(have, isNews);
      },
      fraction => {
        this.#reserved = fraction;
      },
    );
  }

  /** Where files are to have all their room from the beginning: gives it to those that lack it. */
  #reserve(have: () => Bitfield, done: () => void, progress: (fraction: number) => void = () => {}): void {
    this.#cancelReserving?.();
    const allocation = this.#options.allocation ?? this.#deps.settings.allocation;
    if (allocation === 'sparse' || this.#options.sources !== undefined || have().isFull) {
      done();
      return;
    }
    progress(0);
    this.#cancelReserving = this.#disk!.reserve(have, {
      progress: (reserved, total) => progress(reserved / total),
      done: fault => {
        this.#cancelReserving = undefined;
        this.#reserved = undefined;
        if (fault !== undefined) {
          this.#failed(fault);
          return;
        }
        this.#torrent.memory.filesChanged();
        done();
      },
    });
  }

  #noted(before: KnownData, have: Bitfield, flushed: FlushedFiles): SwarmlineError | undefined {
    const cut = cutShort(before.files, flushed);
    if (cut < 0) {
      this.#known = { have, files: withFlushed(before.files, flushed) };
      return undefined;
    }
    // What is known stays what it was: the file is hashed when the torrent goes on.
    const where = this.place.pathOf(cut, this.#info!.files[cut]!.path).join('/');
    const message = `"${where}" was cut short by another program while it was being written.`;
    return new SwarmlineError('FILE_CHANGED', message, { where });
  }

  #failed(fault: SwarmlineError): void {
    this.#turn = undefined;
    this.#isChecking = false;
    this.#torrent.life.failed(fault);
  }

  #whenNoted(call: () => void): void {
    if (this.#isNoting) this.#afterNote.push(call);
    else call();
  }
}

function wantedBy(priorities: readonly FilePriority[] | undefined): (file: number) => boolean {
  return file => priorities?.[file] !== 'skip';
}

function copyOf(have: Bitfield): Bitfield {
  return Bitfield.fromBytes(have.bytes, have.length)!;
}
