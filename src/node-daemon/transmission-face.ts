// Transmission's RPC over HTTP: POST /transmission/rpc. Who comes without the word of the handshake gets it with a 409, whatever
// he asks; that he sends it back keeps other sites' pages out, so the body need not call itself JSON.

import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { RateHistory } from '../daemon/rate-history.ts';
import { describeSystemError } from '../io/file-fault.ts';
import type { ChangeFeed } from '../rpc/changes.ts';
import { completionProgram } from '../rpc/transmission/completion-program.ts';
import type { CompletionPrograms, SessionConstants } from '../rpc/transmission/deps.ts';
import { answer, notJson } from '../rpc/transmission/dispatch.ts';
import { applyGroups } from '../rpc/transmission/groups.ts';
import { Register } from '../rpc/transmission/register.ts';
import { RPC_VERSION_SEMVER } from '../rpc/transmission/session-fields.ts';
import { SessionIds } from '../rpc/transmission/session-ids.ts';
import { SettingsStore } from '../rpc/transmission/settings.ts';
import { readBody, sendJson } from './answers.ts';
import { diskSpace } from './folders.ts';
import type { Asked, Face } from './http.ts';

export interface TransmissionFaceOptions {
  readonly daemon: Daemon;
  readonly changes: ChangeFeed;
  readonly rates: RateHistory;
  readonly programs: CompletionPrograms;
  readonly facts: SessionConstants;
  /** Ends the daemon; undefined where a client may not. */
  readonly close: (() => void) | undefined;
}

export interface TransmissionFace extends Face {
  /** What is to be run when a torrent is complete. */
  readonly completionProgram: () => string | undefined;
  /** What is remembered is written down. */
  close(): Promise<void>;
}

export function isTransmissionPath(path: string): boolean {
  return path === PATH || path === `${PATH}/`;
}

/** @throws SwarmlineError `STATE_UNREADABLE` */
export async function transmissionFace(options: TransmissionFaceOptions): Promise<TransmissionFace> {
  const { daemon, changes, rates, programs, facts } = options;
  const { clock, stateFolder, stateFiles, admitFolder } = daemon.deps;
  const settings = await SettingsStore.open(stateFolder, stateFiles);
  settings.set({ sessionCount: settings.all.sessionCount + 1 });
  const register = new Register(daemon.library, clock, ({ uploaded, downloaded }) => {
    const { uploadedBytes, downloadedBytes } = settings.all;
    settings.set({ uploadedBytes: uploadedBytes + uploaded, downloadedBytes: downloadedBytes + downloaded });
  });
  const ids = new SessionIds(clock, () => randomBytes(24).toString('hex'));
  const deps = {
    daemon,
    changes,
    rates,
    programs,
    register,
    settings,
    facts,
    sessionId: () => ids.current,
    readTorrentFile: async (path: string) => readTorrentFile(await admitFolder(path)),
    diskSpace,
    isAbsolutePath: (path: string) => isAbsolute(path),
    close: options.close,
  };
  applyGroups(deps);
  return {
    owns: isTransmissionPath,
    completionProgram: () => completionProgram(deps),
    answer: async asked => {
      if (!ids.isGood(asked.fields['x-transmission-session-id'])) {
        sendHandshake(asked, ids.current);
        return;
      }
      if (asked.method !== 'POST')
        throw new SwarmlineError('METHOD_NOT_ALLOWED', `Transmission's RPC is asked by POST: POST ${PATH}.`);
      const request = parsed(await readBody(asked.request, MAX_BODY));
      const answered = request === undefined ? notJson() : await answer(request.value, deps);
      if (answered !== undefined) sendJson(asked, 200, answered);
      else asked.response.writeHead(204).end();
    },
    close: async () => {
      register.close();
      const seconds = Math.floor((clock.wallTime() - daemon.startedAt) / 1000);
      const { secondsActive, filesAdded } = settings.all;
      settings.set({
        secondsActive: secondsActive + seconds,
        filesAdded: filesAdded + register.filesAdded,
      });
      await settings.saved();
    },
  };
}

/** Undefined where it is no JSON. */
function parsed(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}

/** As Transmission does: scripts read the word from the page as well as from the field. */
function sendHandshake({ request, response }: Asked, id: string): void {
  if (!request.complete) response.setHeader('connection', 'close');
  const body = `<h1>409: Conflict</h1><p>Send this field with every request:</p><p><code>X-Transmission-Session-Id: ${id}</code></p>`;
  response.writeHead(409, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-transmission-session-id': id,
    'x-transmission-rpc-version': RPC_VERSION_SEMVER,
  });
  response.end(body);
}

async function readTorrentFile(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MAX_TORRENT)
        throw new SwarmlineError('FILE_UNREADABLE', `"${path}" is no torrent file.`, { where: path });
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof SwarmlineError) throw cause;
    const message = `"${path}" cannot be read: ${describeSystemError(cause)}.`;
    throw new SwarmlineError('FILE_UNREADABLE', message, { where: path, cause });
  }
}

const PATH = '/transmission/rpc';
const MAX_TORRENT = 64 * 1024 * 1024;
/** A torrent file of that length in base64, and what stands around it. */
const MAX_BODY = 96 * 1024 * 1024;
