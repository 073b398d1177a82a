// The parts of a torrent with nothing behind them, for a life to be tested with: the engine, the files, the queue and the
// record are plain objects that do what the test says, and note what they are told.

import type { Bitfield } from '../src/core/bytes/bitfield.ts';
import type { CheckableInfo } from '../src/core/engine/piece-check.ts';
import type { Phase } from '../src/core/engine/state.ts';
import type { SwarmlineError } from '../src/core/errors.ts';
import type { QueueKind } from '../src/session/queue.ts';
import type { Remembered } from '../src/session/resume-store.ts';
import type { SessionTorrentState } from '../src/session/session-torrent-events.ts';
import { type LivingTorrent, TorrentLife } from '../src/session/torrent-life.ts';

type Done = (fault?: SwarmlineError) => void;

export class LifelessTorrent implements LivingTorrent {
  readonly life: TorrentLife;
  /** What was done and told, in order. */
  readonly log: string[] = [];
  /** By a listener of the program, when that is told. */
  readonly reactions = new Map<string, () => void>();
  phase: Phase;
  info: CheckableInfo | undefined;
  isComplete = false;
  hasPicker = false;
  /** Whether the queue has a place for it. */
  hasRoom = true;
  opened: Done | undefined;
  finishedFiles: Done | undefined;
  looked: ((hasChanged: boolean) => void) | undefined;
  loaded: ((found: Remembered) => void) | undefined;
  written = () => {};

  constructor(kind: 'magnet' | 'file', { isPaused = false } = {}) {
    this.info = kind === 'file' ? INFO : undefined;
    this.phase = kind === 'file' ? 'checking' : 'metadata';
    this.life = new TorrentLife(isPaused, this);
  }

  readonly engine = (() => {
    const torrent = this;
    return {
      get phase() {
        return torrent.phase;
      },
      get info() {
        return torrent.info;
      },
      get isComplete() {
        return torrent.isComplete;
      },
      isAllWanted: (have: Bitfield) => have.isFull,
      infoFound: (info: CheckableInfo) => {
        this.info = info;
        this.phase = 'checking';
        this.life.infoKnown();
      },
      dataChecked: (have: Bitfield, _: number, waitsFor?: SwarmlineError) => {
        if (this.phase !== 'checking') return;
        this.hasPicker = true;
        this.isComplete = have.isFull;
        this.phase = waitsFor === undefined ? 'active' : 'stopped';
        this.do(waitsFor === undefined ? 'exchange' : `wait: ${waitsFor.code}`);
        if (have.isFull) this.life.completed();
      },
      stop: (reason: SwarmlineError) => {
        this.phase = 'stopped';
        this.do(`stop: ${reason.code}`);
      },
      resume: (recheck: boolean) => {
        if (this.phase !== 'stopped') return;
        if (recheck) this.hasPicker = false;
        this.phase = this.hasPicker ? 'active' : this.info === undefined ? 'metadata' : 'checking';
        this.do(`resume as ${this.phase}`);
      },
    };
  })();
  readonly runner = {
    torrent: this.engine,
    tell: (fact: (torrent: typeof this.engine, now: number) => void) => fact(this.engine, 0),
  };

  readonly place = {
    kind: undefined as QueueKind | undefined,
    isActive: false,
    get isWaiting() {
      return this.kind !== undefined && !this.isActive;
    },
    enter: (kind: QueueKind) => {
      if (this.place.kind !== kind) this.place.isActive = this.hasRoom;
      this.place.kind = kind;
      return this.place.isActive;
    },
    leave: () => {
      this.place.kind = undefined;
      this.place.isActive = false;
    },
  };

  readonly files = {
    isLooking: false,
    reserveProgress: undefined as number | undefined,
    check: () => {
      this.files.isLooking = true;
      this.do('check');
    },
    lookAgain: (done: (hasChanged: boolean) => void) => {
      this.files.isLooking = true;
      this.looked = done;
      this.do('look');
    },
    forget: () => this.do('forget'),
    reserveWanted: () => this.do('reserve'),
    giveUp: () => {
      this.files.isLooking = false;
      this.looked = undefined;
    },
  };

  readonly memory = {
    isLoaded: false,
    load: (remembered: Remembered | undefined, done: (found: Remembered) => void) => {
      this.loaded = found => {
        this.memory.isLoaded = true;
        done(found);
      };
      if (remembered !== undefined) this.loaded(remembered);
    },
    checked: () => {},
    completed: (isNews: boolean) => this.do(isNews ? 'record: complete' : 'record: was complete'),
    started: () => this.do('record: started'),
    stopped: () => new Promise<void>(resolve => (this.written = resolve)),
  };

  readonly peers = { giveUpDials: () => {}, found: () => this.do('peers found') };

  openFiles(done: Done): void {
    this.opened = done;
    this.do('open');
  }

  finishFiles(done: Done): void {
    this.finishedFiles = done;
    this.do('finish');
  }

  follow(): void {}

  stateChanged(state: SessionTorrentState): void {
    this.do(`-> ${state}`);
  }

  ready(): void {
    this.do('ready');
  }

  failed(error: SwarmlineError): void {
    this.do(`error: ${error.code}`);
  }

  finished(wasThere: boolean): void {
    this.do(wasThere ? 'complete: was there' : 'complete');
  }

  /** What has been done and told since it was asked last. */
  get news(): string[] {
    return this.log.splice(0);
  }

  do(what: string): void {
    this.log.push(what);
    this.reactions.get(what)?.();
  }

  /** What is there is known; what had been asked for before is given up. */
  check(have: Bitfield): void {
    this.files.isLooking = false;
    this.life.checked(have, true);
  }

  look(hasChanged: boolean): void {
    const { looked } = this;
    this.files.isLooking = false;
    this.looked = undefined;
    looked?.(hasChanged);
  }

  /** The queue gives it its turn, or takes it. */
  turn(isItsTurn: boolean): void {
    this.place.isActive = isItsTurn;
    if (isItsTurn) this.life.turnCame();
    else this.life.turnEnded();
  }

  /** Its record is written, and whoever waited for that has gone on. */
  async record(): Promise<void> {
    this.written();
    for (let i = 0; i < 3; i++) await Promise.resolve();
  }

  complete(): void {
    this.isComplete = true;
    this.life.completed();
  }
}

export const INFO = { name: 'film' } as unknown as CheckableInfo;
