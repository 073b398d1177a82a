// A symlink of a torrent (BEP 47) on disk: whether it leads where it should. Where systems have no links there may be a copy
// of what it leads to.

import { SwarmlineError } from '../core/errors.ts';
import type { Metainfo, TorrentFile } from '../core/metainfo/metainfo.ts';
import { safeName } from '../core/metainfo/safe-path.ts';
import type { FileFacts, Files } from '../host/files.ts';

export interface LinkVerdict {
  readonly state: 'ok' | 'missing' | 'corrupt' | 'unreadable';
  /** A sentence, or for what is corrupt the rest of one that begins with the link. */
  readonly message?: string;
}

/** `source`: where the link should be. */
export async function judgeLink(
  metainfo: Metainfo,
  file: TorrentFile,
  source: string,
  disk: Files,
): Promise<LinkVerdict> {
  const target = file.symlinkTarget!;
  try {
    const facts = await disk.look(source, { follow: false });
    if (facts === undefined) return { state: 'missing' };
    // The torrent's root: as many folders up as the link's path has below it.
    const up = file.path.slice(0, metainfo.isFolder ? -1 : undefined).map(() => '..');
    const root = disk.resolve(source, ...up);
    const expected = disk.resolve(root, ...target);
    const shown = `"${target.join('/')}"`;
    if (facts.kind !== 'symlink') {
      const isCopy = isCopyOf(await disk.look(expected, { follow: true }), facts);
      return isCopy ? { state: 'ok' } : { state: 'corrupt', message: `it should be a link to ${shown}` };
    }
    const written = await disk.readLink(source);
    const actual = disk.resolve(source, '..', written);
    const names = disk.elementsBelow(root, actual)?.map(name => safeName(name));
    if (names?.join('/') === target.join('/')) return { state: 'ok' };
    // By another way to the same thing, such as a path from the root of the file system.
    const [there, wanted] = [await look(source, disk), await look(expected, disk)];
    if (there !== undefined && there.identity === wanted?.identity) return { state: 'ok' };
    return { state: 'corrupt', message: `it leads to "${written}", not to ${shown}` };
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    return { state: 'unreadable', message: error.message };
  }
}

function isCopyOf(target: FileFacts | undefined, facts: FileFacts): boolean {
  if (target === undefined || target.kind !== facts.kind) return false;
  return facts.kind === 'folder' || target.length === facts.length;
}

/** What a path leads to; undefined too for a link that leads to itself. */
async function look(path: string, disk: Files): Promise<FileFacts | undefined> {
  try {
    return await disk.look(path, { follow: true });
  } catch (error) {
    if (error instanceof SwarmlineError) return undefined;
    throw error;
  }
}
