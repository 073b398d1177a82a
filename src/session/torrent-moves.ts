// Moves a torrent's files to another folder or to other names, one move after the other. Each is written down before it is
// begun and when it is done, so that a program that is killed in between goes on with it in its next run: until the record
// says that the files are at the new place, whatever is still at the old one is taken from there.

import { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { DiskTorrent, IfThere, MovedFiles } from '../host/disk.ts';
import { diskPlace, type Moving, type Place, type TorrentPlace, withPath, withTop } from './torrent-place.ts';

export interface MoveToOptions {
  /**
   * Where there are other files at the new place: `refuse` moves nothing (`FILE_EXISTS`), `overwrite` puts ours in their
   * place, `adopt` takes them for the torrent's and hashes them; ours are left where they were. @default refuse
   */
  readonly ifThere?: IfThere;
  /** Bytes that were copied, where the folder is on another file system. */
  readonly onProgress?: (copied: number, total: number) => void;
  /** Gives up, as long as nothing has been moved. */
  readonly signal?: AbortSignal;
}

export interface TorrentMovesDeps {
  readonly place: TorrentPlace;
  readonly info: () => Info | undefined;
  /** What an earlier run has left is known. */
  readonly loaded: Promise<void>;
  /** Why they are to stay where they are, where they are. */
  readonly refusal: () => SwarmlineError | undefined;
  /** Undefined while the files are not open. */
  readonly disk: () => DiskTorrent | undefined;
  /** Writes down where the files are and where they go; an error where that cannot be done. */
  readonly save: () => Promise<SwarmlineError | undefined>;
  /** They are there, and look so. */
  readonly moved: (files: MovedFiles, ifThere: IfThere) => void;
  readonly onWarning: (warning: SwarmlineError) => void;
}

export class TorrentMoves {
  readonly #deps: TorrentMovesDeps;
  /** The moves that were asked for, each after the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: TorrentMovesDeps) {
    this.#deps = deps;
  }

  /** To another folder. @throws as `#inTurn` */
  async moveTo(folder: string, options: MoveToOptions): Promise<void> {
    await this.#inTurn(({ renamed }) => ({ folder, renamed }), options);
  }

  /** One file to another path. @throws as `#inTurn`, `PATH_INVALID`; TypeError where there is no such file */
  async renameFile(index: number, path: readonly string[], options: MoveToOptions): Promise<void> {
    const info = this.#deps.info();
    if (info?.files[index] === undefined) throw new TypeError(`There is no file ${index}.`);
    await this.#inTurn(place => validPlace(withPath(place, info, index, path)), options);
  }

  /** The folder that holds them, or the one file, to another name. @throws as `renameFile` */
  async rename(name: string, options: MoveToOptions): Promise<void> {
    const info = this.#deps.info();
    if (info === undefined) throw new TypeError('The files are not known yet.');
    await this.#inTurn(place => validPlace(withTop(place, info, name)), options);
  }

  /** What a run before has begun: then `done`, with the error that it ended with. At once where there is nothing. */
  goOn(done: (fault?: SwarmlineError) => void): void {
    if (this.#deps.place.moving === undefined) {
      done();
      return;
    }
    const turn = this.#last.then(async () => {
      const { moving } = this.#deps.place;
      const disk = this.#deps.disk();
      const info = this.#deps.info();
      if (disk === undefined || info === undefined) return;
      if (moving?.kind === 'to') await this.#carryOut(disk, info, moving, { isResumed: true }, () => {});
      else await this.#tidy(disk, info);
    });
    this.#last = turn.catch(() => {});
    turn.then(
      () => done(),
      (error: unknown) => {
        if (!(error instanceof SwarmlineError)) throw error;
        done(error);
      },
    );
  }

  /** Gives up what has not moved anything; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#last;
  }

  /**
   * `placeOf` says where to, from where they are when the turn has come.
   * @throws SwarmlineError what `placeOf` throws, the refusal, `FILE_EXISTS`, `STATE_NOT_WRITTEN`, `MOVE_GIVEN_UP`, those of
   *   the disk: then the files are where they were; the signal's reason
   */
  async #inTurn(placeOf: (place: Place) => Place, options: MoveToOptions): Promise<void> {
    const turn = this.#last.then(async () => {
      await this.#deps.loaded;
      const refusal = this.#deps.refusal();
      if (refusal !== undefined) throw refusal;
      await this.#move(placeOf(this.#deps.place.place), options);
    });
    this.#last = turn.catch(() => {});
    await turn;
  }

  async #move(place: Place, { ifThere = 'refuse', onProgress, signal }: MoveToOptions): Promise<void> {
    const { place: current } = this.#deps;
    signal?.throwIfAborted();
    const info = this.#deps.info();
    const disk = this.#deps.disk();
    if (info === undefined || disk === undefined) {
      // Nothing is there yet that could be moved.
      current.set(place);
      const fault = await this.#deps.save();
      if (fault !== undefined) this.#deps.onWarning(fault);
      return;
    }
    const moving: Moving = { kind: 'to', place, ifThere, files: [] };
    const onAbort = () => this.#cancel?.();
    signal?.addEventListener('abort', onAbort);
    try {
      await this.#carryOut(disk, info, moving, { isResumed: false }, onProgress ?? (() => {}));
    } catch (error) {
      if (error instanceof SwarmlineError && error.code === 'MOVE_GIVEN_UP') signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #carryOut(
    disk: DiskTorrent,
    info: Info,
    moving: Moving,
    { isResumed }: { readonly isResumed: boolean },
    progress: (copied: number, total: number) => void,
  ): Promise<void> {
    const { place, save, moved, onWarning } = this.#deps;
    const { ifThere } = moving;
    const before = place.moving;
    let cannotSave: SwarmlineError | undefined;
    const result = await new Promise<MovedFiles | SwarmlineError>(resolve => {
      const begun = (goOn: () => void) => {
        place.moving = moving;
        void save().then(fault => {
          cannotSave = fault;
          if (fault !== undefined) this.#cancel?.();
          goOn();
        });
      };
      this.#cancel = disk.move(
        diskPlace(moving.place, info),
        { ifThere, isResumed },
        { begun: isResumed ? goOn => goOn() : begun, progress, done: resolve },
      );
      if (this.#isClosed) this.#cancel();
    });
    this.#cancel = undefined;
    if (result instanceof SwarmlineError) {
      if (!isResumed && place.moving !== before) {
        place.moving = before;
        await save();
      }
      throw cannotSave ?? result;
    }
    place.arrived(result.copied);
    moved(result, ifThere);
    const fault = await save();
    // Nothing is removed before it is known where the rest is.
    if (fault !== undefined) onWarning(fault);
    else await this.#tidy(disk, info);
  }

  async #tidy(disk: DiskTorrent, info: Info): Promise<void> {
    const { place, save, onWarning } = this.#deps;
    const { moving } = place;
    if (moving?.kind !== 'from') return;
    const fault = await new Promise<SwarmlineError | undefined>(resolve =>
      disk.tidy(diskPlace(moving.place, info), moving.files, resolve),
    );
    if (fault !== undefined) onWarning(fault);
    place.moving = undefined;
    await save();
  }
}

/** @throws SwarmlineError `PATH_INVALID` */
function validPlace(place: Place | string): Place {
  if (typeof place !== 'string') return place;
  throw new SwarmlineError('PATH_INVALID', `The file or folder cannot have that name: ${place}.`);
}
