// The life of one torrent of a session: what its user wants it to be, why it stands still, and when it goes on. It is told what
// was asked for and what has happened; what is to be done about it, its parts do. It knows nothing of peers, pieces and
// trackers, and waits for nobody but the disk and the record.
//
//   what stands in the way     ends with                       to the engine it is
//   closed                     never                           stopped
//   failed                     resume, recheck                 stopped
//   paused                     resume, recheck                 stopped, or being checked
//   queued                     its turn                        stopped, or being checked
//   nothing                    any of these                    active, or on the way to it
//
// The first that is true is its state; the others stay true beneath it. On the way from `stopped` to `active`: first what it
// had when it stopped is written down, then its files are looked at, then, where somebody has changed them, hashed.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { PeerSource } from '../core/engine/known-peers.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import type { Phase } from '../core/engine/state.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { QueuePlace } from './queue.ts';
import type { Remembered } from './resume-store.ts';
import type { SessionTorrentState } from './session-torrent-events.ts';
import type { TorrentFiles } from './torrent-files.ts';
import type { TorrentMemory } from './torrent-memory.ts';

/** The engine, as far as a life goes. */
export interface LivingEngine {
  readonly phase: Phase;
  readonly info: CheckableInfo | undefined;
  /** Everything that was wanted is there. */
  readonly isComplete: boolean;
  isAllWanted(have: Bitfield): boolean;
  infoFound(info: CheckableInfo, now: number): void;
  dataChecked(have: Bitfield, now: number, waitsFor?: SwarmlineError): void;
  stop(reason: SwarmlineError, now: number): void;
  resume(recheck: boolean, now: number): void;
}

/** What lives. */
export interface LivingTorrent {
  readonly runner: {
    readonly torrent: LivingEngine;
    tell(fact: (torrent: LivingEngine, now: number) => void): void;
  };
  readonly place: Pick<QueuePlace, 'isActive' | 'isWaiting' | 'enter' | 'leave'>;
  readonly files: Pick<
    TorrentFiles,
    'check' | 'forget' | 'giveUp' | 'isLooking' | 'lookAgain' | 'reserveProgress' | 'reserveWanted'
  >;
  readonly memory: Pick<TorrentMemory, 'checked' | 'completed' | 'isLoaded' | 'load' | 'started' | 'stopped'>;

  readonly peers: {
    giveUpDials(): void;
    found(addresses: readonly Address[], source: PeerSource): void;
  };

  /**
   * Opens its files, which are known, and ends what a run before has begun with them. Where they cannot be opened, `failed`
   * is told in the place of `done`.
   */
  openFiles(done: (fault?: SwarmlineError) => void): void;
  /** All is there: the files get what they still lack. */
  finishFiles(done: (fault?: SwarmlineError) => void): void;

  /** It may be in another state: to its parts. */
  follow(state: SessionTorrentState): void;
  /** And to its listeners: of what has come about. */
  stateChanged(state: SessionTorrentState): void;
  ready(): void;
  failed(error: SwarmlineError): void;
  /** `wasThere`: it was when it was added, or checked again. */
  finished(wasThere: boolean): void;
}

export class TorrentLife {
  readonly #parts: LivingTorrent;
  #isClosed = false;
  #error: SwarmlineError | undefined;
  #isPaused: boolean;
  /** It is about to go on: see `#whenRemembered`. */
  #goesOn: (() => void) | undefined;
  /** Its files are being opened. */
  #opening: object | undefined;
  /** When what it was at the last stop is written down. */
  #remembered: Promise<void> = Promise.resolve();
  /** All that was wanted was there when it was looked at. */
  #wasThere = false;
  #isFinished = false;
  #lastState: SessionTorrentState | undefined;

  constructor(isPaused: boolean, parts: LivingTorrent) {
    this.#isPaused = isPaused;
    this.#parts = parts;
  }

  get state(): SessionTorrentState {
    if (this.#isClosed) return 'closed';
    if (this.#error !== undefined) return 'failed';
    if (this.#isPaused) return 'paused';
    const { place, files, runner } = this.#parts;
    if (place.isWaiting) return 'queued';
    const { phase, isComplete } = runner.torrent;
    if (phase === 'layers') return 'metadata';
    if (files.reserveProgress !== undefined) return 'allocating';
    if (phase === 'metadata' || phase === 'checking') return phase;
    if (this.#goesOn !== undefined || files.isLooking) return 'checking';
    return isComplete ? 'seeding' : 'downloading';
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get error(): SwarmlineError | undefined {
    return this.#error;
  }

  /** The user wants it to stand still, whatever else stands in the way. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Completion has been told: what follows from it comes after that. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** It is in the session. `remembered`: what of it is known from another run, where that was looked up. */
  start(remembered?: Remembered): void {
    if (!this.#isPaused && this.#phase === 'metadata') this.#mayExchange();
    this.#parts.memory.load(remembered, found => {
      if (!this.#isClosed) this.#loaded(found);
    });
    this.follow();
  }

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
    // A disk that failed may have lost what it had.
    if (hadFailed) this.#whenRemembered(() => this.#goOn(true));
    // Unless it was added paused, and what is there is being found out.
    else if (this.#phase !== 'checking' && this.#mayExchange()) this.turnCame();
    this.follow();
  }

  /** Everything is hashed again, paused or not. */
  recheck(): void {
    const { runner, files } = this.#parts;
    if (this.#isClosed || runner.torrent.info === undefined) return;
    this.#isPaused = false;
    this.#error = undefined;
    this.#stop(new SwarmlineError('TORRENT_RECHECKED', 'The data is checked once more.'), () => {
      files.forget();
      this.#goOn(true);
    });
  }

  /** For good. Resolves when what it was is written down. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stop(torrentClosed());
    }
    return this.#remembered;
  }

  /** By the queue, or by a pause that ends: who had time may have changed the files. */
  turnCame(): void {
    // What is there is being found out, or what is remembered.
    if (this.#phase !== 'stopped') return;
    this.#whenRemembered(() => this.#parts.files.lookAgain(hasChanged => this.#goOn(hasChanged)));
    this.follow();
  }

  turnEnded(): void {
    if (this.#parts.memory.isLoaded && this.#phase !== 'checking') this.#stop(torrentQueued());
    else this.follow();
  }

  /** A magnet's metadata has come, and everybody has heard of it. */
  infoKnown(): void {
    // A listener may have closed or paused it. One that was added paused is looked at all the same.
    if (this.#phase === 'checking') this.#openAndCheck();
  }

  /** It is known what is there. `isNews`: not what the record says. */
  checked(have: Bitfield, isNews: boolean): void {
    if (this.#isClosed) return;
    const { runner, memory } = this.#parts;
    this.#wasThere = true;
    const mayExchange = !this.#isPaused && this.#mayExchange(runner.torrent.isAllWanted(have));
    if (mayExchange) memory.started(false);
    const waitsFor = mayExchange ? undefined : this.#reasonToWait();
    runner.tell((torrent, now) => torrent.dataChecked(have, now, waitsFor));
    this.#wasThere = runner.torrent.isComplete;
    this.follow();
    memory.checked(isNews);
    this.#parts.ready();
  }

  /** Of the engine: nothing that is wanted is missing any more. */
  completed(): void {
    const wasThere = this.#wasThere;
    this.#parts.memory.completed(!wasThere);
    this.#parts.finishFiles(fault => {
      if (this.#isClosed) return;
      if (fault === undefined) this.#finished(wasThere);
      else this.failed(fault);
    });
  }

  failed(error: SwarmlineError): void {
    if (this.#isClosed || this.#error !== undefined) return;
    this.#error = error;
    this.#stop(error);
    this.#parts.failed(error);
  }

  /** Of what was asked before it was stopped it may hear late: that says nothing about the next time. */
  diskFailed(fault: SwarmlineError): void {
    if (this.#phase === 'active') this.failed(fault);
  }

  /** The state may be another. */
  follow(): void {
    const { state } = this;
    this.#parts.follow(state);
    if (state === this.#lastState || this.state !== state) return;
    this.#lastState = state;
    this.#parts.stateChanged(state);
  }

  get #phase(): Phase {
    return this.#parts.runner.torrent.phase;
  }

  /** What is remembered is known, or that it is nothing. */
  #loaded({ resume, info }: Remembered): void {
    const { runner, place } = this.#parts;
    const phase = this.#phase;
    // A magnet's metadata that is remembered is told of as if it had come from a peer.
    if (phase === 'metadata' && info !== undefined) {
      place.leave();
      runner.tell((torrent, now) => torrent.infoFound(info, now));
    } else if (phase === 'checking') this.#openAndCheck();
    const mustWait = this.#isPaused || place.isWaiting;
    if (mustWait && this.#phase !== 'checking') this.#stop(this.#reasonToWait());
    if (resume !== undefined) this.#parts.peers.found(resume.peers, 'resume');
  }

  #openAndCheck(): void {
    // It begins when it is known what is remembered.
    if (!this.#parts.memory.isLoaded) return;
    const opening = {};
    this.#opening = opening;
    this.#parts.openFiles(fault => {
      // Stopped meanwhile, it has them opened anew.
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      if (fault === undefined) this.#parts.files.check();
      else this.failed(fault);
    });
  }

  /** What it had when it stopped is asked for until then; stopped once more meanwhile, it does not go on. */
  #whenRemembered(goOn: () => void): void {
    this.#goesOn = goOn;
    void this.#remembered.then(() => {
      if (this.#goesOn !== goOn || this.#isClosed) return;
      this.#goesOn = undefined;
      goOn();
    });
  }

  #goOn(recheck: boolean): void {
    const { runner, memory, files } = this.#parts;
    runner.tell((torrent, now) => torrent.resume(recheck, now));
    if (this.#phase === 'checking') this.#openAndCheck();
    else if (this.#mayExchange()) {
      memory.started(runner.torrent.isComplete);
      files.reserveWanted();
    } else this.#stop(torrentQueued());
    this.follow();
  }

  /** Whether it is its turn; if not, `turnCame` follows. */
  #mayExchange(isAllThere = this.#parts.runner.torrent.isComplete): boolean {
    return this.#parts.place.enter(isAllThere ? 'seed' : 'download');
  }

  #finished(wasThere: boolean): void {
    this.#isFinished = true;
    this.#parts.finished(wasThere);
    // There may be room for fewer that seed.
    if (this.#parts.place.isActive && !this.#isClosed && !this.#mayExchange()) this.#stop(torrentQueued());
    this.follow();
  }

  /** `goOn`: it does when what it had is written down. */
  #stop(reason: SwarmlineError, goOn?: () => void): void {
    const { runner, place, files, memory, peers } = this.#parts;
    this.#goesOn = goOn;
    this.#opening = undefined;
    if (reason.code !== 'TORRENT_QUEUED') place.leave();
    files.giveUp();
    // The torrent first: it would dial others in the place of those that are given up.
    runner.tell((torrent, now) => torrent.stop(reason, now));
    peers.giveUpDials();
    this.follow();
    this.#remembered = memory.stopped(this.#isClosed);
    // A listener may have stopped it once more.
    if (goOn !== undefined && this.#goesOn === goOn) this.#whenRemembered(goOn);
  }

  #reasonToWait(): SwarmlineError {
    return this.#isPaused ? torrentPaused() : torrentQueued();
  }
}

function torrentPaused(): SwarmlineError {
  return new SwarmlineError('TORRENT_PAUSED', 'The torrent is paused.');
}

function torrentQueued(): SwarmlineError {
  return new SwarmlineError('TORRENT_QUEUED', 'The torrent waits until fewer others are active.');
}

export function torrentClosed(): SwarmlineError {
  return new SwarmlineError('TORRENT_CLOSED', 'The torrent was closed.');
}
