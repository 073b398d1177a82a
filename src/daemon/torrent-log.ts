// The last things that happened to a torrent, as sentences: for whoever asks why it does what it does. Nothing is kept of
// a torrent to which nothing has happened.

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

export class TorrentLog {
  #lines: LogLine[] | undefined;

  /** The oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines ?? [];
  }

  /** The same sentence twice running is one line, of the later time. */
  add(line: LogLine): void {
    this.#lines ??= [];
    const lines = this.#lines;
    if (lines.at(-1)?.text === line.text) lines.pop();
    lines.push(line);
    if (lines.length > MAX_LINES) lines.splice(0, lines.length - MAX_LINES);
  }
}

const MAX_LINES = 200;
