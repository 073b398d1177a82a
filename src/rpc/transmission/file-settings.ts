// Which files of a torrent are wanted and how much, from lists of their numbers. Transmission keeps the two apart: a file that
// is not wanted has a priority all the same, for when it is.

import type { FilePriority } from '../../core/engine/file-priorities.ts';
import type { Arguments } from './arguments.ts';
import { RpcFault } from './rpc-fault.ts';

export interface FileSettings {
  readonly priorities: readonly FilePriority[];
  /** Of those that are not wanted. */
  readonly kept: ReadonlyMap<number, FilePriority>;
}

/** Undefined where nothing was said of files. @throws RpcFault */
export function changedFiles(
  given: Arguments,
  before: readonly FilePriority[],
  kept: Pick<ReadonlyMap<number, FilePriority>, 'get'>,
): FileSettings | undefined {
  if (!NAMES.some(name => given.list(name) !== undefined)) return undefined;
  const isWanted = before.map(priority => priority !== 'skip');
  const priorities = before.map((priority, file) =>
    priority === 'skip' ? (kept.get(file) ?? 'normal') : priority,
  );
  for (const file of numbered(given, 'files_unwanted', before.length)) isWanted[file] = false;
  for (const file of numbered(given, 'files_wanted', before.length)) isWanted[file] = true;
  for (const [name, priority] of PRIORITIES)
    for (const file of numbered(given, name, before.length)) priorities[file] = priority;
  return {
    priorities: priorities.map((priority, file) => (isWanted[file] ? priority : 'skip')),
    kept: new Map(
      [...priorities.entries()].filter(([file, priority]) => !isWanted[file] && priority !== 'normal'),
    ),
  };
}

/** An empty list is all of them. */
function numbered(given: Arguments, name: string, count: number): readonly number[] {
  const list = given.list(name);
  if (list === undefined) return [];
  if (list.length === 0) return Array.from({ length: count }, (_, file) => file);
  return list.map(file => {
    if (typeof file === 'number' && Number.isInteger(file) && file >= 0 && file < count) return file;
    throw new RpcFault('FILE_IDX_OOR');
  });
}

const PRIORITIES = [
  ['priority_high', 'high'],
  ['priority_low', 'low'],
  ['priority_normal', 'normal'],
] as const;
const NAMES = ['files_unwanted', 'files_wanted', ...PRIORITIES.map(([name]) => name)];
