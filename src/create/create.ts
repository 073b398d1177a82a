// From a plan to a torrent file: hash, put together. The data is read once, by the hasher.

import { toHex } from '../core/bytes/hex.ts';
import { type BuildFile, buildTorrent } from '../core/metainfo/build.ts';
import { DIGEST_LENGTH, rootOfPieceLayer } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { Files } from '../host/files.ts';
import type { HashFile, HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';
import type { CreateOptions } from './options.ts';
import { type CreatePlan, type PlannedFile, planTorrent } from './plan.ts';

export interface CreatedTorrent {
  /** The torrent file. */
  readonly bytes: Uint8Array;
  /** Its `info` dictionary: what the info hashes are taken of. */
  readonly info: Uint8Array;
  readonly plan: CreatePlan;
}

export interface CreateDeps {
  readonly files: Files;
  readonly hasher: PieceHasher;
}

/**
 * Makes a torrent of one path, or of several under one name.
 * @throws SwarmlineError those of `planTorrent` and of `PieceHasher.hash`
 */
export async function createTorrent(
  paths: readonly string[],
  options: CreateOptions,
  deps: CreateDeps,
  progress: HashProgress = {},
): Promise<CreatedTorrent> {
  return hashTorrent(
    await planTorrent(paths, options, deps.files, progress.signal),
    options,
    deps.hasher,
    progress,
  );
}

/** The second half of `createTorrent`: for those who have shown the plan first. */
export async function hashTorrent(
  plan: CreatePlan,
  options: CreateOptions,
  hasher: PieceHasher,
  progress: HashProgress = {},
): Promise<CreatedTorrent> {
  const { version, pieceLength } = plan;
  const withData = plan.files.filter(file => file.length > 0);
  const hashed = await hasher.hash(
    {
      files: withData.map(file => new FileToHash(file)),
      pieceLength,
      length: plan.spaceLength,
      v1: version !== 'v2',
      v2: version !== 'v1',
      keepBlocks: options.blockHashes ?? false,
      onFault: 'fail',
    },
    progress,
  );

  const layers = { pieces: new Map<string, Uint8Array>(), blocks: new Map<string, Uint8Array>() };
  const files = plan.files.map(file => new HashedFile(file, plan, hashed));
  for (const file of files) file.noteLayers(layers);
  const built = buildTorrent(
    { ...described(options), ...pick(plan), files, pieces: hashed.pieces },
    {
      ...described(options),
      ...(version === 'v1' ? {} : { pieceLayers: layers.pieces }),
      ...(options.blockHashes ? { blockLayers: layers.blocks } : {}),
    },
  );
  return { bytes: built.bytes, info: built.info, plan };
}

/** A file as the hasher wants it: a view, half as large as what it says. */
class FileToHash implements HashFile {
  readonly #file: PlannedFile;

  constructor(file: PlannedFile) {
    this.#file = file;
  }

  get path(): string {
    return this.#file.source;
  }

  get length(): number {
    return this.#file.length;
  }

  get offset(): number {
    return this.#file.offset;
  }

  get modifiedMs(): number {
    return this.#file.modifiedMs;
  }
}

/** A file as `info` has it: a view, for a hundred thousand of them with all that they say would be forty megabytes. */
class HashedFile implements BuildFile {
  readonly #file: PlannedFile;
  readonly #plan: CreatePlan;
  readonly #hashed: HashResult;

  constructor(file: PlannedFile, plan: CreatePlan, hashed: HashResult) {
    this.#file = file;
    this.#plan = plan;
    this.#hashed = hashed;
  }

  get path(): readonly string[] {
    return this.#file.path;
  }

  get length(): number {
    return this.#file.length;
  }

  get executable(): boolean {
    return this.#file.isExecutable;
  }

  get symlinkTarget(): readonly string[] | undefined {
    return this.#file.symlinkTarget;
  }

  get piecesRoot(): Uint8Array | undefined {
    const { version, pieceLength } = this.#plan;
    if (version === 'v1' || this.length === 0) return undefined;
    const layer = this.#layer();
    return this.length > pieceLength ? rootOfPieceLayer(layer, pieceLength) : layer;
  }

  /** By its root, where it has any. */
  noteLayers(layers: { pieces: Map<string, Uint8Array>; blocks: Map<string, Uint8Array> }): void {
    const { length } = this;
    const { version, pieceLength } = this.#plan;
    const { blocks } = this.#hashed;
    const hasPieces = version !== 'v1' && length > pieceLength;
    const hasBlocks = version !== 'v1' && blocks.length > 0 && length > BLOCK_LENGTH;
    if (!hasPieces && !hasBlocks) return;
    const root = toHex(this.piecesRoot!);
    if (hasPieces) layers.pieces.set(root, this.#layer());
    if (!hasBlocks) return;
    const start = (this.#file.offset / BLOCK_LENGTH) * DIGEST_LENGTH;
    layers.blocks.set(root, blocks.slice(start, start + Math.ceil(length / BLOCK_LENGTH) * DIGEST_LENGTH));
  }

  /** The digests of its pieces. */
  #layer(): Uint8Array {
    const { pieceLength } = this.#plan;
    const first = this.#file.offset / pieceLength;
    const end = first + Math.ceil(this.length / pieceLength);
    return this.#hashed.pieceRoots.slice(first * DIGEST_LENGTH, end * DIGEST_LENGTH);
  }
}

/** What the options say and the torrent repeats; `exactOptionalPropertyTypes` wants the undefined left out. */
function described(options: CreateOptions) {
  const { trackers, webSeeds, nodes, source, comment, createdBy, creationDate, similar, collections } =
    options;
  return {
    ...(trackers === undefined ? {} : { trackers }),
    ...(webSeeds === undefined ? {} : { webSeeds }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(options.private === undefined ? {} : { private: options.private }),
    ...(source === undefined ? {} : { source }),
    ...(comment === undefined ? {} : { comment }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(creationDate === undefined ? {} : { creationDate }),
    ...(similar === undefined ? {} : { similar }),
    ...(collections === undefined ? {} : { collections }),
  };
}

function pick({ version, name, pieceLength, isFolder }: CreatePlan) {
  return { version, name, pieceLength, isFolder };
}
