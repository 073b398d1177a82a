// The exchange of one torrent, live: on a terminal a block that is redrawn in place, elsewhere a line when something has
// changed. When and where it is shown; what is shown is in swarm-picture.

import type { Output } from '../terminal.ts';
import { LiveBlock } from './live-block.ts';
import { describeSwarm, drawSwarm, type ShownTorrent, situation } from './swarm-picture.ts';

export interface SwarmViewOptions {
  readonly torrent: ShownTorrent;
  readonly stream: Output;
  /** A sentence that says why no peers are found, where something is wrong. */
  readonly fault: () => string | undefined;
  /** The torrent's name goes above the picture, where nothing above has told it. */
  readonly hasTitle: boolean;
  /** More to be said, a line each. */
  readonly notes?: () => readonly string[];
  /** Nothing is drawn while it is so. */
  readonly isQuiet?: () => boolean;
  /** One more line of the picture alone: it changes too often for lines that stay. */
  readonly reach?: () => string | undefined;
}

/** Shows until `close`, which leaves the screen as it was before. */
export class SwarmView {
  readonly #options: SwarmViewOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #block: LiveBlock | undefined;
  #told = '';
  #toldLine = '';
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: SwarmViewOptions) {
    this.#options = options;
    if (options.stream.canRedraw) {
      this.#block = new LiveBlock(options.stream);
      this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
      this.#draw();
    } else this.#timer = setInterval(() => this.#tell(performance.now()), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#block?.close();
  }

  /** Takes the block away while something that stays is written. */
  pause(write: () => Promise<void>): void {
    this.#block?.erase();
    write().catch(() => {});
  }

  #draw(): void {
    const { torrent, stream, fault, hasTitle, notes, reach, isQuiet } = this.#options;
    if (isQuiet?.() === true) return;
    const { columns = 80, rows = 24, paint } = stream;
    const more = {
      fault: fault(),
      hasTitle,
      notes: [...(notes?.() ?? []), reach?.()].filter(note => note !== undefined),
    };
    this.#block!.draw(drawSwarm(torrent, { columns, rows: rows - 1, paint, ...more }));
  }

  /** A change of what it is doing at once, new figures of the same now and then: a log must not fill up. */
  #tell(now: number): void {
    const { torrent, stream, fault, notes } = this.#options;
    const what = [situation(torrent, torrent.peers(), fault()), ...(notes?.() ?? [])].join(', ');
    if (what === this.#told && (torrent.stats().isComplete || now - this.#toldAt < TELL_AGAIN_MS)) return;
    const line = describeSwarm(torrent, what);
    if (line === this.#toldLine) return;
    this.#told = what;
    this.#toldLine = line;
    this.#toldAt = now;
    stream.line(line).catch(() => {});
  }
}

const REDRAW_MS = 250;
const LOOK_MS = 2_000;
const TELL_AGAIN_MS = 10_000;
