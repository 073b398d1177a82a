import { createDiffieHellman } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import { seededRandom } from '../bytes/prng.ts';
import { KEY_LENGTH, publicKeyOf, SECRET_LENGTH, sharedSecretOf } from './mse-keys.ts';

const PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563';
const random = seededRandom(1);
const newSecret = () => random.fill(new Uint8Array(SECRET_LENGTH));

describe('the key exchange', () => {
  it('gives what OpenSSL gives', () => {
    for (let i = 0; i < 5; i++) {
      const theirs = createDiffieHellman(PRIME, 'hex', '02', 'hex');
      const theirKey = padded(theirs.generateKeys());
      const secret = newSecret();
      const ours = publicKeyOf(secret);
      expect(ours).toHaveLength(KEY_LENGTH);
      expect(toHex(sharedSecretOf(secret, theirKey))).toBe(toHex(padded(theirs.computeSecret(ours))));
    }
  });

  it('keeps the zeros that a number begins with', () => {
    const secret = new Uint8Array(SECRET_LENGTH);
    secret[SECRET_LENGTH - 1] = 9;
    expect(toHex(publicKeyOf(secret))).toBe('200'.padStart(2 * KEY_LENGTH, '0'));
  });

  it.each([
    ['0', 0n],
    ['1', 1n],
    ['p - 1', BigInt(`0x${PRIME}`) - 1n],
    ['p', BigInt(`0x${PRIME}`)],
    ['2^768 - 1', 2n ** 768n - 1n],
  ])('refuses %s as a key', (_, number) => {
    const key = padded(Buffer.from(number.toString(16).padStart(2 * KEY_LENGTH, '0'), 'hex'));
    expect(() => sharedSecretOf(newSecret(), key)).toThrow(
      expect.objectContaining({ code: 'ENCRYPTION_INVALID' }),
    );
  });
});

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(KEY_LENGTH);
  whole.set(bytes, KEY_LENGTH - bytes.length);
  return whole;
}
