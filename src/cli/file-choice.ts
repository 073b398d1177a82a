// Which files of a torrent are fetched, and which of them first: `--files`, `--skip`, `--high` and `--low` of `get`. Each
// takes numbers as `show --numbers` counts them (0,2,4-6) or a pattern as `create --include` takes it.

import type { FilePriority } from '../core/engine/file-priorities.ts';
import { ProtocolError } from '../core/errors.ts';
import { type IndexRange, isSelected, parseSelection } from '../core/metainfo/magnet.ts';
import type { TorrentFile } from '../core/metainfo/metainfo.ts';
import { fileMatcher } from './globs.ts';
import { UsageError } from './usage-error.ts';

export interface FileFlags {
  readonly files?: readonly string[];
  readonly skip?: readonly string[];
  readonly high?: readonly string[];
  readonly low?: readonly string[];
}

/**
 * One priority a file; undefined where nothing was chosen.
 * @throws UsageError where a number names no file, or all that was chosen is nothing
 */
export function filePriorities(
  flags: FileFlags,
  files: readonly Pick<TorrentFile, 'path'>[],
): readonly FilePriority[] | undefined {
  const { files: only, skip, high, low } = flags;
  if ([only, skip, high, low].every(texts => texts === undefined)) return undefined;
  const isWanted = only === undefined ? () => true : fileChoice('--files', only, files);
  const isSkipped = fileChoice('--skip', skip ?? [], files);
  const isHigh = fileChoice('--high', high ?? [], files);
  const isLow = fileChoice('--low', low ?? [], files);
  const priorities = files.map((_, file): FilePriority => {
    if (!isWanted(file) || isSkipped(file)) return 'skip';
    if (isHigh(file)) return 'high';
    return isLow(file) ? 'low' : 'normal';
  });
  if (priorities.every(priority => priority === 'skip'))
    throw new UsageError('None of the files fits what is to be fetched: "swarmline show" lists them.');
  return priorities;
}

/** Whether a file is one of those that an option names. @throws UsageError where a number names no file */
export function fileChoice(
  option: string,
  texts: readonly string[],
  files: readonly Pick<TorrentFile, 'path'>[],
): (file: number) => boolean {
  const tests = texts.map(text => {
    const ranges = numbersOf(option, text);
    if (ranges === undefined) {
      const fits = fileMatcher(text);
      return (file: number) => fits(files[file]!.path);
    }
    const last = Math.max(...ranges.map(range => range.last));
    if (last >= files.length) {
      throw new UsageError(
        `${option} names file ${last}, but the last of the torrent is ${files.length - 1}.`,
      );
    }
    return (file: number) => isSelected(ranges, file);
  });
  return file => tests.some(test => test(file));
}

/** Undefined where it is a pattern. */
function numbersOf(option: string, text: string): readonly IndexRange[] | undefined {
  if (!/^[\d,\s-]+$/.test(text)) return undefined;
  try {
    return parseSelection(text.replace(/\s/g, ''));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UsageError(`"${option} ${text}" is wrong: ${error.message.replace(/^.*?: /, '')}`);
  }
}
