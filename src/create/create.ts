// From a plan to a torrent file: hash, put together. The data is read once, by the hasher.

import { toHex } from '../core/bytes/hex.ts';
import { type BuildFile, buildInfo, buildMetainfo } from '../core/metainfo/build.ts';
import { DIGEST_LENGTH, rootOfPieceLayer } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { Files } from '../host/files.ts';
import type { HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';
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
      files: withData.map(({ source, length, offset, modifiedMs }) => ({
        path: source,
        length,
        offset,
        modifiedMs,
      })),
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
  const files = plan.files.map(file => describe(file, plan, hashed, layers));
  const info = buildInfo({ ...described(options), ...pick(plan), files, pieces: hashed.pieces });
  const bytes = buildMetainfo(info, {
    ...described(options),
    ...(version === 'v1' ? {} : { pieceLayers: layers.pieces }),
    ...(options.blockHashes ? { blockLayers: layers.blocks } : {}),
  });
  return { bytes, info, plan };
}

/** A file as `info` has it; its layers are noted by their root. */
function describe(
  file: PlannedFile,
  plan: CreatePlan,
  hashed: HashResult,
  layers: { pieces: Map<string, Uint8Array>; blocks: Map<string, Uint8Array> },
): BuildFile {
  const { path, length, symlinkTarget } = file;
  // One by one: a spread for each would be most of the memory of a torrent of many files.
  const plain: Mutable<BuildFile> = { path, length };
  if (file.isExecutable) plain.executable = true;
  if (symlinkTarget !== undefined) plain.symlinkTarget = symlinkTarget;
  if (plan.version === 'v1' || length === 0) return plain;
  const { pieceLength } = plan;
  const first = file.offset / pieceLength;
  const isLarge = length > pieceLength;
  const layer = hashed.pieceRoots.subarray(
    first * DIGEST_LENGTH,
    (first + Math.ceil(length / pieceLength)) * DIGEST_LENGTH,
  );
  const piecesRoot = isLarge ? rootOfPieceLayer(layer, pieceLength) : layer;
  if (isLarge) layers.pieces.set(toHex(piecesRoot), layer.slice());
  if (hashed.blocks.length > 0 && length > BLOCK_LENGTH) {
    const start = (file.offset / BLOCK_LENGTH) * DIGEST_LENGTH;
    layers.blocks.set(
      toHex(piecesRoot),
      hashed.blocks.slice(start, start + Math.ceil(length / BLOCK_LENGTH) * DIGEST_LENGTH),
    );
  }
  plain.piecesRoot = piecesRoot;
  return plain;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

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
