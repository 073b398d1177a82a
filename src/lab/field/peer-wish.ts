// What a program of the field's own is told, by a file: it is data that no command line holds.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { SessionOptions } from '../../session/settings.ts';

export interface OwnPeerWish {
  readonly role: 'seed' | 'leech';
  readonly torrent: string;
  readonly downloadDir: string;
  readonly session: SessionOptions;
  readonly superSeeds: boolean;
  readonly isSequential: boolean;
}

export interface OriginServerWish {
  readonly path: string;
  readonly address: string;
  readonly port: number;
}

export interface OriginClientWish {
  readonly url: string;
  readonly path: string;
  readonly length: number;
  /** When it has so many bytes, it has begun. */
  readonly pieceLength: number;
}

/** Answers the file's path. */
export function writeWish(folder: string, wish: OwnPeerWish | OriginServerWish | OriginClientWish): string {
  const path = join(folder, 'wish');
  writeFileSync(path, serialize(wish));
  return path;
}

/** Of the program whose first argument is the file's path. */
export function readWish(): unknown {
  return deserialize(readFileSync(process.argv[2]!));
}
