// The piece layers of a v2 torrent or a hybrid (BEP 52): they stand in its torrent file beside `info`, so a magnet's
// metadata does not bring them, and they come from peers. To v2 they are what `pieces` within the info is to v1: without
// them no piece of a file of several pieces can be proved. Knows which there are; asking is layer-download's.

import { toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import type { Info, TorrentFile } from '../metainfo/metainfo.ts';
import { PieceLayer } from './piece-layer.ts';

/** A file of which there is a tree. */
export type HashedFile = TorrentFile & { readonly piecesRoot: Uint8Array };

export class PieceLayers {
  /** Those that are whole, by pieces root in hex: grows as they come. */
  readonly whole: ReadonlyMap<string, Uint8Array>;
  /** Those that are not. */
  readonly missing = new Map<string, PieceLayer>();
  readonly #info: Info;
  readonly #whole: Map<string, Uint8Array>;
  readonly #served = new Map<string, PieceLayer>();
  #fileByRoot: Map<string, HashedFile> | undefined;

  /**
   * `known`: layers that were proved when the torrent file was read.
   * @throws ProtocolError `METAINFO_INVALID` for two files of one root and different lengths, which cannot be
   */
  constructor(info: Info, known: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#info = info;
    this.#whole = new Map(known);
    this.whole = this.#whole;
    for (const file of info.files) {
      if (!isHashed(file) || file.length <= info.pieceLength) continue;
      const key = toHex(file.piecesRoot);
      if (known.has(key)) continue;
      const layer = new PieceLayer(file, info.pieceLength);
      const twin = this.missing.get(key);
      if (twin !== undefined && twin.count !== layer.count) throw contradiction(file);
      this.missing.set(key, layer);
    }
  }

  get isWhole(): boolean {
    return this.missing.size === 0;
  }

  /** Takes a chunk that a peer gave; false where it does not prove itself. */
  add(layer: PieceLayer, chunk: number, hashes: Uint8Array): boolean {
    if (!layer.add(chunk, hashes)) return false;
    const { whole } = layer;
    if (whole === undefined) return true;
    const key = toHex(layer.piecesRoot);
    this.missing.delete(key);
    this.#whole.set(key, whole);
    this.#served.set(key, layer);
    return true;
  }

  /** The whole layer of a file, which has been proved. */
  learned(file: HashedFile, digests: Uint8Array): void {
    const key = toHex(file.piecesRoot);
    this.missing.delete(key);
    this.#whole.set(key, digests);
  }

  /** The file of that root; where several are equal, the first. */
  fileOf(piecesRoot: Uint8Array): HashedFile | undefined {
    if (this.#fileByRoot === undefined) {
      this.#fileByRoot = new Map();
      for (const file of this.#info.files) {
        if (!isHashed(file)) continue;
        const key = toHex(file.piecesRoot);
        if (!this.#fileByRoot.has(key)) this.#fileByRoot.set(key, file);
      }
    }
    return this.#fileByRoot.get(toHex(piecesRoot));
  }

  /** The layer of a file of several pieces, where it is whole. */
  layerOf(file: HashedFile): PieceLayer | undefined {
    const key = toHex(file.piecesRoot);
    const digests = this.#whole.get(key);
    if (digests === undefined || file.length <= this.#info.pieceLength) return undefined;
    let layer = this.#served.get(key);
    if (layer === undefined) {
      layer = new PieceLayer(file, this.#info.pieceLength, digests);
      this.#served.set(key, layer);
    }
    return layer;
  }
}

function contradiction(file: HashedFile): ProtocolError {
  const name = file.path.join('/');
  const sentence = `The torrent gives "${name}" and a file of another length the same hash.`;
  return new ProtocolError('METAINFO_INVALID', sentence, { where: name });
}

export function isHashed(file: TorrentFile): file is HashedFile {
  return file.piecesRoot !== undefined && file.length > 0;
}
