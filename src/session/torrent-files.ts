// The files of one torrent: opened when they are known, what is in them checked, the last of them made when all is there,
// closed at the end. Says what is there and what failed; what follows from that is for others.

import { Bitfield } from '../core/bytes/bitfield.ts';
import { pieceChecks } from '../core/engine/piece-check.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { DiskTorrent } from '../host/disk.ts';
import type { Host } from '../host/host.ts';
import type { AddOptions } from './add-options.ts';

export interface TorrentFilesDeps {
  readonly host: Host;
  /** The files have been looked at: these pieces are there. */
  readonly onChecked: (have: Bitfield) => void;
  /** They cannot be opened or read. */
  readonly onFault: (fault: SwarmlineError) => void;
}

export class TorrentFiles {
  readonly #options: AddOptions;
  readonly #deps: TorrentFilesDeps;
  #disk: DiskTorrent | undefined;
  #hasTrusted = false;
  #cancelCheck: (() => void) | undefined;
  #checkedPieces = 0;
  #pieceCount = 0;

  constructor(options: AddOptions, deps: TorrentFilesDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Of the check: how far it is, 0…1. */
  get checkProgress(): number {
    return this.#pieceCount === 0 ? 1 : this.#checkedPieces / this.#pieceCount;
  }

  /** Opens the files, once they are known. Undefined where that fails: then `onFault` was told. */
  open(info: Info): DiskTorrent | undefined {
    this.#pieceCount = info.layout.pieceCount;
    try {
      this.#disk ??= this.#openOnDisk(info);
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#deps.onFault(error);
      return undefined;
    }
    return this.#disk;
  }

  /** Looks what is in the files, which are open: then `onChecked`, or `onFault`. */
  check(): void {
    this.#checkedPieces = 0;
    if (this.#options.isVerified === true && !this.#hasTrusted) {
      // Once: after a fault of the disk the files are looked at.
      this.#hasTrusted = true;
      this.#cancelCheck = this.#deps.host.clock.after(0, () =>
        this.#checked(Bitfield.full(this.#pieceCount)),
      );
      return;
    }
    const have = new Bitfield(this.#pieceCount);
    this.#cancelCheck = this.#disk!.check(
      (piece, isRight) => {
        this.#checkedPieces++;
        if (isRight) have.add(piece);
      },
      fault => {
        this.#cancelCheck = undefined;
        if (fault === undefined) this.#checked(have);
        else this.#deps.onFault(fault);
      },
    );
  }

  /** Gives up a check that is under way. */
  giveUp(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  /** After what is under way, closes them. */
  close(done: () => void): void {
    if (this.#disk === undefined) done();
    else this.#disk.close(done);
  }

  #openOnDisk(info: Info): DiskTorrent {
    const { files, sources, downloadDir } = this.#options;
    // As a set: a magnet link may choose a million, and each file is asked for.
    const wanted = files === undefined ? undefined : new Set(files);
    return this.#deps.host.disk.open({
      folder: downloadDir,
      sources,
      files: info.files,
      layout: info.layout,
      checkOf: pieceChecks(info),
      isWanted: file => wanted === undefined || wanted.has(file),
    });
  }

  #checked(have: Bitfield): void {
    this.#cancelCheck = undefined;
    this.#checkedPieces = have.length;
    this.#deps.onChecked(have);
  }
}
