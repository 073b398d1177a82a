// Reads the files of a plan in one thread: keeps some open, tells each fault once, and looks whether a file is what the plan
// says it is.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { HashFault, HashPlan } from '../host/piece-hasher.ts';
import { alignedBytes, PAGE_LENGTH } from './aligned-bytes.ts';
import { faultOf } from './file-fault.ts';

export class PlanFiles {
  readonly faults: HashFault[] = [];
  readonly #plan: HashPlan;
  readonly #onFault: () => void;
  readonly #onSlowRead: () => void;
  readonly #maxOpen: number;
  /** Descriptors by file; the one that was used last is the last. */
  readonly #open = new Map<number, number>();
  #lastFile = -1;
  #lastDescriptor = -1;
  /** Files with a fault that is told; and those of them that cannot be read at all. */
  readonly #told = new Set<number>();
  readonly #lost = new Set<number>();
  #scratch: Uint8Array | undefined;

  constructor(
    plan: HashPlan,
    { maxOpen, onFault, onSlowRead }: { maxOpen: number; onFault: () => void; onSlowRead: () => void },
  ) {
    this.#plan = plan;
    this.#maxOpen = maxOpen;
    this.#onFault = onFault;
    this.#onSlowRead = onSlowRead;
  }

  /** Reads `length` bytes of a file at `position` to `at`; false where they are not there, which is told. */
  read(file: number, position: number, length: number, bytes: Uint8Array, at: number): boolean {
    const descriptor = this.#descriptorOf(file);
    if (descriptor === undefined) return false;
    // The kernel copies whole pages fast, and those that lie otherwise slowly: a second copy costs less (aligned-bytes).
    const from = position % PAGE_LENGTH;
    if (length < PAGE_LENGTH || (bytes.byteOffset + at) % PAGE_LENGTH === from)
      return this.#readInto(file, descriptor, bytes, at, length, position);
    this.#scratch ??= alignedBytes(SCRATCH_LENGTH + PAGE_LENGTH);
    for (let done = 0; done < length; ) {
      const wanted = Math.min(SCRATCH_LENGTH, length - done);
      const place = (position + done) % PAGE_LENGTH;
      if (!this.#readInto(file, descriptor, this.#scratch, place, wanted, position + done)) return false;
      bytes.set(this.#scratch.subarray(place, place + wanted), at + done);
      done += wanted;
    }
    return true;
  }

  /** Closes all, and compares each with the plan: was it the same file all the time? */
  close(): void {
    for (const [file, descriptor] of this.#open) this.#close(file, descriptor);
    this.#open.clear();
    this.#lastFile = -1;
  }

  #readInto(
    file: number,
    descriptor: number,
    bytes: Uint8Array,
    at: number,
    wanted: number,
    position: number,
  ): boolean {
    let got = 0;
    const start = performance.now();
    try {
      while (got < wanted) {
        const count = readSync(descriptor, bytes, at + got, wanted - got, position + got);
        if (count === 0) break;
        got += count;
      }
    } catch (error) {
      this.#lose(file, error);
      return false;
    }
    if (performance.now() - start > SLOW_READ_MS) this.#onSlowRead();
    if (got < wanted) this.#tell(file, { length: position + got });
    return got === wanted;
  }

  #descriptorOf(file: number): number | undefined {
    if (file === this.#lastFile) return this.#lastDescriptor;
    if (this.#lost.has(file)) return undefined;
    let descriptor = this.#open.get(file);
    if (descriptor !== undefined) this.#open.delete(file);
    else {
      if (this.#open.size >= this.#maxOpen) this.#closeOldest();
      descriptor = this.#openFile(file);
      if (descriptor === undefined) return undefined;
    }
    this.#open.set(file, descriptor);
    this.#lastFile = file;
    this.#lastDescriptor = descriptor;
    return descriptor;
  }

  #openFile(file: number): number | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.#plan.files[file]!.path, OPEN_FLAGS);
      if (this.#plan.onFault === 'record') {
        const stat = fstatSync(descriptor);
        if (stat.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
        // A check goes on with a file that is too long or too short: the pieces that are there may be right.
        this.#compare(file, stat);
      }
      return descriptor;
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      this.#lose(file, error);
      return undefined;
    }
  }

  #closeOldest(): void {
    const [file, descriptor] = this.#open.entries().next().value!;
    this.#open.delete(file);
    this.#close(file, descriptor);
  }

  #close(file: number, descriptor: number): void {
    if (file === this.#lastFile) this.#lastFile = -1;
    try {
      // By its name: what was removed or put aside meanwhile is whole for who has it open.
      if (this.#plan.onFault === 'fail') this.#compare(file, statSync(this.#plan.files[file]!.path));
    } catch (error) {
      this.#lose(file, error);
    }
    closeSync(descriptor);
  }

  /** Compares what is on disk with what the plan says: length, and time where it is given. */
  #compare(file: number, stat: Stats): void {
    const { length, modifiedMs } = this.#plan.files[file]!;
    const isSame = stat.size === length && (modifiedMs === undefined || stat.mtimeMs === modifiedMs);
    if (!isSame) this.#tell(file, { length: stat.size });
  }

  #lose(file: number, cause: unknown): void {
    this.#lost.add(file);
    this.#tell(file, cause);
  }

  #tell(file: number, cause: unknown): void {
    if (this.#plan.onFault === 'fail') this.#onFault();
    if (this.#told.has(file)) return;
    this.#told.add(file);
    this.faults.push(faultOf(this.#plan.files[file]!, file, cause));
  }
}

// A pipe in the place of a file must not hold the thread until someone writes to it. (Windows has no such flag.)
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const SCRATCH_LENGTH = 262_144;
// 256 KiB from the page cache take 0.05 ms here, from a fast disk 0.3 and more.
const SLOW_READ_MS = 0.3;
