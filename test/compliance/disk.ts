// What every Disk must do, told with a torrent of one file of 300,000 bytes. Each disk's test calls this with a way to make
// one: the simulator's holds no files, so that nothing here looks at any.

import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../src/core/bytes/bitfield.ts';
import { pieceChecks } from '../../src/core/engine/piece-check.ts';
import type { SwarmlineError } from '../../src/core/errors.ts';
import type { Disk, DiskTorrent, FileStates, IfThere, MovedFiles } from '../../src/host/disk.ts';
import type { SimContent } from '../../src/lab/sim/sim-content.ts';

export interface DiskUnderTest {
  readonly disk: Disk;
  readonly content: SimContent;
  /** Of an empty folder. */
  newFolder(): string;
  /** Waits for it, and lets what it waits for happen. */
  settle<Value>(promise: Promise<Value>): Promise<Value>;
}

export function describeDisk(name: string, make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  const open = async () => new Visitor(await make());

  describe(`${name} as a Disk`, () => {
    it('has nothing in a new folder, and then what was stored', async () => {
      const visitor = await open();
      const torrent = visitor.open(visitor.newFolder());
      expect(await torrent.look()).toMatchObject({ lengths: Float64Array.of(-1) });
      for (let piece = 0; piece < visitor.pieceCount; piece++) expect(await torrent.store(piece)).toBe(true);
      expect(await torrent.read(2)).toEqual(visitor.bytesOf(2));
      expect((await torrent.look()).lengths[0]).toBe(300_000);
      expect(await torrent.check()).toEqual([0, 1, 2, 3, 4]);
    });

    it('stores nothing that is wrong', async () => {
      const visitor = await open();
      const torrent = visitor.open(visitor.newFolder());
      expect(await torrent.store(1, new Uint8Array(65_536))).toMatchObject({ isRight: false });
      expect(await torrent.check()).toEqual([]);
    });

    it('has the same pieces whatever is wanted, and loses none of them', async () => {
      const visitor = await open();
      const torrent = visitor.open(visitor.newFolder());
      await torrent.look();
      await torrent.store(1);
      for (const isWanted of [false, true]) {
        expect(await torrent.setWanted(() => isWanted)).toEqual({ lost: [] });
        expect(await torrent.read(1)).toEqual(visitor.bytesOf(1));
      }
      expect(await torrent.check()).toEqual([1]);
    });

    it('reserves what is not there, once, and nothing that is stored is lost by it', async () => {
      const visitor = await open();
      const torrent = visitor.open(visitor.newFolder());
      await torrent.look();
      await torrent.store(0);
      const have = new Bitfield(visitor.pieceCount);
      have.add(0);
      const told: number[][] = [];
      expect(await torrent.reserve(have, told)).toBeUndefined();
      const [reserved, total] = told.at(-1)!;
      expect(reserved).toBe(total);
      expect(total).toBeGreaterThan(200_000);
      expect(await torrent.read(0)).toEqual(visitor.bytesOf(0));
      await torrent.store(3);
      have.add(3);
      const again: number[][] = [];
      expect(await torrent.reserve(have, again)).toBeUndefined();
      expect(again).toEqual([]);
      expect(await torrent.check()).toEqual([0, 3]);
    });

    it('moves to another folder, after that was written down; jobs go on there', async () => {
      const visitor = await open();
      const [from, to] = [visitor.newFolder(), visitor.newFolder()];
      const torrent = visitor.open(from);
      await torrent.look();
      await torrent.store(0);
      const said: string[] = [];
      const moved = torrent.move(to, 'refuse', goOn => {
        said.push('begun');
        goOn();
      });
      const [result, read] = await Promise.all([moved, torrent.read(0)]);
      said.push('moved');
      expect(result).toMatchObject({ copied: [] });
      expect(read).toEqual(visitor.bytesOf(0));
      expect(said).toEqual(['begun', 'moved']);
      expect(await torrent.store(1)).toBe(true);
      expect(await torrent.tidy(from)).toBeUndefined();
      expect(await torrent.check()).toEqual([0, 1]);
      expect(await visitor.open(to).check()).toEqual([0, 1]);
      expect(await visitor.open(from).check()).toEqual([]);
    });

    it('does not move to where something else is, unless it may be overwritten', async () => {
      const visitor = await open();
      const [from, to] = [visitor.newFolder(), visitor.newFolder()];
      await visitor.open(to).store(4);
      const torrent = visitor.open(from);
      await torrent.look();
      await torrent.store(0);
      const begun = () => expect.fail('It has begun.');
      expect(await torrent.move(to, 'refuse', begun)).toMatchObject({ code: 'FILE_EXISTS' });
      expect(await torrent.check()).toEqual([0]);
      expect(await torrent.move(to, 'overwrite')).toMatchObject({ copied: [] });
      expect(await torrent.check()).toEqual([0]);
    });

    it('gives up a move that has moved nothing', async () => {
      const visitor = await open();
      const [from, to] = [visitor.newFolder(), visitor.newFolder()];
      const torrent = visitor.open(from);
      await torrent.look();
      await torrent.store(0);
      let giveUp = () => {};
      const moved = torrent.move(to, 'refuse', undefined, cancel => {
        giveUp = cancel;
      });
      giveUp();
      expect(await moved).toMatchObject({ code: 'MOVE_GIVEN_UP' });
      expect(await torrent.check()).toEqual([0]);
      expect(await visitor.open(to).check()).toEqual([]);
    });
  });
}

class Visitor {
  readonly #under: DiskUnderTest;

  constructor(under: DiskUnderTest) {
    this.#under = under;
  }

  get pieceCount(): number {
    return this.#under.content.metainfo.layout.pieceCount;
  }

  newFolder(): string {
    return this.#under.newFolder();
  }

  bytesOf(piece: number): Uint8Array {
    const { bytes, metainfo } = this.#under.content;
    const start = piece * metainfo.pieceLength;
    return bytes.slice(start, start + metainfo.layout.pieceSize(piece));
  }

  open(folder: string): OpenTorrent {
    const { disk, content } = this.#under;
    const { files, layout } = content.metainfo;
    const checkOf = pieceChecks(content.metainfo);
    const plan = { folder, sources: undefined, files, layout, checkOf, partFile: '.parts' };
    return new OpenTorrent(disk.open({ ...plan, isWanted: () => true }), this, this.#under);
  }
}

type Fault = SwarmlineError;

class OpenTorrent {
  readonly #torrent: DiskTorrent;
  readonly #visitor: Visitor;
  readonly #under: DiskUnderTest;

  constructor(torrent: DiskTorrent, visitor: Visitor, under: DiskUnderTest) {
    this.#torrent = torrent;
    this.#visitor = visitor;
    this.#under = under;
  }

  look(): Promise<FileStates> {
    return this.#told(done => this.#torrent.look(result => done(result as FileStates)));
  }

  store(piece: number, bytes = this.#visitor.bytesOf(piece)): Promise<unknown> {
    const lent = this.#under.disk.pool.lend(bytes.length, 0)!.subarray(0, bytes.length);
    lent.set(bytes);
    return this.#told(done => this.#torrent.store(piece, lent, done));
  }

  read(piece: number): Promise<Uint8Array> {
    const { length } = this.#visitor.bytesOf(piece);
    return this.#told(done =>
      this.#torrent.read(piece, 0, length, result => done((result as Uint8Array).slice())),
    );
  }

  check(): Promise<number[]> {
    const right: number[] = [];
    return this.#told(done =>
      this.#torrent.check(
        (piece, isRight) => void (isRight && right.push(piece)),
        () => done(right.sort((a, b) => a - b)),
      ),
    );
  }

  setWanted(isWanted: () => boolean): Promise<unknown> {
    return this.#told(done => this.#torrent.setWanted(isWanted, done));
  }

  reserve(have: Bitfield, told: number[][]): Promise<Fault | undefined> {
    return this.#told(done =>
      this.#torrent.reserve(() => have, { progress: (...progress) => told.push(progress), done }),
    );
  }

  move(
    folder: string,
    ifThere: IfThere,
    begun: (goOn: () => void) => void = goOn => goOn(),
    cancellable: (cancel: () => void) => void = () => {},
  ): Promise<MovedFiles | Fault> {
    const paths = this.#under.content.metainfo.files.map(({ path }) => path);
    return this.#told(done =>
      cancellable(
        this.#torrent.move(
          { folder, paths },
          { ifThere, isResumed: false },
          { begun, progress: () => {}, done },
        ),
      ),
    );
  }

  tidy(folder: string): Promise<Fault | undefined> {
    const paths = this.#under.content.metainfo.files.map(({ path }) => path);
    return this.#told(done => this.#torrent.tidy({ folder, paths }, [], done));
  }

  #told<Value>(ask: (done: (value: Value) => void) => unknown): Promise<Value> {
    return this.#under.settle(new Promise<Value>(resolve => ask(resolve)));
  }
}
