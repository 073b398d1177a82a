import { describe, expect, it } from 'vitest';
import { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import { type FileStreamSource, type PieceWindow, streamFile } from './file-stream.ts';

// Pieces of ten bytes; the file is bytes 5…34 of the piece space, whose bytes are their own places.
const FILE = { offset: 5, length: 30 };
const layout = new Layout([{ offset: 0, length: 5 }, FILE], 10, { shortPieces: false });

class Source implements FileStreamSource {
  readonly layout = layout;
  readonly have = new Set<number>();
  readonly windows: (PieceWindow | undefined)[] = [];
  error: SwarmlineError | undefined;
  #listeners = new Set<() => void>();

  hasPiece(piece: number): boolean {
    return this.have.has(piece);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  fault(): SwarmlineError | undefined {
    return this.error;
  }

  read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.from({ length }, (_, i) => piece * 10 + begin + i));
  }

  want(window: PieceWindow | undefined): void {
    this.windows.push(window);
  }

  got(...pieces: number[]): void {
    for (const piece of pieces) this.have.add(piece);
    this.changed();
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

async function take(stream: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}

describe('a stream of a file', () => {
  it('gives its bytes in order, whatever the order of the pieces', async () => {
    const source = new Source();
    const taken = take(streamFile(FILE, {}, source));
    source.got(3, 1);
    source.got(0);
    source.got(2);
    expect(await taken).toEqual(Array.from({ length: 30 }, (_, i) => 5 + i));
    expect(source.listenerCount).toBe(0);
  });

  it('gives a range, one past its end like slice', async () => {
    const source = new Source();
    source.got(0, 1, 2, 3);
    expect(await take(streamFile(FILE, { start: 4, end: 7 }, source))).toEqual([9, 10, 11]);
    expect(await take(streamFile(FILE, { start: 30 }, source))).toEqual([]);
    await expect(take(streamFile(FILE, { start: 0, end: 31 }, source))).rejects.toThrow(
      'is not in a file of 30',
    );
  });

  it('asks for what comes next, no further than its range, and for nothing when it is left', async () => {
    const source = new Source();
    source.got(0, 1, 2, 3);
    for await (const chunk of streamFile(FILE, { end: 21 }, source)) {
      if (chunk[0]! >= 10) break;
    }
    expect(source.windows).toEqual([{ first: 0, end: 3 }, { first: 1, end: 3 }, undefined]);
  });

  it('ends with what ended the torrent, and with the reason of its signal', async () => {
    const source = new Source();
    const failed = expect(take(streamFile(FILE, {}, source))).rejects.toThrow('The disk is full.');
    source.error = new SwarmlineError('DISK_FULL', 'The disk is full.');
    source.changed();
    await failed;

    const waiting = new Source();
    const controller = new AbortController();
    const aborted = expect(take(streamFile(FILE, { signal: controller.signal }, waiting))).rejects.toThrow(
      'enough',
    );
    controller.abort(new Error('enough'));
    await aborted;
    expect(waiting.listenerCount).toBe(0);
    expect(waiting.windows.at(-1)).toBeUndefined();
  });
});
