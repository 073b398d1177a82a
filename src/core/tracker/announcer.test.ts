import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MINUTE, name, SECOND, Talk, v1, v2 } from '../../../test/announcer-talk.ts';
import type { AnnounceAnswer } from './announce.ts';

test('announces when it starts, and then at the tracker’s interval', () => {
  const talk = new Talk([['a']]);
  talk.says('a', { intervalSeconds: 600 });
  expect(talk.talk()).toEqual([]);
  talk.announcer.start(talk.now);
  expect(talk.goOn(25 * MINUTE)).toEqual(['+0s a started', '+600s a', '+1200s a']);
});

test.each([
  [{ intervalSeconds: 1 }, 60],
  [{ intervalSeconds: 0 }, 60],
  [{ intervalSeconds: 1_000_000 }, 10_800],
  [{ intervalSeconds: 120, minIntervalSeconds: 900 }, 900],
  [{ intervalSeconds: 120, minIntervalSeconds: 1_000_000 }, 10_800],
])('an interval of %j waits %i seconds', (says, seconds) => {
  const talk = new Talk([['a']]);
  talk.says('a', says);
  talk.announcer.start(talk.now);
  talk.talk();
  expect(talk.announcer.nextTimeout()).toBe(talk.now + seconds * SECOND);
});

test('asks for 50 to 200 peers, and for none when it stops', () => {
  for (const [asked, got] of [
    [undefined, 200],
    [1, 50],
    [80, 80],
    [9_999, 200],
  ] as const) {
    const talk = new Talk([['a']], asked === undefined ? {} : { numWant: asked });
    talk.announcer.start(talk.now);
    const order = talk.announcer.poll(talk.now)!;
    expect(order.numWant).toBe(got);
    talk.announcer.stop();
    expect(talk.announcer.poll(talk.now)).toMatchObject({ event: 'stopped', numWant: 0, key: order.key });
  }
});

test('tries the next tracker at once, tier by tier, until one answers', () => {
  const talk = new Talk([['a'], ['b'], ['c']]);
  talk.says('c', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s a started', '+0s b started', '+0s c started']);
  expect(talk.announcer.status().map(({ state, error }) => [state, error])).toEqual([
    ['failed', 'The connection was refused.'],
    ['failed', 'The connection was refused.'],
    ['working', undefined],
  ]);
});

test('asks the first tier first again at the next interval', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.says('b', {});
  talk.announcer.start(talk.now);
  talk.talk();
  talk.says('a', {});
  expect(talk.goOn(61 * MINUTE)).toEqual(['+1800s a started', '+3600s a']);
});

test('shuffles a tier, and never across tiers', () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const talk = new Talk([['a', 'b', 'c'], ['d']], { seed });
    orders.add(
      talk.announcer
        .status()
        .map(status => name(status.url))
        .join(''),
    );
  }
  expect([...orders].sort()).toEqual(['abcd', 'acbd', 'bacd', 'bcad', 'cabd', 'cbad']);
});

test('the tracker that answered comes to the front of its tier', () => {
  const talk = new Talk([['a', 'b', 'c']]);
  const [, , last] = talk.announcer.status().map(status => name(status.url));
  talk.says(last!, { intervalSeconds: 7_200 });
  talk.announcer.start(talk.now);
  expect(talk.talk()).toHaveLength(3);
  expect(name(talk.announcer.status()[0]!.url)).toBe(last);
  expect(talk.goOn(121 * MINUTE)).toEqual([`+7200s ${last}`]);
});

test('backs off from a dead tracker, up to an hour and a quarter', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  const waits: number[] = [];
  for (let fails = 1; fails <= 20; fails++) {
    expect(talk.talk()).toHaveLength(1);
    const next = talk.announcer.nextTimeout()!;
    const plain = Math.min(3_600, 5 + 12.5 * fails * fails);
    waits.push((next - talk.now) / SECOND / plain);
    talk.now = next - 1;
    expect(talk.talk()).toEqual([]);
    talk.now = next;
  }
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...waits)).toBeLessThan(1.25);
  expect(new Set(waits).size).toBe(20);
});

test('comes back in time when a lower tier has carried it over', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s a started', '+0s b started']);
  talk.says('b', {});
  // Each rests on its own: whoever's rest ends first is asked.
  const lines = talk.goOn(MINUTE);
  expect(lines.at(-1)).toMatch(/ b started$/);
});

test('a refusal moves on to the next tracker, and is shown', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.says('a', 'Unregistered torrent');
  talk.says('b', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s a started', '+0s b started']);
  expect(talk.stateOf('a')).toMatchObject({
    state: 'failed',
    error: 'The tracker refuses: Unregistered torrent',
  });
});

test.each([
  [{ retryInMinutes: 30 }, 1_800],
  [{ retryInMinutes: 30, intervalSeconds: 60 }, 1_800],
  [{ intervalSeconds: 900 }, 900],
  [{ retryInMinutes: 1_000_000 }, 86_400],
  [{ intervalSeconds: 1_000_000 }, 10_800],
] as const)('a refusal with %j is taken at its word', (says, seconds) => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  talk.announcer.refused(
    talk.announcer.poll(talk.now)!.id,
    { kind: 'refusal', reason: 'Busy.', ...says },
    talk.now,
  );
  talk.talk();
  expect(talk.announcer.nextTimeout()).toBe(talk.now + seconds * SECOND);
});

test('a tracker that says "never" is never asked again', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  const { id } = talk.announcer.poll(talk.now)!;
  talk.announcer.refused(id, { kind: 'refusal', reason: 'Not a tracker', retryInMinutes: 'never' }, talk.now);
  expect(talk.goOn(1_000 * MINUTE)).toEqual([]);
  expect(talk.announcer.nextTimeout()).toBeUndefined();
  expect(talk.stateOf('a')).toMatchObject({ state: 'failed', nextAnnounceAt: undefined });
});

test('tells that the download is complete once, at once, whatever the interval', () => {
  const talk = new Talk([['a']]);
  talk.says('a', { intervalSeconds: 1800, minIntervalSeconds: 900 });
  talk.announcer.start(talk.now);
  talk.goOn(10 * SECOND);
  talk.announcer.completed(talk.now);
  expect(talk.goOn(MINUTE)).toEqual(['+10s a completed']);
  expect(talk.goOn(30 * MINUTE)).toEqual(['+1810s a']);
});

test('keeps "completed" for a tracker that comes back, after "started" where it did not know us', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  talk.talk();
  talk.announcer.completed(talk.now);
  talk.says('a', {});
  const lines = talk.goOn(MINUTE).map(line => line.replace(/^\+\d+s /, ''));
  expect(lines).toEqual(['a started', 'a completed']);
});

test('"completed" while an announce is under way follows it', () => {
  const talk = new Talk([['a']]);
  talk.says('a', {});
  talk.announcer.start(talk.now);
  const order = talk.announcer.poll(talk.now)!;
  talk.announcer.completed(talk.now);
  expect(talk.talk()).toEqual([]);
  talk.answer(order);
  expect(talk.talk()).toEqual(['+0s a completed']);
});

test('tells every tracker that knows it, and no other, when it stops', () => {
  const talk = new Talk([['a'], ['b'], ['c']]);
  talk.says('b', {});
  talk.announcer.start(talk.now);
  talk.talk();
  talk.announcer.stop();
  expect(talk.talk()).toEqual(['+0s b stopped']);
  expect(talk.announcer.isIdle).toBe(true);
  expect(talk.goOn(100 * MINUTE)).toEqual([]);
});

test('stops towards a tracker that may have heard "started" just now, and forgets that answer', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  const order = talk.announcer.poll(talk.now)!;
  talk.announcer.stop();
  const farewell = talk.announcer.poll(talk.now)!;
  expect(talk.line(farewell)).toBe('+0s a stopped');
  expect(talk.announcer.isIdle).toBe(false);
  talk.announcer.failed(order.id, 'dropped', talk.now);
  talk.announcer.failed(farewell.id, 'timed out', talk.now);
  expect(talk.announcer.isIdle).toBe(true);
});

test('a torrent that is started again announces "started" again', () => {
  const talk = new Talk([['a']]);
  talk.says('a', {});
  talk.announcer.start(talk.now);
  talk.talk();
  talk.announcer.stop();
  talk.talk();
  talk.now += MINUTE;
  talk.announcer.start(talk.now);
  expect(talk.goOn(0)).toEqual(['+60s a started']);
});

test('announces a hybrid under both hashes, and stops both', () => {
  const talk = new Talk([['a']], { infoHashes: [v1, v2] });
  talk.says('a', { complete: 3, incomplete: 1 });
  talk.announcer.start(talk.now);
  expect(talk.goOn(31 * MINUTE)).toEqual(['+0s a started', '+0s a started v2', '+1800s a', '+1800s a v2']);
  expect(talk.stateOf('a')).toMatchObject({ state: 'working', seeds: 3, leechers: 1 });
  talk.announcer.stop();
  expect(talk.talk().sort()).toEqual(['+1860s a stopped', '+1860s a stopped v2']);
});

test('more peers are asked for as soon as the minimal interval allows', () => {
  const talk = new Talk([['a']]);
  talk.says('a', { minIntervalSeconds: 120 });
  talk.announcer.start(talk.now);
  talk.goOn(30 * SECOND);
  talk.announcer.peersWanted(talk.now);
  expect(talk.goOn(10 * MINUTE)).toEqual(['+120s a']);
  talk.announcer.peersWanted(talk.now);
  expect(talk.goOn(0)).toEqual(['+630s a']);
});

test('a tracker id is given back', () => {
  const talk = new Talk([['a']]);
  const trackerId = new Uint8Array([7]);
  talk.says('a', { trackerId });
  talk.announcer.start(talk.now);
  talk.talk();
  talk.now += 30 * MINUTE;
  expect(talk.announcer.poll(talk.now)!.trackerId).toEqual(trackerId);
});

test('trackers that cannot be asked are shown with the reason, and passed over', () => {
  const tier = ['udp://a.example.com:80', 'wss://a.example.com', 'not a url', 'http://127.0.0.1/reboot'];
  const talk = new Talk([tier, ['b', 'b']]);
  talk.says('b', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s b started']);
  expect(
    talk.announcer
      .status()
      .map(({ state, error }) => `${state}: ${error}`)
      .sort(),
  ).toEqual([
    'unusable: A tracker on this machine or network must have a path that starts with /announce.',
    'unusable: This is no tracker URL.',
    'unusable: Trackers by udp: are not supported yet.',
    'unusable: Trackers by wss: are not supported yet.',
    'working: undefined',
  ]);
});

test('a torrent without a tracker that can be asked has nothing to do', () => {
  for (const trackers of [[], [[]], [['udp://a:1']]]) {
    const talk = new Talk(trackers);
    talk.announcer.start(talk.now);
    expect(talk.talk()).toEqual([]);
    expect(talk.announcer.nextTimeout()).toBeUndefined();
    talk.announcer.stop();
    expect(talk.announcer.isIdle).toBe(true);
  }
});

test('of thousands of trackers two hundred are kept', () => {
  const talk = new Talk([Array.from({ length: 5_000 }, (_, i) => `t${i}`)]);
  expect(talk.announcer.status()).toHaveLength(200);
});

test('whatever trackers answer, nobody is asked twice within 17 seconds without an event', () => {
  const behaviours = fc.constantFrom<Partial<AnnounceAnswer> | string | undefined>(
    {},
    { intervalSeconds: 0 },
    { minIntervalSeconds: 0 },
    'no',
    undefined,
  );
  const runs = fc.record({
    seed: fc.nat(),
    script: fc.array(fc.tuple(fc.nat(3), behaviours, fc.nat(9)), { maxLength: 30 }),
  });
  fc.assert(
    fc.property(runs, ({ seed, script }) => {
      const talk = new Talk(
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        { seed, infoHashes: [v1, v2] },
      );
      const asked = new Map<string, number>();
      talk.announcer.start(talk.now);
      for (const [tracker, behaviour, doing] of script) {
        if (behaviour === undefined) delete talk.trackers['abcd'[tracker]!];
        else talk.trackers['abcd'[tracker]!] = behaviour;
        if (doing === 0) talk.announcer.completed(talk.now);
        if (doing === 1) talk.announcer.peersWanted(talk.now);
        for (const line of talk.goOn(3 * MINUTE)) {
          const [, at, who] = /^\+(\d+)s (\S+(?: started)?(?: v2)?)$/.exec(line) ?? [];
          if (at === undefined) continue;
          const key = who!.replace(' started', '');
          expect(Number(at) - (asked.get(key) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(17);
          asked.set(key, Number(at));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('who is alone asks sooner, and less and less soon, where the tracker has said how soon that may be', () => {
  const talk = new Talk([['a']], { wantsPeers: true });
  talk.says('a', { minIntervalSeconds: 60 });
  talk.announcer.start(talk.now);
  expect(talk.goOn(30 * MINUTE)).toEqual(['+0s a started', '+120s a', '+360s a', '+840s a', '+1800s a']);
  talk.says('a', { peers: [1, 2].map(port => ({ host: '192.0.2.1', port })), minIntervalSeconds: 60 });
  expect(talk.goOn(60 * MINUTE)).toEqual(['+3600s a', '+5400s a']);

  const strict = new Talk([['a']], { wantsPeers: true });
  strict.says('a', {});
  strict.announcer.start(strict.now);
  expect(strict.goOn(30 * MINUTE)).toEqual(['+0s a started', '+1800s a']);
});

test('a tracker that was to hear of us and did not need not hear that we stop', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  const order = talk.announcer.poll(talk.now)!;
  talk.announcer.withdrawn(order.id);
  talk.announcer.withdrawn(order.id);
  talk.announcer.stop();
  expect(talk.talk()).toEqual([]);
  expect(talk.announcer.isIdle).toBe(true);
});
