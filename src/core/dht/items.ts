// Items of the DHT (BEP 44): any bencoded value up to 1,000 bytes. An immutable one is named by its hash; a mutable one by a
// key and a salt, and carries a signature and a number that only grows.

import { concatBytes } from '../bytes/bytes.ts';
import { sha1 } from '../bytes/sha1.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';

/** A value, in its bencoded form. */
export interface ImmutableItem {
  readonly value: Uint8Array;
}

export interface MutableItem extends ImmutableItem {
  /** Ed25519's public key, 32 bytes. */
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly seq: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export type DhtItem = ImmutableItem | MutableItem;

export function isMutable(item: DhtItem): item is MutableItem {
  return 'key' in item;
}

/** Ed25519 (RFC 8032): whether a signature is right. Ring 3 hands it in. */
export type VerifySignature = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export function immutableTarget(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha1(value);
}

export function mutableTarget(key: Uint8Array, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha1(salt.length === 0 ? key : concatBytes([key, salt]));
}

export function targetOf(item: DhtItem): Uint8Array<ArrayBuffer> {
  return isMutable(item) ? mutableTarget(item.key, item.salt) : immutableTarget(item.value);
}

/** What is signed of a mutable item. BEP 44, "Signature Verification" */
export function signedBytes(salt: Uint8Array, seq: number, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const salted = salt.length === 0 ? [] : [encodeUtf8(`4:salt${salt.length}:`), salt];
  return concatBytes([...salted, encodeUtf8(`3:seqi${seq}e1:v`), value]);
}

export const MAX_VALUE_LENGTH = 1000;
export const MAX_SALT_LENGTH = 64;
export const KEY_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;
