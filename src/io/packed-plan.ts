// A plan for hashing threads, packed: a hundred thousand files as objects of their own would be twenty megabytes for each
// thread. The paths lie in one text, numbers in one array, in memory that all threads see; for JavaScript a file is put
// together when it is asked for.

import type { HashPlan } from '../host/piece-hasher.ts';

export interface PackedPlan {
  /** With no files in it. */
  readonly plan: HashPlan;
  /** All paths as UTF-8, one behind the other, each with a zero behind it: as the system wants them. */
  readonly paths: Uint8Array;
  /** Of each file: where its path ends with the zero, its length, its offset, and when it was changed; NaN where that is not given. */
  readonly numbers: Float64Array;
}

export function packPlan(plan: HashPlan): PackedPlan {
  const { files } = plan;
  // All in one: a call for each would take ten times as long.
  const text = files.map(({ path }) => `${path}\0`).join('');
  const paths = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)));
  Buffer.from(paths.buffer).write(text);
  const isAscii = paths.length === text.length;
  const numbers = new Float64Array(new SharedArrayBuffer(8 * NUMBERS * files.length));
  let end = 0;
  let at = 0;
  for (const { path, length, offset, modifiedMs } of files) {
    end += (isAscii ? path.length : Buffer.byteLength(path)) + 1;
    numbers[at++] = end;
    numbers[at++] = length;
    numbers[at++] = offset;
    numbers[at++] = modifiedMs ?? Number.NaN;
  }
  return { plan: { ...plan, files: [] }, paths, numbers };
}

export function unpackPlan({ plan, paths, numbers }: PackedPlan): HashPlan {
  const files = Array.from({ length: numbers.length / NUMBERS }, (_, i) => new PackedFile(i, paths, numbers));
  return { ...plan, files };
}

class PackedFile {
  readonly #index: number;
  readonly #paths: Uint8Array;
  readonly #numbers: Float64Array;

  constructor(index: number, paths: Uint8Array, numbers: Float64Array) {
    this.#index = index;
    this.#paths = paths;
    this.#numbers = numbers;
  }

  get path(): string {
    const start = this.#index === 0 ? 0 : this.#numbers[NUMBERS * (this.#index - 1)]!;
    return Buffer.from(this.#paths.slice(start, this.#numbers[NUMBERS * this.#index]! - 1)).toString();
  }

  get length(): number {
    return this.#numbers[NUMBERS * this.#index + 1]!;
  }

  get offset(): number {
    return this.#numbers[NUMBERS * this.#index + 2]!;
  }

  get modifiedMs(): number | undefined {
    const modifiedMs = this.#numbers[NUMBERS * this.#index + 3]!;
    return Number.isNaN(modifiedMs) ? undefined : modifiedMs;
  }
}

const NUMBERS = 4;
