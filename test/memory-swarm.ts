// Torrents joined in memory: no sockets, no disks, no clock but a number. Drives each as its owner must: one fact, then
// all outputs, then the next fact. Bytes between them are cut at random, as a network does.

import { Bitfield } from '../src/core/bytes/bitfield.ts';
import { concatBytes } from '../src/core/bytes/bytes.ts';
import { type Address, formatAddress } from '../src/core/bytes/compact-address.ts';
import { type Random, seededRandom } from '../src/core/bytes/prng.ts';
import type { TorrentSource } from '../src/core/engine/options.ts';
import type { Output, TorrentEvent } from '../src/core/engine/output.ts';
import { pieceChecks } from '../src/core/engine/piece-check.ts';
import { Torrent } from '../src/core/engine/torrent.ts';
import { portableHash } from '../src/core/metainfo/info-hash.ts';
import type { Info } from '../src/core/metainfo/metainfo.ts';
import { parseInfo } from '../src/core/metainfo/parse.ts';
import { blockDigests, isProved } from '../src/core/metainfo/piece-proof.ts';
import type { DataTorrent } from './torrents.ts';

export interface NodeOptions {
  readonly source: TorrentSource;
  /** The piece space with all data: a seed. */
  readonly data?: Uint8Array;
  /** Changes what it sends of a piece. */
  readonly corrupt?: (piece: number) => boolean;
  readonly wantedFiles?: readonly number[];
  /** Speaks the fast extension. @default true */
  readonly fast?: boolean;
  /** Greets by v2's hash where the other does too: BEP 52's messages are used. @default true */
  readonly v2?: boolean;
}

interface Link {
  readonly peer: MemoryNode;
  readonly number: number;
}

/** One torrent with its memory for a disk. */
export class MemoryNode {
  readonly torrent: Torrent;
  readonly address: Address;
  readonly peerId: Uint8Array;
  readonly options: NodeOptions;
  readonly events: TorrentEvent[] = [];
  readonly closed: string[] = [];
  readonly links = new Map<number, Link>();
  data = new Uint8Array(0);
  /** Buffers that are lent out. */
  lent = 0;
  sentBlocks = 0;

  constructor(options: NodeOptions, index: number, random: Random) {
    this.options = options;
    this.address = { host: `10.0.0.${index + 1}`, port: 6881 };
    this.peerId = random.fill(new Uint8Array(20));
    this.torrent = new Torrent(
      {
        source: options.source,
        wantedFiles: options.wantedFiles,
        peerId: this.peerId,
        client: `node ${index}`,
      },
      {
        random,
        pool: {
          lend: length => {
            this.lent++;
            return new Uint8Array(length).fill(0xee);
          },
          giveBack: () => void this.lent--,
        },
        hash: portableHash,
        parseInfo: raw => parseInfo(raw),
      },
    );
  }

  get isComplete(): boolean {
    return this.events.some(event => event.type === 'complete');
  }
}

export class MemorySwarm {
  now = 1000;
  readonly nodes: MemoryNode[] = [];
  readonly #random: Random;
  #tasks: (() => void)[] = [];
  #lastNumber = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  add(options: NodeOptions): MemoryNode {
    const node = new MemoryNode(options, this.nodes.length, this.#random);
    this.nodes.push(node);
    if ('info' in options.source) this.#dataChecked(node, options.source.info);
    return node;
  }

  /** `from` hears of `to`, and dials it. */
  introduce(from: MemoryNode, to: MemoryNode): void {
    this.tell(from, () => from.torrent.peersFound([to.address], 'user', this.now));
  }

  /** Lets everything happen that follows, and time pass where nothing else does, until `isDone` or for too long. */
  run(isDone: () => boolean, maxMs = 600_000): void {
    const end = this.now + maxMs;
    for (;;) {
      for (let i = 0; i < this.#tasks.length; i++) this.#tasks[i]!();
      this.#tasks = [];
      if (isDone()) return;
      const due = this.nodes.map(node => node.torrent.nextTimeout()).filter(at => at !== undefined);
      const next = Math.min(...due);
      if (next > end) throw new Error(`Not done after ${maxMs} ms.`);
      this.now = Math.max(this.now, next);
      for (const node of this.nodes) this.tell(node, () => node.torrent.timePassed(this.now));
    }
  }

  tell(node: MemoryNode, fact: () => void): void {
    fact();
    for (
      let output = node.torrent.poll(this.now);
      output !== undefined;
      output = node.torrent.poll(this.now)
    ) {
      this.#do(node, output);
    }
  }

  #do(node: MemoryNode, output: Output): void {
    switch (output.type) {
      case 'send':
        this.#later(() => this.#deliver(node, output.peer, concatBytes(output.chunks)));
        return;
      case 'close':
        node.closed.push(output.reason.code);
        this.#unlink(node, output.peer);
        return;
      case 'connect':
        this.#later(() => this.#connect(node, output.address));
        return;
      case 'store':
        this.#later(() => this.#store(node, output));
        return;
      case 'read':
        this.#later(() => {
          const bytes = this.#read(node, output.piece, output.begin, output.length);
          this.tell(node, () => node.torrent.blockRead(output.read, bytes, this.now));
        });
        return;
      case 'hash':
        this.#later(() => {
          const { pieceLength, layout } = node.torrent.info!;
          const parts = layout.segments(output.piece * pieceLength, layout.pieceSize(output.piece));
          const length = parts.at(-1)!.at + parts.at(-1)!.length;
          const digests = blockDigests(this.#read(node, output.piece, 0, length), length, portableHash);
          this.tell(node, () => node.torrent.blocksHashed(output.read, digests, this.now));
        });
        return;
      case 'event':
        node.events.push(output.event);
        if (output.event.type === 'metadata') {
          const { info } = output.event;
          this.#later(() => this.#dataChecked(node, info));
        }
        return;
      default:
        output satisfies never;
    }
  }

  #dataChecked(node: MemoryNode, info: Info): void {
    const { pieceCount } = info.layout;
    node.data = node.options.data?.slice() ?? new Uint8Array(info.layout.length);
    const have = node.options.data === undefined ? new Bitfield(pieceCount) : Bitfield.full(pieceCount);
    this.tell(node, () => node.torrent.dataChecked(have, this.now));
  }

  #connect(from: MemoryNode, address: Address): void {
    const to = this.nodes.find(node => formatAddress(node.address) === formatAddress(address));
    if (to === undefined) {
      this.tell(from, () => from.torrent.connectFailed(address, this.now));
      return;
    }
    const [here, there] = [++this.#lastNumber, ++this.#lastNumber];
    from.links.set(here, { peer: to, number: there });
    to.links.set(there, { peer: from, number: here });
    const fast = (from.options.fast ?? true) && (to.options.fast ?? true);
    const v2 = (from.options.v2 ?? true) && (to.options.v2 ?? true);
    const facts = { fast, extended: true, v2 };
    const incoming = {
      ...facts,
      address: { ...from.address, port: 50_000 + here },
      isIncoming: true,
      peerId: from.peerId,
    };
    const dialled = { ...facts, address, isIncoming: false, peerId: to.peerId };
    this.tell(to, () => to.torrent.peerConnected(there, incoming, this.now));
    this.tell(from, () => from.torrent.peerConnected(here, dialled, this.now));
  }

  #deliver(from: MemoryNode, number: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const link = from.links.get(number);
      if (link === undefined) return;
      const end = Math.min(bytes.length, at + 1 + this.#random.below(60_000));
      // Lent for the call: what is kept of it must have been copied.
      const chunk = bytes.slice(at, end);
      this.tell(link.peer, () => link.peer.torrent.receive(link.number, chunk, this.now));
      chunk.fill(0xdd);
      at = end;
    }
  }

  #unlink(node: MemoryNode, number: number): void {
    const link = node.links.get(number);
    if (link === undefined) return;
    node.links.delete(number);
    link.peer.links.delete(link.number);
    this.#later(() => this.tell(link.peer, () => link.peer.torrent.peerLeft(link.number, this.now)));
  }

  #store(node: MemoryNode, { store, piece, bytes, blockDigests: wanted }: Output & { type: 'store' }): void {
    const info = node.torrent.info!;
    const isRight = isProved(bytes, pieceChecks(info)(piece), portableHash);
    const digests = isRight && !wanted ? undefined : blockDigests(bytes, bytes.length, portableHash);
    if (isRight) node.data.set(bytes, piece * info.pieceLength);
    // The disk's part: the buffer is its own, and goes back to the pool.
    node.lent--;
    bytes.fill(0xcc);
    const verdict = digests === undefined ? isRight : { isRight, blockDigests: digests };
    this.tell(node, () => node.torrent.pieceStored(store, verdict, this.now));
  }

  #read(node: MemoryNode, piece: number, begin: number, length: number): Uint8Array {
    const start = piece * node.torrent.info!.pieceLength + begin;
    const bytes = node.data.slice(start, start + length);
    if (node.options.corrupt?.(piece)) bytes[0]! ^= 1;
    node.sentBlocks += Math.ceil(length / 16_384);
    return bytes;
  }

  #later(task: () => void): void {
    this.#tasks.push(task);
  }
}

/** The piece space of a torrent: its files where they lie, zeros between. */
export function pieceSpace({ metainfo, files }: DataTorrent): Uint8Array {
  const space = new Uint8Array(metainfo.layout.length);
  for (const [i, file] of metainfo.files.entries()) space.set(files[i]!.data, file.offset);
  return space;
}
