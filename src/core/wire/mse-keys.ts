// The keys of Message Stream Encryption: a Diffie-Hellman exchange modulo a prime of 768 bits, and what is derived from
// its outcome by SHA-1. Plain BigInt arithmetic, which takes no constant time: it hides what a connection is from who
// looks at bytes, and keeps no secrets. Some 0.6 ms a connection (bench/rc4.mjs), hence once a connection and no more.

import { concatBytes } from '../bytes/bytes.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { sha1 } from '../bytes/sha1.ts';
import { ProtocolError } from '../errors.ts';
import { Rc4 } from './rc4.ts';

/** Of public keys and of the shared secret, in bytes. */
export const KEY_LENGTH = 96;
/** Of our own secret: the text asks for 128 bits at least, 160 are enough for the strength of 768. */
export const SECRET_LENGTH = 20;

/**
 * What goes to the other end for a secret: two to its power. By a comb (Lim and Lee, "More flexible exponentiation with
 * precomputation"): eight rows of the secret's bits are read at a time, so that 20 squarings do instead of 160.
 */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  powers ??= combOfTwo();
  let power = 1n;
  for (let column = COLUMNS - 1; column >= 0; column--) {
    let teeth = 0;
    for (let row = 0; row < ROWS; row++) teeth |= bitOf(secret, row * COLUMNS + column) << row;
    power = (((power * power) % PRIME) * powers[teeth]!) % PRIME;
  }
  return bytesOf(power);
}

/**
 * What both ends know then, and nobody else.
 * @throws ProtocolError `ENCRYPTION_INVALID` for the keys whose powers are known beforehand: 0, 1, p - 1, and what is no
 * remainder at all
 */
export function sharedSecretOf(secret: Uint8Array, theirKey: Uint8Array): Uint8Array {
  let square = numberOf(theirKey);
  if (square < 2n || square > PRIME - 2n) {
    throw new ProtocolError('ENCRYPTION_INVALID', 'The peer sent a key that would make everything readable.');
  }
  let power = 1n;
  for (let left = numberOf(secret); left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) power = (power * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return bytesOf(power);
}

/** HASH('req1', S): what the answering end looks for in the bytes that come. */
export function startMark(shared: Uint8Array): Uint8Array {
  return labelled('req1', shared);
}

/** HASH('req2', SKEY): how a torrent is named to who has it. */
export function torrentMark(infoHash: Uint8Array): Uint8Array {
  return labelled('req2', infoHash);
}

/** HASH('req3', S), which hides the torrent's name. */
export function torrentMask(shared: Uint8Array): Uint8Array {
  return labelled('req3', shared);
}

/** The cipher of one direction: `keyA` from the end that dialled, `keyB` to it. */
export function cipherOf(name: 'keyA' | 'keyB', shared: Uint8Array, infoHash: Uint8Array): Rc4 {
  const rc4 = new Rc4(labelled(name, shared, infoHash));
  rc4.skip(WEAK_LENGTH);
  return rc4;
}

/** Two to the power of each sum of 1, 2^20, 2^40 …: by the rows that are in it. */
function combOfTwo(): bigint[] {
  const comb = [1n];
  for (let row = 0, power = 2n; row < ROWS; row++) {
    for (const other of [...comb]) comb.push((other * power) % PRIME);
    for (let i = 0; i < COLUMNS; i++) power = (power * power) % PRIME;
  }
  return comb;
}

/** Counted from the end: a secret is one large number. */
function bitOf(secret: Uint8Array, index: number): number {
  return (secret[SECRET_LENGTH - 1 - (index >>> 3)]! >>> (index & 7)) & 1;
}

function labelled(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha1(concatBytes([Uint8Array.from(name, letter => letter.charCodeAt(0)), ...parts]));
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

function bytesOf(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(2 * KEY_LENGTH, '0'))!;
}

const PRIME = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD' +
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563',
);
const ROWS = 8;
const COLUMNS = (8 * SECRET_LENGTH) / ROWS;
/** Made with the first key: it takes as long as three. */
let powers: readonly bigint[] | undefined;
// The beginning of RC4's key stream tells of its key; the text has so much of it thrown away.
const WEAK_LENGTH = 1024;
