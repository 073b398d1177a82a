import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileTree } from '../../test/file-trees.ts';
import { nodeSignatures } from './signatures.ts';
import { makeSigningKey, readSigningKey } from './signing-key.ts';

it('a key that is made is read again, and signs what others can verify', async () => {
  const path = join(fileTree({ x: 'x' }), 'channel.key');
  const made = await makeSigningKey(path);
  const read = await readSigningKey(path);
  expect(read.publicKey).toEqual(made.publicKey);
  expect(made.publicKey).toHaveLength(32);
  const message = Uint8Array.of(1, 2, 3);
  expect(nodeSignatures.verify(made.publicKey, message, read.sign(message))).toBe(true);
  expect(nodeSignatures.verify(made.publicKey, Uint8Array.of(1), read.sign(message))).toBe(false);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('a key is never written over, and what is none is told', async () => {
  const path = join(fileTree({ x: 'x' }), 'channel.key');
  await makeSigningKey(path);
  const before = readFileSync(path);
  await expect(makeSigningKey(path)).rejects.toMatchObject({ code: 'FILE_EXISTS', where: path });
  expect(readFileSync(path)).toEqual(before);
  writeFileSync(path, 'no key');
  await expect(readSigningKey(path)).rejects.toMatchObject({ code: 'KEY_INVALID', where: path });
  await expect(readSigningKey(`${path}2`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(makeSigningKey(join(path, 'x'))).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
});
