// What a tracker remembers from one run to the next, in a folder: its swarms, and the secret of its connection ids, so that
// ids that it gave are good still. Hand-over is: take no more, save, end; the next one restores before it listens. So
// nobody who announces meanwhile is answered with an empty swarm that had peers: he is not answered, and asks again.

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { StateFiles } from '../host/state-files.ts';
import { describeSystemError } from '../io/file-fault.ts';
import type { MemoryStore } from '../tracker/stores/memory.ts';
import { restoreSnapshot, SnapshotTaking } from '../tracker/stores/snapshot.ts';

export interface TrackerStateDeps {
  readonly files: StateFiles;
  readonly clock: Pick<Clock, 'now' | 'wallTime'>;
}

export interface SecretOptions {
  /**
   * A file with a secret of 16 to 512 characters that all nodes have: connection ids that one of them gave are good at the
   * others, where no store does that. @default each has its own
   */
  readonly secretFile?: string;
  /** The secret itself, where there is no file. @default none */
  readonly secret?: string;
}

/** The secret that was given, or undefined. @throws SwarmlineError `FILE_UNREADABLE`, `SECRET_INVALID` */
export async function givenSecret({ secretFile, secret }: SecretOptions): Promise<Uint8Array | undefined> {
  if (secretFile === undefined && secret === undefined) return undefined;
  const text = (secretFile === undefined ? secret! : await secretIn(secretFile)).trim();
  if (!/^[\x21-\x7e]{16,512}$/.test(text)) {
    const where = secretFile === undefined ? 'The secret of connection ids' : `The secret in "${secretFile}"`;
    const sentence = `${where} should have 16 to 512 characters without spaces, such as "openssl rand -hex 32" makes.`;
    throw new SwarmlineError('SECRET_INVALID', sentence);
  }
  return new Uint8Array(createHash('sha256').update(text).digest()).subarray(0, 16);
}

async function secretIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const sentence = `"${path}" cannot be read: ${describeSystemError(cause)}.`;
    throw new SwarmlineError('FILE_UNREADABLE', sentence, { where: path, cause });
  }
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
