// The disk for Node: threads that hash, write and read, so that the main thread has the network to itself. What becomes of a
// torrent's pieces is in disk-torrent; what is done with the parts of files, in disk-worker.

import { availableParallelism } from 'node:os';
import type { Disk, DiskPlan, DiskTorrent } from '../host/disk.ts';
import { DiskThreads, type DiskThreadsOptions } from './disk-threads.ts';
import { NodeDiskTorrent } from './disk-torrent.ts';
import { openFileLimit } from './open-file-limit.ts';
import { BoundedPiecePool } from './piece-pool.ts';
import { ReadBuffers } from './read-buffers.ts';

export interface NodeDiskOptions {
  /**
   * Started when there is work for them. @default one less than cores, 2…4: the network has a core to itself; and two on two
   * cores, since a hybrid's two hashes keep one thread busier than the network is (a fifth less time, and no more for v1)
   */
  readonly threads?: number;
  /** Pieces being downloaded and written. @default 134,217,728 (128 MiB; libtorrent queues 100 MiB) */
  readonly pieceBytes?: number;
  /**
   * Whole pieces that wait to be hashed and written: with more, no new piece is begun.
   * @default 33,554,432: half of it may wait to be hashed side by side while the other half is; more hurries no disk
   */
  readonly unwrittenBytes?: number;
  /**
   * Files that are open at a time, of all torrents and threads.
   * @default 512, or a quarter of what the system lets this program open, for sockets are files too
   */
  readonly maxOpenFiles?: number;
}

export function nodeDisk(options: NodeDiskOptions = {}): Disk {
  return new NodeDisk(options);
}

class NodeDisk implements Disk {
  readonly pool: BoundedPiecePool;
  readonly #threadOptions: DiskThreadsOptions;
  #threads: DiskThreads | undefined;
  #lastTorrent = 0;
  readonly #readBuffers = new ReadBuffers();

  constructor(options: NodeDiskOptions) {
    const { pieceBytes = 134_217_728, unwrittenBytes = 33_554_432 } = options;
    this.pool = new BoundedPiecePool(pieceBytes, unwrittenBytes);
    this.#threadOptions = {
      count: options.threads ?? Math.max(2, Math.min(4, availableParallelism() - 1)),
      isMoreComing: () => this.pool.isFilling,
      maxOpenFiles: options.maxOpenFiles ?? Math.min(512, Math.floor(openFileLimit() / 4)),
    };
  }

  open(plan: DiskPlan): DiskTorrent {
    this.#threads ??= new DiskThreads(this.#threadOptions);
    return new NodeDiskTorrent(++this.#lastTorrent, plan, {
      pool: this.pool,
      threads: this.#threads,
      readBuffers: this.#readBuffers,
    });
  }

  release(bytes: Uint8Array): void {
    this.#readBuffers.release(bytes);
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    this.#threads = undefined;
  }
}
