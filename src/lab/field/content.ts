// What a run in the field distributes: noise, the same for the same seed, and its torrent. And whether a copy is right.

import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { createTorrent } from '../../create.ts';
import type { SwarmPlan } from '../plan.ts';

export interface FieldContent {
  /** Where the whole file is. */
  readonly folder: string;
  readonly torrent: string;
  readonly pieceLength: number;
  readonly digest: string;
}

export const CONTENT_NAME = 'content.bin';

/** The folder for what a run writes: in memory where there is room, so that no disk limits it. */
export async function roomyFolder(bytes: number): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY_FOLDER);
    if (bavail * bsize > 2 * bytes) return MEMORY_FOLDER;
  } catch {
    // There is none.
  }
  return tmpdir();
}

export async function makeContent(
  { content }: SwarmPlan,
  seed: number,
  folder: string,
  urls: { readonly tracker: string | undefined; readonly webSeed: string | undefined },
): Promise<FieldContent> {
  const { length, pieceLength, version = 'v1' } = content;
  const place = join(folder, 'content');
  await mkdir(place);
  const path = join(place, CONTENT_NAME);
  const digest = await writeNoise(path, length, seed);
  const made = await createTorrent(path, {
    version,
    ...(pieceLength !== undefined && { pieceLength }),
    ...(urls.tracker !== undefined && { trackers: [[urls.tracker]] }),
    ...(urls.webSeed !== undefined && { webSeeds: [urls.webSeed] }),
  });
  const torrent = join(folder, 'content.torrent');
  await writeFile(torrent, made.bytes);
  return { folder: place, torrent, digest, pieceLength: parseMetainfo(made.bytes).pieceLength };
}

/** Whether the copy in this folder is what was distributed. */
export async function isRight(folder: string, { digest }: FieldContent): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(join(folder, CONTENT_NAME))) hash.update(chunk as Uint8Array);
  } catch {
    return false;
  }
  return hash.digest('hex') === digest;
}

/** The key stream of a cipher is noise, and fast. Answers the digest. */
async function writeNoise(path: string, length: number, seed: number): Promise<string> {
  const key = createHash('sha256').update(`lab ${seed}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  const hash = createHash('sha256');
  const zeros = new Uint8Array(Math.min(length, CHUNK));
  const file = await open(path, 'w');
  try {
    for (let left = length; left > 0; left -= zeros.length) {
      const noise = cipher.update(zeros.subarray(0, Math.min(left, zeros.length)));
      hash.update(noise);
      await file.writeFile(noise);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

const MEMORY_FOLDER = '/dev/shm';
const CHUNK = 1_048_576;
