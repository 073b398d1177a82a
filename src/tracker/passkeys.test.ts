import { expect, test } from 'vitest';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import type { AnnounceFacts } from '../core/tracker/announce.ts';
import { type Passkey, Passkeys } from './passkeys.ts';

const alice: Passkey = { name: 'alice', key: 'aaaaaaaa' };
const facts = (peer: number, more: Partial<AnnounceFacts> = {}): AnnounceFacts => ({
  ...{ infoHash: new Uint8Array(20), peerId: new Uint8Array(20).fill(peer), port: 1 },
  ...{ uploaded: 0, downloaded: 0, left: 1 },
  ...more,
});

function setUp(key: Partial<Passkey> = {}, before?: Passkeys) {
  const clock = { wallTime: 1_000 };
  const keys = Passkeys.of(
    [{ ...alice, ...key }],
    { wallTime: () => clock.wallTime, random: seededRandom(1) },
    before,
  );
  const ask = (
    peer: number,
    more: Partial<AnnounceFacts> = {},
    at: { host?: string; url?: string; now?: number } = {},
  ) => {
    const { host = '192.0.2.1', url = '/aaaaaaaa/announce', now = 0 } = at;
    return keys.refusalOf({ facts: facts(peer, more), ip: addressBytes(host)!, url }, now)?.reason;
  };
  return { keys, ask, clock };
}

test('knows a key by the path, whatever comes behind it', () => {
  const { keys, ask } = setUp();
  for (const url of ['/aaaaaaaa/announce', '/aaaaaaaa', '/aaaaaaaa?x=1', '/aaaaaaaa/announce?passkey=b'])
    expect(ask(1, {}, { url }), url).toBe(undefined);
  for (const url of ['', '/', '/announce', '/aaaaaaab/announce', '//aaaaaaaa/announce', '/AAAAAAAA/announce'])
    expect(ask(1, {}, { url }), url).toBe('The tracker does not know the key in this URL.');
  expect(keys.refusalOf({ facts: facts(1), ip: new Uint8Array(4) }, 0)).toMatchObject({ retryInMinutes: 60 });
  expect([keys.knows('/aaaaaaaa/scrape'), keys.knows('/x')]).toEqual([true, false]);
});

test('a key that has expired is not known', () => {
  const { ask, clock } = setUp({ expiresAt: 2_000 });
  expect(ask(1)).toBe(undefined);
  clock.wallTime = 2_000;
  expect(ask(1)).toBe('The tracker does not know the key in this URL.');
});

test('adds up what peers have moved since they were first seen', () => {
  const { keys, ask } = setUp();
  ask(1, { event: 'started', uploaded: 1_000 });
  ask(1, { uploaded: 1_500, downloaded: 70 });
  ask(2, { uploaded: 9 });
  ask(2, { uploaded: 10, left: 0, event: 'completed' });
  ask(1, { uploaded: 5, downloaded: 5 }); // a new start
  ask(1, { uploaded: 10, downloaded: 5, event: 'stopped' });
  expect(keys.totals().get('alice')).toEqual({
    ...{ uploaded: 506, downloaded: 70, announces: 6, completed: 1, lastSeen: 1_000 },
  });
});

test('one key has so many peers at a time', () => {
  const { ask } = setUp({ maxPeers: 2 });
  expect([ask(1), ask(2), ask(1), ask(3)]).toEqual([...new Array(3), 'Too many peers announce by this key.']);
  ask(1, { event: 'stopped' });
  expect(ask(3)).toBe(undefined);
  expect(ask(4, {}, { now: 46 * 60_000 })).toBe(undefined);
});

test('and so many addresses', () => {
  const { ask } = setUp({ maxAddresses: 2 });
  const at = (host: string, now = 0) => ({ host, now });
  expect([ask(1, {}, at('192.0.2.1')), ask(2, {}, at('192.0.2.2')), ask(3, {}, at('192.0.2.2'))]).toEqual(
    new Array(3),
  );
  expect(ask(4, {}, at('192.0.2.3'))).toBe('This key is used from too many addresses.');
  expect(ask(1, {}, at('192.0.2.3'))).toBe('This key is used from too many addresses.');
  expect(ask(4, {}, at('192.0.2.3', 46 * 60_000))).toBe(undefined);
});

test('and so many announces in an hour', () => {
  const { ask } = setUp({ maxAnnouncesPerHour: 2 });
  expect([ask(1), ask(1), ask(1)]).toEqual([
    ...new Array(2),
    'There were too many announces by this key in the last hour.',
  ]);
  expect(ask(1, {}, { now: 3_600_000 })).toBe(undefined);
});

test('totals outlive new keys of the same owner, and a restart', () => {
  const { keys, ask } = setUp();
  ask(1);
  ask(1, { uploaded: 7 });
  const next = setUp({ key: 'bbbbbbbb' }, keys);
  expect(next.ask(1, { uploaded: 9 })).toBe('The tracker does not know the key in this URL.');
  expect(next.ask(1, { uploaded: 9 }, { url: '/bbbbbbbb/announce' })).toBe(undefined);
  expect(next.keys.totals().get('alice')).toMatchObject({ uploaded: 9, announces: 3 });
  const restarted = setUp();
  restarted.keys.restore(new Map([...next.keys.totals(), ['gone', next.keys.totals().get('alice')!]]));
  expect(restarted.keys.totals()).toEqual(next.keys.totals());
});

test('a name that went leaves its place to another only when nobody can use it any more', () => {
  const deps = { wallTime: () => 0, random: seededRandom(1) };
  const use = (keys: Passkeys, key: string) =>
    keys.refusalOf({ facts: facts(1), ip: new Uint8Array(4), url: `/${key}/announce` }, 0);
  const first = Passkeys.of([alice], deps);
  use(first, 'aaaaaaaa');
  const second = Passkeys.of([{ name: 'bob', key: 'bbbbbbbb' }], deps, first);
  // A thread that has not heard yet.
  use(first, 'aaaaaaaa');
  expect(second.totals().get('bob')).toMatchObject({ announces: 0 });
  const third = Passkeys.of(
    [
      { name: 'bob', key: 'bbbbbbbb' },
      { name: 'carol', key: 'cccccccc' },
    ],
    deps,
    second,
  );
  use(third, 'cccccccc');
  use(third, 'bbbbbbbb');
  expect([...third.totals()].map(([name, { announces }]) => [name, announces])).toEqual([
    ['bob', 1],
    ['carol', 1],
  ]);
});
