// A peer of a run in the field, whichever program it is: it is made ready before its time, begins, tells how far it is, leaves.

import type { PeerGroup } from '../plan.ts';
import type { FieldProcess } from './field-process.ts';
import { type PeerTotals, readLine } from './line-protocol.ts';
import type { StarHost } from './topology.ts';

/** What any client is told. */
export interface PeerWish {
  readonly name: string;
  readonly group: PeerGroup;
  readonly host: StarHost;
  readonly torrent: string;
  /** Where the content is, or comes to be. */
  readonly dir: string;
  /** A folder of its own, for all else. */
  readonly home: string;
}

export interface FieldPeer {
  /** Undefined until it has been started. */
  readonly process: FieldProcess | undefined;
  onFirst: () => void;
  onDone: () => void;
  /** Resolved when it can begin, and where it has everything, when others can find it. */
  prepare(): Promise<void>;
  go(): void;
  /** Says goodbye, ends, and answers what it counted; undefined where the program does not tell. */
  leave(): Promise<PeerTotals | undefined>;
}

/** One that speaks the line protocol. */
export class LinePeer implements FieldPeer {
  process: FieldProcess | undefined;
  onFirst = () => {};
  onDone = () => {};
  readonly #wish: Pick<PeerWish, 'name' | 'host'>;
  readonly #command: readonly string[];
  #onReady = () => {};
  #totals: PeerTotals | undefined;

  constructor(wish: Pick<PeerWish, 'name' | 'host'>, command: readonly string[]) {
    this.#wish = wish;
    this.#command = command;
  }

  prepare(): Promise<void> {
    const { name, host } = this.#wish;
    const ready = new Promise<void>(resolve => {
      this.#onReady = resolve;
    });
    this.process = host.start({ name, command: this.#command, onLine: line => this.#heard(line) });
    // One that ends instead is seen by whoever watches it.
    return ready;
  }

  go(): void {
    this.process!.say('go');
  }

  async leave(): Promise<PeerTotals | undefined> {
    this.process?.hangUp();
    await this.process?.ended(GRACE_MS);
    return this.#totals;
  }

  #heard(line: string): void {
    const told = readLine(line);
    if (told === undefined) return;
    switch (told.word) {
      case 'ready':
        this.#onReady();
        return;
      case 'first':
        this.onFirst();
        return;
      case 'done':
        this.onDone();
        return;
      case 'end':
        this.#totals = told.totals;
        return;
      default:
        told satisfies never;
    }
  }
}

/** To say goodbye to a tracker over a line that may be full. */
export const GRACE_MS = 10_000;
