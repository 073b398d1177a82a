// The certificate and key of HTTPS and wss, from files to what TLS is spoken with. Read anew with everything else, so that
// a certificate that was renewed is used without a restart; connections that are open keep the old one.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError } from '../io/file-fault.ts';

export interface TlsOptions {
  /** A PEM file: the certificate, and behind it those between it and its root. HTTPS and wss are spoken then too. @default HTTP and ws alone */
  readonly tlsCert?: string;
  /** A PEM file: its key, without a passphrase. */
  readonly tlsKey?: string;
}

export interface LoadedTls {
  readonly context: SecureContext;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** @throws SwarmlineError `CONFIG_INVALID`, `FILE_UNREADABLE`, `TLS_INVALID` by way of the promise */
export async function loadTls({ tlsCert, tlsKey }: TlsOptions): Promise<LoadedTls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new SwarmlineError('CONFIG_INVALID', 'HTTPS needs both of "tls-cert" and "tls-key".');
  const [cert, key] = await Promise.all([read(tlsCert), read(tlsKey)]);
  try {
    const context = createSecureContext({ cert, key });
    const certificate = new X509Certificate(cert);
    // A key of another kind is not noticed until somebody connects.
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('they do not belong together');
    return { context, expiresAt: Date.parse(certificate.validTo) };
  } catch (cause) {
    const reason = (cause as Error & { reason?: string }).reason ?? (cause as Error).message;
    throw new SwarmlineError(
      'TLS_INVALID',
      `The certificate "${tlsCert}" and the key "${tlsKey}" cannot be used: ${reason}.`,
      { where: tlsCert, cause },
    );
  }
}

/** What is to be said of a certificate that ends, or has ended. */
export function expiryNote({ expiresAt }: LoadedTls, now: number): string | undefined {
  const days = Math.floor((expiresAt - now) / DAY_MS);
  if (days >= NOTED_DAYS) return undefined;
  return days < 0
    ? 'The certificate of HTTPS has expired: clients refuse it.'
    : `The certificate of HTTPS expires in ${days} days.`;
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const sentence = `"${path}" cannot be read: ${describeSystemError(cause)}.`;
    throw new SwarmlineError('FILE_UNREADABLE', sentence, { where: path, cause });
  }
}

const DAY_MS = 86_400_000;
// Those who renew by themselves do so a month before.
const NOTED_DAYS = 7;
