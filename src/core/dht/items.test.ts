// Items (BEP 44): names and signed bytes by its vectors; what a node keeps, and what it refuses.

import { describe, expect, it } from 'vitest';
import { Stranger, Talk } from '../../../test/dht-stranger.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { immutableTarget, mutableTarget, signedBytes } from './items.ts';
import { bytesOf, integerOf } from './krpc.ts';
import type { DhtNodeOptions } from './options.ts';

const KEY = fromHex('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548')!;
const NO_SALT = new Uint8Array(0);
const SALT = encodeUtf8('foobar');
const VALUE = encodeUtf8('12:Hello World!');

describe('an item', () => {
  it('has the names and the signed bytes of BEP 44', () => {
    expect(toHex(mutableTarget(KEY, NO_SALT))).toBe('4a533d47ec9c7d95b1ad75f576cffc641853b750');
    expect(toHex(mutableTarget(KEY, SALT))).toBe('411eba73b6f087ca51a3795d9c8c938d365e32c1');
    expect(toHex(immutableTarget(VALUE))).toBe('e5f96f6f38320f0f33959cb4d3d656452117aadb');
    expect(decodeUtf8(signedBytes(NO_SALT, 1, VALUE))).toBe('3:seqi1e1:v12:Hello World!');
    expect(decodeUtf8(signedBytes(encodeUtf8('foobar'), 1, VALUE))).toBe(
      '4:salt6:foobar3:seqi1e1:v12:Hello World!',
    );
  });

  it('that is immutable is kept and given to who asks', () => {
    const stranger = new Stranger(new Talk());
    const target = immutableTarget(VALUE);
    const token = bytesOf(stranger.answerTo('get', { target }), 'token')!;
    stranger.answerTo('put', { token, v: 'Hello World!' });
    expect(bytesOf(stranger.answerTo('get', { target }), 'v')).toEqual(encodeUtf8('Hello World!'));
  });

  it('that is long comes without nodes', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    const v = 'x'.repeat(990);
    const target = immutableTarget(encodeUtf8(`990:${v}`));
    const token = bytesOf(stranger.answerTo('get', { target }), 'token')!;
    stranger.answerTo('put', { token, v });
    const values = stranger.answerTo('get', { target });
    expect(bytesOf(values, 'v')).toHaveLength(990);
    expect(bytesOf(values, 'nodes')).toBeUndefined();
    expect(stranger.refusalOf('put', { token, v: 'x'.repeat(998) })).toBe(205);
  });
});

/** A node, and what somebody puts under a key there: right are signatures of 64 equal bytes. */
function writer(options: Partial<DhtNodeOptions> = {}) {
  const talk = new Talk(options, (_, __, signature) => signature.every(byte => byte === signature[0]));
  const stranger = new Stranger(talk);
  const target = mutableTarget(KEY, SALT);
  const token = bytesOf(stranger.answerTo('get', { target }), 'token')!;
  const put = (seq: number, v: string, more: object = {}) => {
    const args = { k: KEY, salt: SALT, seq, sig: new Uint8Array(64).fill(seq), token, v, ...more };
    const { message } = stranger.ask('put', args)!;
    return message.kind === 'error' ? message.code : 'kept';
  };
  const get = (args: object = {}) => stranger.answerTo('get', { target, ...args });
  return { talk, stranger, put, get };
}

describe('a mutable item', () => {
  it('is replaced by one of a higher number alone', () => {
    const { put, get } = writer();
    expect(put(5, 'five')).toBe('kept');
    expect(put(5, 'five')).toBe('kept');
    expect(put(5, 'other')).toBe(302);
    // What was signed once, played again.
    expect(put(4, 'four')).toBe(302);
    expect(put(6, 'six')).toBe('kept');
    const values = get();
    expect(bytesOf(values, 'v')).toEqual(encodeUtf8('six'));
    expect(integerOf(values, 'seq')).toBe(6);
    expect(bytesOf(values, 'k')).toEqual(KEY);
    expect(bytesOf(values, 'sig')).toHaveLength(64);
  });

  it('is replaced only where it is what the writer thinks', () => {
    const { put } = writer();
    expect(put(1, 'one', { cas: 7 })).toBe('kept');
    expect(put(2, 'two', { cas: 7 })).toBe(301);
    expect(put(2, 'two', { cas: 1 })).toBe('kept');
  });

  it('is not given again to who has it', () => {
    const { put, get } = writer();
    put(3, 'three');
    const values = get({ seq: 3 });
    expect(bytesOf(values, 'v')).toBeUndefined();
    expect(integerOf(values, 'seq')).toBe(3);
    expect(bytesOf(get({ seq: 2 }), 'v')).toEqual(encodeUtf8('three'));
  });

  it('needs a right signature, a salt that is short, and the writer’s token', () => {
    const { put, get } = writer();
    const wrong = new Uint8Array(64).fill(1);
    wrong[5] = 2;
    expect(put(1, 'one', { sig: wrong })).toBe(206);
    expect(put(1, 'one', { salt: new Uint8Array(65) })).toBe(207);
    expect(put(1, 'one', { k: KEY.subarray(1) })).toBe(203);
    expect(put(1, 'one', { token: new Uint8Array(8) })).toBe(203);
    expect(bytesOf(get(), 'v')).toBeUndefined();
  });

  it('costs no more than so many signatures a second', () => {
    const { talk, put } = writer({ maxVerifiedPerSecond: 5 });
    const results = Array.from({ length: 8 }, (_, i) => put(i + 1, 'x'));
    expect(results).toEqual(['kept', 'kept', 'kept', 'kept', 'kept', 202, 202, 202]);
    talk.now += 1000;
    expect(put(9, 'x')).toBe('kept');
  });

  it('is forgotten after two hours', () => {
    const { talk, put, get } = writer();
    put(1, 'one');
    talk.now += 7_199_000;
    expect(bytesOf(get(), 'v')).toBeDefined();
    talk.now += 2000;
    expect(bytesOf(get(), 'v')).toBeUndefined();
  });
});
