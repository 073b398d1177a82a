// An Ed25519 key in a file, as PKCS #8 in PEM, which other programs read too. Whoever has it can sign.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError } from './file-fault.ts';

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Makes a key, in a file that is not there yet, for its owner's eyes alone. @throws SwarmlineError `OUTPUT_FAILED`, `FILE_EXISTS` */
export async function makeSigningKey(path: string): Promise<SigningKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const message = isThere
      ? `"${path}" is there already, and is not written over: a key that is lost cannot be made again.`
      : `"${path}" cannot be written: ${describeSystemError(cause)}.`;
    throw new SwarmlineError(isThere ? 'FILE_EXISTS' : 'OUTPUT_FAILED', message, { where: path, cause });
  }
  return signingKey(privateKey);
}

/** @throws SwarmlineError `FILE_UNREADABLE`, `KEY_INVALID` */
export async function readSigningKey(path: string): Promise<SigningKey> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `"${path}" cannot be read: ${describeSystemError(cause)}.`;
    throw new SwarmlineError('FILE_UNREADABLE', message, { where: path, cause });
  }
  const key = privateKeyOf(text);
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new SwarmlineError(
      'KEY_INVALID',
      `"${path}" holds no Ed25519 key: "swarmline channel create" makes one.`,
      {
        where: path,
      },
    );
  return signingKey(key);
}

function privateKeyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function signingKey(privateKey: KeyObject): SigningKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    publicKey: new Uint8Array(Buffer.from(x!, 'base64url')),
    sign: message => new Uint8Array(sign(null, message, privateKey)),
  };
}
