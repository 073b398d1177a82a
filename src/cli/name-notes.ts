// What is said of names where a torrent is made or named anew: those that will hurt whoever gets it. `lint` says the same of
// a torrent that is there.

import { checkNewNames } from '../core/metainfo/check-names.ts';
import { displayText } from './output/display-text.ts';
import type { Terminal } from './terminal.ts';

/** To stderr, a line a kind. */
export async function sayNameNotes(names: Iterable<string>, { err }: Terminal): Promise<void> {
  for (const { message } of checkNewNames(names))
    await err.line(`${err.paint.failed('!')} ${displayText(message)}`);
}
