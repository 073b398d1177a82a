// What a command has of the world: where results go (stdout), where the rest goes (stderr), what is piped in (stdin),
// and the exit status. Tests hand in another one.

import { SwarmlineError } from '../core/errors.ts';
import { colourPaint, type Environment, type Paint, plainPaint, wantsColours } from './output/paint.ts';

export interface Terminal {
  /** Results, and nothing else. */
  readonly out: Output;
  /** Progress, notes, errors. */
  readonly err: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  /** What `main` answers where a command ends without an error. */
  exitStatus: number;
}

/** As much of a stream as is used here. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(data: string | Uint8Array, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** One of the two ways out. A reader that has gone away (EPIPE) is no error: what is written after it is dropped. */
export class Output {
  readonly isTerminal: boolean;
  /** False where lines cannot be redrawn: no terminal, or a dumb one. */
  readonly canRedraw: boolean;
  readonly hasColours: boolean;
  readonly paint: Paint;
  readonly #stream: OutputStream;
  #isGone = false;

  constructor(stream: OutputStream, env: Environment) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.canRedraw = this.isTerminal && env.TERM !== 'dumb';
    this.hasColours = this.isTerminal && wantsColours(env);
    this.paint = this.hasColours ? colourPaint : plainPaint;
    // The callback of `write` tells the same; without a listener the process would end.
    stream.on('error', () => {});
  }

  /** Columns of the terminal; undefined where it is none. */
  get columns(): number | undefined {
    const { columns } = this.#stream;
    return this.isTerminal && columns !== undefined && columns > 0 ? columns : undefined;
  }

  /** Lines of the terminal; undefined where it is none. */
  get rows(): number | undefined {
    const { rows } = this.#stream;
    return this.isTerminal && rows !== undefined && rows > 0 ? rows : undefined;
  }

  /** Resolves once the bytes are given to the system. @throws SwarmlineError `OUTPUT_FAILED` */
  write(data: string | Uint8Array): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#stream.write(data, error => {
        if (error === undefined || error === null) return resolve();
        this.#isGone = true;
        if (isGoneReader(error)) return resolve();
        reject(
          new SwarmlineError('OUTPUT_FAILED', `The output cannot be written: ${error.message}.`, {
            cause: error,
          }),
        );
      });
    });
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }
}

export function processTerminal(): Terminal {
  const { env } = process;
  return {
    out: new Output(process.stdout, env),
    err: new Output(process.stderr, env),
    // Asked for only where it is read: to touch stdin opens it.
    get stdin() {
      return process.stdin;
    },
    get stdinIsTerminal() {
      return process.stdin.isTTY === true;
    },
    exitStatus: 0,
  };
}

function isGoneReader(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'EOF';
}
