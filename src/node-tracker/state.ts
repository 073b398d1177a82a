// What a tracker remembers from one run to the next, in a folder: its swarms, and the secret of its connection ids, so that
// ids that it gave are good still. Hand-over is: take no more, save, end; the next one restores before it listens. So
// nobody who announces meanwhile is answered with an empty swarm that had peers: he is not answered, and asks again.

import { randomBytes } from 'node:crypto';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { StateFiles } from '../host/state-files.ts';
import type { MemoryStore } from '../tracker/stores/memory.ts';
import { restoreSnapshot, SnapshotTaking } from '../tracker/stores/snapshot.ts';

export interface TrackerStateDeps {
  readonly files: StateFiles;
  readonly clock: Pick<Clock, 'now' | 'wallTime'>;
}

/** The secret of this folder; made where it has none. @throws SwarmlineError `STATE_UNREADABLE`, `STATE_NOT_WRITTEN` */
export async function trackerSecret(folder: string, { files }: TrackerStateDeps): Promise<Uint8Array> {
  const kept = await files.read(folder, SECRET);
  if (kept?.length === 16) return kept;
  const secret = new Uint8Array(randomBytes(16));
  await files.write(folder, SECRET, secret);
  return secret;
}

/**
 * Brings the swarms of the last run back into an empty store. Gives a sentence where that could not be: the tracker starts
 * without them then, and the file stays until the next snapshot takes its place.
 */
export async function restoreSwarms(
  folder: string,
  store: MemoryStore,
  { files, clock }: TrackerStateDeps,
): Promise<string | undefined> {
  try {
    const bytes = await files.read(folder, SWARMS);
    if (bytes !== undefined) restoreSnapshot(bytes, store, { now: clock.now(), wallTime: clock.wallTime() });
    return undefined;
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    return `${error.message} The tracker starts without the swarms of its last run.`;
  }
}

/** Writes the swarms down, whole or not at all; others have their turn meanwhile. @throws SwarmlineError `STATE_NOT_WRITTEN` */
export async function saveSwarms(
  folder: string,
  store: MemoryStore,
  { files, clock }: TrackerStateDeps,
): Promise<void> {
  const taking = new SnapshotTaking(store, { now: clock.now(), wallTime: clock.wallTime() });
  for (;;) {
    const bytes = taking.step(clock.now());
    if (bytes !== undefined) {
      await files.write(folder, SWARMS, bytes);
      return;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
}

const SECRET = 'connection-secret';
const SWARMS = 'swarms';
