// Write tokens (BEP 5, "announce_peer"): who wants to store something has to have asked from the same address a short while
// ago, so that nobody can announce others. A token is a tag over address and target under a key that changes; it costs no
// memory. It is good for five to ten minutes.

import type { Random } from '../bytes/prng.ts';
import { type SipKey, sipHash, sipKey } from '../bytes/siphash.ts';
import { ID_LENGTH } from './node-id.ts';

export class Tokens {
  readonly #secrets: Random;
  readonly #rotateMs: number;
  readonly #words = new Int32Array(2);
  #keys: [SipKey, SipKey];
  #rotatedAt: number | undefined;

  /** `secrets`: what cannot be guessed. */
  constructor(rotateMs: number, secrets: Random) {
    this.#rotateMs = rotateMs;
    this.#secrets = secrets;
    this.#keys = [this.#newKey(), this.#newKey()];
  }

  /** `ip`: 4 or 16 bytes. */
  issue(ip: Uint8Array, target: Uint8Array, now: number): Uint8Array<ArrayBuffer> {
    this.#rotate(now);
    return this.#tag(this.#keys[0], ip, target);
  }

  accepts(token: Uint8Array, ip: Uint8Array, target: Uint8Array, now: number): boolean {
    if (token.length !== TOKEN_LENGTH) return false;
    this.#rotate(now);
    return this.#keys.some(key => isSame(token, this.#tag(key, ip, target)));
  }

  #rotate(now: number): void {
    this.#rotatedAt ??= now;
    const turns = Math.floor((now - this.#rotatedAt) / this.#rotateMs);
    if (turns <= 0) return;
    this.#keys = [this.#newKey(), turns === 1 ? this.#keys[0] : this.#newKey()];
    this.#rotatedAt += turns * this.#rotateMs;
  }

  #tag(key: SipKey, ip: Uint8Array, target: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(ip.length + ID_LENGTH);
    bytes.set(ip);
    bytes.set(target, ip.length);
    sipHash(key, bytes, this.#words);
    const tag = new Uint8Array(TOKEN_LENGTH);
    for (let i = 0; i < TOKEN_LENGTH; i++) tag[i] = this.#words[i >>> 2]! >>> (8 * (i & 3));
    return tag;
  }

  #newKey(): SipKey {
    return sipKey(this.#secrets.fill(new Uint8Array(16)));
  }
}

/** Takes as long wherever the two differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let differing = 0;
  for (let i = 0; i < TOKEN_LENGTH; i++) differing |= a[i]! ^ b[i]!;
  return differing === 0;
}

const TOKEN_LENGTH = 8;
