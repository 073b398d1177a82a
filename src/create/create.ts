// From a plan to a torrent file: hash, put together. The data is read once, by the hasher.

import { toHex } from '../core/bytes/hex.ts';
import { type BuildFile, buildTorrent, writeFileList } from '../core/metainfo/build.ts';
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
  const hashing = hasher.hash(
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
  const [fileList, hashed] = await Promise.all([writtenMeanwhile(plan), hashing]);

  const layers = { pieces: new Map<string, Uint8Array>(), blocks: new Map<string, Uint8Array>() };
  // v1 asks no more of them than the list that is written.
  const isListed = version === 'v1' && fileList !== undefined;
  const files = isListed ? [] : plan.files.map(file => new HashedFile(file, plan, hashed));
  for (const file of files) file.noteLayers(layers);
  const built = buildTorrent(
    { ...described(options), ...pick(plan), files, fileList, pieces: hashed.pieces },
    {
      ...described(options),
      ...(version === 'v1' ? {} : { pieceLayers: layers.pieces }),
      ...(options.blockHashes ? { blockLayers: layers.blocks } : {}),
    },
  );
  return { bytes: built.bytes, info: built.info, plan };
}

/** What `info` says of the files for v1: while they are hashed, which others do. */
async function writtenMeanwhile({ version, isFolder, pieceLength, files }: CreatePlan) {
  if (version === 'v2' || !isFolder) return undefined;
  return writeFileList({ version, pieceLength, files: files.map(file => new ListedFile(file)) });
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
class ListedFile implements BuildFile {
  readonly #file: PlannedFile;

  constructor(file: PlannedFile) {
    this.#file = file;
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
}

class HashedFile extends ListedFile {
  readonly #offset: number;
  readonly #plan: CreatePlan;
  readonly #hashed: HashResult;

  constructor(file: PlannedFile, plan: CreatePlan, hashed: HashResult) {
    super(file);
    this.#offset = file.offset;
    this.#plan = plan;
    this.#hashed = hashed;
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
    const start = (this.#offset / BLOCK_LENGTH) * DIGEST_LENGTH;
    layers.blocks.set(root, blocks.slice(start, start + Math.ceil(length / BLOCK_LENGTH) * DIGEST_LENGTH));
  }

  /** The digests of its pieces. */
  #layer(): Uint8Array {
    const { pieceLength } = this.#plan;
    const first = this.#offset / pieceLength;
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
