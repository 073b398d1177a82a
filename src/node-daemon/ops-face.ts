// For who watches over the daemon: `/metrics` for Prometheus, with the token unless it is said to be open, and `/health`, which
// tells strangers one word a check and nothing else.

import { access, constants } from 'node:fs/promises';
import { PROMETHEUS_TYPE } from '../core/bytes/prometheus-text.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { DaemonCounts } from '../daemon/counts.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { daemonMetrics } from '../daemon/metrics.ts';
import { sendJson } from './answers.ts';
import type { Asked, Face } from './http.ts';

export interface OpsFaceDeps {
  readonly daemon: Daemon;
  readonly counts: DaemonCounts;
  readonly stateFolder: string;
  readonly answers: () => ReadonlyMap<number, number>;
  readonly hasOpenMetrics: () => boolean;
}

export function opsFace(deps: OpsFaceDeps): Face {
  return {
    owns: path => path === '/metrics' || path === '/health',
    isOpen: path => path === '/health' || deps.hasOpenMetrics(),
    answer: async asked => {
      if (asked.method !== 'GET' && asked.method !== 'HEAD')
        throw new SwarmlineError('METHOD_NOT_ALLOWED', `${asked.path} is asked for by GET.`);
      if (asked.path === '/health') await health(asked, deps);
      else await metrics(asked, deps);
    },
  };
}

async function metrics({ response, method }: Asked, { daemon, counts, answers }: OpsFaceDeps): Promise<void> {
  const { user, system } = process.cpuUsage();
  const text = daemonMetrics(daemon, counts, {
    memoryBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1_000_000,
    platform: `Node.js ${process.version}`,
    answers: answers(),
    freeBytes: await daemon.deps.freeSpace(daemon.downloadDir),
  });
  response.writeHead(200, { 'content-type': PROMETHEUS_TYPE, 'cache-control': 'no-store' });
  response.end(method === 'HEAD' ? undefined : text);
}

async function health(asked: Asked, { daemon, stateFolder }: OpsFaceDeps): Promise<void> {
  const checks = {
    state_folder: await check(stateFolder),
    download_folder: await check(daemon.downloadDir),
  };
  const isWell = Object.values(checks).every(word => word === 'ok');
  sendJson(asked, isWell ? 200 : 503, { status: isWell ? 'ok' : 'failing', checks });
}

async function check(folder: string): Promise<'ok' | 'not writable'> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return 'ok';
  } catch {
    return 'not writable';
  }
}
