// Runs a program when a torrent is complete, without a shell: what it is told stands in environment variables. Nothing waits for
// it; what becomes of it is in the torrent's log.

import { spawn } from 'node:child_process';
import type { Library, LibraryTorrent } from '../daemon/library.ts';
import { describeSystemError } from '../io/file-fault.ts';

export interface OnCompleteOptions {
  readonly library: Library;
  /** A path, asked when a torrent is complete; undefined: nothing is run. */
  readonly program: () => string | undefined;
  /** How many run at a time; the others wait. @default 4 */
  readonly maxAtOnce?: number;
}

export class OnComplete {
  readonly #library: Library;
  readonly #program: () => string | undefined;
  readonly #maxAtOnce: number;
  readonly #waiting: { readonly program: string; readonly entry: LibraryTorrent }[] = [];
  #running = 0;

  constructor({ library, program, maxAtOnce = 4 }: OnCompleteOptions) {
    this.#library = library;
    this.#program = program;
    this.#maxAtOnce = maxAtOnce;
  }

  completed(entry: LibraryTorrent): void {
    const program = this.#program();
    if (program === undefined) return;
    this.#waiting.push({ program, entry });
    this.#next();
  }

  /** Those that wait are not run; those that run go on. */
  close(): void {
    this.#waiting.length = 0;
  }

  #next(): void {
    if (this.#running >= this.#maxAtOnce) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { program, entry } = next;
    this.#running++;
    run(program, entry, (level, text) => {
      this.#running--;
      this.#library.note(entry, level, text);
      this.#next();
    });
  }
}

function run(
  program: string,
  entry: LibraryTorrent,
  done: (level: 'info' | 'warning', text: string) => void,
): void {
  let said = '';
  let isDone = false;
  const end = (level: 'info' | 'warning', text: string) => {
    if (!isDone) done(level, text);
    isDone = true;
  };
  const child = spawn(program, [], {
    env: { ...ownEnvironment(), ...facts(entry) },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The daemon may end before it.
  child.unref();
  const { stderr } = child;
  stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(-MAX_SAID);
  });
  (stderr as typeof stderr & { unref?: () => void }).unref?.();
  child.once('error', error => end('warning', `"${program}" cannot be run: ${describeSystemError(error)}.`));
  child.once('close', (code, signal) => {
    if (code === 0) end('info', `"${program}" was run.`);
    else {
      const how = signal === null ? `with status ${code}` : `by ${signal}`;
      const why = said.trim() === '' ? '' : ` It said: ${said.trim()}`;
      end('warning', `"${program}" ended ${how}.${why}`);
    }
  });
}

function facts({ id, torrent, labels }: LibraryTorrent): Record<string, string> {
  const totals = torrent.totals();
  return {
    SWARMLINE_ID: id,
    SWARMLINE_NAME: torrent.name ?? id,
    SWARMLINE_FOLDER: torrent.downloadDir,
    SWARMLINE_LABELS: labels.join(','),
    SWARMLINE_LENGTH: `${torrent.info?.layout.dataLength ?? 0}`,
    SWARMLINE_FILES: `${torrent.files.length}`,
    SWARMLINE_TRACKER: torrent.trackerTiers[0]?.[0] ?? '',
    SWARMLINE_ADDED_AT: new Date(totals.addedAt).toISOString(),
    // What Transmission's scripts look for.
    TR_TORRENT_HASH: id,
    TR_TORRENT_NAME: torrent.name ?? id,
    TR_TORRENT_DIR: torrent.downloadDir,
    TR_TORRENT_LABELS: labels.join(','),
    TR_TORRENT_BYTES_DOWNLOADED: `${totals.downloaded}`,
    TR_TORRENT_TRACKERS: torrent.trackerTiers.flat().join(','),
    TR_TIME_LOCALTIME: new Date().toString(),
  };
}

/** Without what is a secret of the daemon's. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { SWARMLINE_TOKEN: _, ...env } = process.env;
  return env;
}

const MAX_SAID = 1000;
