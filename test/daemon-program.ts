// A daemon for tests: in this process, on loopback, in folders that go with the test. And a client of its API.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type RunningDaemon, type StartDaemonOptions, startDaemon } from '../src/node-daemon/start.ts';
import type { ErrorAnswer, MethodName, Params, Result } from '../src/rpc/methods.ts';

export interface TestDaemon extends RunningDaemon {
  readonly url: string;
  readonly folder: string;
  /** The result; an error is thrown as an `ApiError`. */
  ask<Name extends MethodName>(name: Name, params: Params<Name>): Promise<Result<Name>>;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { error }: ErrorAnswer) {
    super(error.message);
    this.status = status;
    this.code = error.code;
  }
}

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-daemon-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** `folder`: of an earlier run. */
export async function runDaemon(
  options: Partial<StartDaemonOptions> = {},
  folder = testFolder(),
): Promise<TestDaemon> {
  const warnings: unknown[] = [];
  const daemon = await startDaemon({
    stateFolder: join(folder, 'state'),
    downloadDir: join(folder, 'downloads'),
    rpc: { host: '127.0.0.1', port: 0 },
    version: '0.0.0-test',
    onWarning: warning => warnings.push(warning),
    ...options,
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await daemon.close();
  };
  onTestFinished(async () => {
    await close();
    if (warnings.length > 0) throw new Error(`The daemon warned: ${warnings.join('; ')}`);
  });
  const url = `http://127.0.0.1:${daemon.address.port}`;
  return { ...daemon, close, folder, url, ask: (name, params) => ask(url, name, params, options.token) };
}

export async function ask<Name extends MethodName>(
  url: string,
  name: Name,
  params: Params<Name>,
  token?: string,
): Promise<Result<Name>> {
  const response = await fetch(`${url}/api/v1/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(params),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer as Result<Name>;
  throw new ApiError(response.status, answer as ErrorAnswer);
}
