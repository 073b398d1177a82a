import { expect, test } from 'vitest';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { toHex } from '../core/bytes/hex.ts';
import { type ConnectionIdOptions, ConnectionIds } from './connection-ids.ts';

const MINUTE = 60_000;
const secret = (n: number) => new Uint8Array(16).fill(n);

/** A tracker's ids, whose own clock started at 0 when the world's showed `startedAt`. */
function setUp({
  startedAt = 100 * MINUTE,
  ...options
}: Partial<ConnectionIdOptions> & { startedAt?: number } = {}) {
  let now = 0;
  const clock = { wallTime: () => startedAt + now };
  const ids = new ConnectionIds({ secret: secret(1), ...options }, { clock });
  return {
    give: (host: string, at: number) => {
      now = at;
      const id = new Uint8Array(10).fill(0xee);
      ids.write(addressBytes(host)!, at, id, 1);
      expect([id[0], id[9]]).toEqual([0xee, 0xee]);
      return id.subarray(1, 9);
    },
    judge: (host: string, id: Uint8Array, at: number) => {
      now = at;
      return ids.judge(addressBytes(host)!, at, id, 0);
    },
  };
}

test.each(['192.0.2.1', '2001:db8::1'])(
  'an id of %s is good for two minutes at least, then has expired',
  host => {
    const { give, judge } = setUp();
    for (const at of [0, 1.9 * MINUTE, 3 * MINUTE]) {
      const id = give(host, at).slice();
      expect(judge(host, id, at)).toBe('good');
      expect(judge(host, id, at + 2 * MINUTE)).toBe('good');
      expect(judge(host, id, at + 4 * MINUTE)).toBe('expired');
      expect(judge(host, id, at + 8 * 60 * MINUTE)).toBe('expired');
    }
  },
);

test('an id is good from its own address alone', () => {
  const { give, judge } = setUp();
  const id = give('192.0.2.1', 0);
  for (const host of ['192.0.2.2', '192.0.2.0', '::c000:201', '2001:db8::1'])
    expect(judge(host, id, 0)).toBe('forged');
});

test('no other id is: one bit makes it forged, and so are the protocol’s constant and zeros', () => {
  const { give, judge } = setUp();
  const id = give('192.0.2.1', 0).slice();
  for (let bit = 0; bit < 64; bit++) {
    const other = id.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    expect(judge('192.0.2.1', other, 0)).toBe('forged');
  }
  expect(judge('192.0.2.1', new Uint8Array([0, 0, 4, 23, 39, 16, 25, 128]), 0)).toBe('forged');
  expect(judge('192.0.2.1', new Uint8Array(8), 0)).toBe('forged');
});

test('ids of one window have nothing in common with those of the next', () => {
  const { give } = setUp({ windowMs: 10_000 });
  const seen = new Set<string>();
  for (let at = 0; at < 600_000; at += 10_000) seen.add(toHex(give('192.0.2.1', at)).slice(2));
  expect(seen.size).toBe(60);
});

test('nodes with one secret accept each other’s ids, whenever they were started and a little apart', () => {
  const old = setUp({ startedAt: 0 });
  const young = setUp({ startedAt: 50 * MINUTE + 3_000 });
  expect(young.judge('192.0.2.1', old.give('192.0.2.1', 50 * MINUTE), 0)).toBe('good');
  expect(old.judge('192.0.2.1', young.give('192.0.2.1', 2 * MINUTE - 4_000), 52 * MINUTE - 4_000)).toBe(
    'good',
  );
  const stranger = setUp({ startedAt: 0, secret: secret(2) });
  expect(stranger.judge('192.0.2.1', old.give('192.0.2.1', 0), 0)).toBe('forged');
});

test('a longer window keeps ids longer', () => {
  const { give, judge } = setUp({ windowMs: 60 * MINUTE });
  const id = give('192.0.2.1', 0);
  expect(judge('192.0.2.1', id, 60 * MINUTE)).toBe('good');
  expect(judge('192.0.2.1', id, 140 * MINUTE)).toBe('expired');
});

test('follows the clock that all share where it drifts from its own', () => {
  let wall = 0;
  const ids = new ConnectionIds({ secret: secret(1) }, { clock: { wallTime: () => wall } });
  const ip = new Uint8Array([192, 0, 2, 1]);
  const id = new Uint8Array(8);
  ids.write(ip, 0, id, 0);
  wall = 30 * MINUTE;
  expect(ids.judge(ip, MINUTE, id, 0)).toBe('expired');
});

test('a window has a second at least, and a secret sixteen bytes', () => {
  expect(() => setUp({ windowMs: 0 })).toThrow(TypeError);
  expect(() => setUp({ secret: new Uint8Array(8) })).toThrow(TypeError);
});
