// Asks the daemon. An answer that is none is thrown as a sentence with its code; who has to give a token first is told so.

import { signal } from '@preact/signals';
import type { ErrorAnswer, MethodName, Params, Result } from '../../../src/rpc/methods.ts';

export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The daemon wants a token, and this browser has none, or another. */
export const isTokenNeeded = signal(false);

/** @throws ApiError */
export async function ask<Name extends MethodName>(name: Name, params: Params<Name>): Promise<Result<Name>> {
  return (await send(`api/v1/${name}`, params)) as Result<Name>;
}

/** Gives the token once; the browser keeps it where no script can read it. @throws ApiError */
export async function logIn(token: string): Promise<void> {
  await send('login', { token });
  isTokenNeeded.value = false;
}

async function send(path: string, body: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ApiError('UNREACHABLE', 'The daemon does not answer: nothing was changed. Is it running?');
  }
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { code = 'UNREACHABLE', message = `The daemon answered with status ${response.status}.` } =
    (answer as ErrorAnswer | undefined)?.error ?? {};
  if (code === 'UNAUTHORIZED' && path !== 'login') isTokenNeeded.value = true;
  throw new ApiError(code, message);
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
