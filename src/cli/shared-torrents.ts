// Torrents that `share` has made, for when it shares the same again: as long as no file has another length or time, nothing is
// hashed anew. They lie where the system keeps the state of programs; the oldest go.

import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ProtocolError } from '../core/errors.ts';
import { editMetainfo } from '../core/metainfo/edit.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import type { CreateOptions } from '../create/options.ts';
import type { CreatePlan } from '../create/plan.ts';
import { nodeHash } from '../io/hash-functions.ts';
import { makeFolder } from '../io/make-folder.ts';
import { replaceFile } from '../io/replace-file.ts';
import { systemStateFolder } from './state-folder.ts';

export class SharedTorrents {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#folder = join(systemStateFolder(env), 'shared');
  }

  /** What was made of these files, as they are, with these options; undefined where it has to be made. */
  async find(plan: CreatePlan, options: CreateOptions): Promise<Metainfo | undefined> {
    const path = this.#pathOf(plan, options);
    try {
      const bytes = await readFile(path);
      const { after } = editMetainfo(bytes, { trackers: options.trackers ?? [] }, { hash: nodeHash });
      await utimes(path, new Date(), new Date());
      return after;
    } catch (error) {
      // One that cannot be read is as if it were not there.
      if (error instanceof ProtocolError || (error as NodeJS.ErrnoException).code !== undefined)
        return undefined;
      throw error;
    }
  }

  /** Nothing is lost where it cannot be kept: the next time it is made again. */
  async keep(plan: CreatePlan, options: CreateOptions, torrent: Uint8Array): Promise<void> {
    try {
      // Names of what is shared are nobody else's business.
      await makeFolder(this.#folder, 0o700);
      await replaceFile(this.#pathOf(plan, options), torrent);
      await this.#forgetOldest();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  #pathOf({ files, version, pieceLength, name }: CreatePlan, { comment, createdBy }: CreateOptions): string {
    const digest = createHash('sha256').update(
      JSON.stringify([version, pieceLength, name, comment, createdBy]),
    );
    for (const file of files)
      digest.update(
        JSON.stringify([
          resolve(file.source),
          file.path,
          file.length,
          file.modifiedMs,
          file.isExecutable,
          file.symlinkTarget,
        ]),
      );
    return join(this.#folder, `${digest.digest('hex')}.torrent`);
  }

  async #forgetOldest(): Promise<void> {
    const names = (await readdir(this.#folder)).filter(name => name.endsWith('.torrent'));
    if (names.length <= MAX_KEPT) return;
    const used = await Promise.all(
      names.map(async name => ({ name, time: (await stat(join(this.#folder, name))).mtimeMs })),
    );
    used.sort((a, b) => a.time - b.time);
    for (const { name } of used.slice(0, names.length - MAX_KEPT))
      await rm(join(this.#folder, name), { force: true });
  }
}

const MAX_KEPT = 64;
