// What a run of the field has beside its peers: the tracker, ours, and an HTTP server; each on a machine of its own.

import { SwarmlineError } from '../../core/errors.ts';
import { compiledProgram, swarmlineProgram } from './compiled.ts';
import { CONTENT_NAME, type FieldContent } from './content.ts';
import { LinePeer } from './field-peer.ts';
import type { FieldProcess } from './field-process.ts';
import { writeWish } from './peer-wish.ts';
import type { StarHost } from './topology.ts';

export function trackerUrl({ address }: StarHost): string {
  return `http://${address}:${TRACKER_PORT}/announce`;
}

export function originUrl({ address }: StarHost): string {
  return `http://${address}:${ORIGIN_PORT}/${CONTENT_NAME}`;
}

/** Resolved when it listens. @throws SwarmlineError LAB_FAILED */
export async function startTracker(host: StarHost): Promise<FieldProcess> {
  let said = () => {};
  const listening = new Promise<void>(resolve => {
    said = resolve;
  });
  const tracker = host.start({
    name: 'tracker',
    command: [process.execPath, swarmlineProgram(), 'tracker', ...place(host), ...TRACKER_OPTIONS],
    onLine: line => {
      if (line.startsWith('http://')) said();
    },
  });
  if (!(await tracker.isInTime(listening)))
    throw new SwarmlineError('LAB_FAILED', `The tracker does not run: ${tracker.lastWords}`);
  return tracker;
}

/** Resolved when it listens. Its totals are what it has sent. @throws SwarmlineError LAB_FAILED */
export async function startOrigin(host: StarHost, home: string, content: FieldContent): Promise<LinePeer> {
  const wish = writeWish(home, {
    path: `${content.folder}/${CONTENT_NAME}`,
    address: host.address,
    port: ORIGIN_PORT,
  });
  const origin = new LinePeer({ name: 'origin', host }, [
    process.execPath,
    compiledProgram('origin-server'),
    wish,
  ]);
  const ready = origin.prepare();
  const server = origin.process!;
  if (!(await server.isInTime(ready)))
    throw new SwarmlineError('LAB_FAILED', `The HTTP server does not run: ${server.lastWords}`);
  return origin;
}

function place({ address }: StarHost): readonly string[] {
  return ['--host', address, '--port', String(TRACKER_PORT)];
}

const TRACKER_PORT = 6969;
const ORIGIN_PORT = 8080;
// Peers come back every two minutes: runs are short. One thread is enough for those few.
const TRACKER_OPTIONS = ['--interval', '2m', '--min-interval', '30s', '--workers', '1'];
