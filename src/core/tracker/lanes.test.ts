import { expect, test } from 'vitest';
import { MINUTE, Talk, url, v1, v2 } from '../../../test/announcer-talk.ts';

const families = [4, 6] as const;

/** What a tracker without an address of IPv6 makes of it. */
function withoutIpv6(talk: Talk): string[] {
  const lines: string[] = [];
  for (let order = talk.announcer.poll(talk.now); order; order = talk.announcer.poll(talk.now)) {
    lines.push(talk.line(order));
    if (order.family === 6) talk.announcer.failed(order.id, 'It has no IPv6 address.', talk.now, true);
    else talk.answer(order);
  }
  return lines;
}

test('announces over both families, with one key', () => {
  const talk = new Talk([['a']], { families });
  talk.says('a', { complete: 3, peers: [{ host: '192.0.2.1', port: 1 }] });
  talk.announcer.start(talk.now);
  const first = talk.announcer.poll(talk.now)!;
  const second = talk.announcer.poll(talk.now)!;
  expect([talk.line(first), talk.line(second)]).toEqual(['+0s a started by IPv4', '+0s a started by IPv6']);
  expect(first.key).toBe(second.key);
  talk.answer(first);
  talk.answer(second);
  expect(talk.stateOf('a')).toMatchObject({ state: 'working', seeds: 3, peers: 2 });
  talk.announcer.stop();
  expect(talk.talk().sort()).toEqual(['+0s a stopped by IPv4', '+0s a stopped by IPv6']);
});

test('an address is asked over its own family alone', () => {
  const talk = new Talk([['udp://192.0.2.1:80', 'udp://[2001:db8::1]:80']], { families, schemes: ['udp'] });
  talk.announcer.start(talk.now);
  const asked: string[] = [];
  for (let order = talk.announcer.poll(talk.now); order; order = talk.announcer.poll(talk.now)) {
    asked.push(`${order.family} ${order.url}`);
    talk.announcer.failed(order.id, 'no', talk.now);
  }
  expect(asked).toEqual(['4 udp://192.0.2.1:80', '6 udp://[2001:db8::1]:80']);
});

test('a tracker without IPv6 shows no error, and is asked over it once an hour', () => {
  const talk = new Talk([['a']], { families });
  talk.says('a', { intervalSeconds: 7200 });
  talk.announcer.start(talk.now);
  expect(withoutIpv6(talk)).toEqual(['+0s a started by IPv4', '+0s a started by IPv6']);
  expect(talk.stateOf('a')).toMatchObject({ state: 'working', error: undefined });
  talk.now += 59 * MINUTE;
  expect(withoutIpv6(talk)).toEqual([]);
  talk.now += 17 * MINUTE;
  expect(withoutIpv6(talk)).toEqual(['+4560s a started by IPv6']);
});

test('each tracker hears of the completed download once, whatever the ways to it', () => {
  const talk = new Talk([['a']], { families, infoHashes: [v1, v2] });
  talk.says('a', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toHaveLength(4);
  talk.announcer.completed(talk.now);
  expect(talk.goOn(MINUTE)).toEqual(['+0s a completed by IPv4', '+0s a completed v2 by IPv4']);
  talk.announcer.completed(talk.now);
  expect(talk.goOn(MINUTE)).toEqual([]);
});

test('is announced to one tracker of each tier where it is told so', () => {
  const talk = new Talk([['a'], ['b'], ['c']], { announceTo: 'tiers' });
  talk.says('a', {});
  talk.says('c', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s a started', '+0s b started', '+0s c started']);
  expect(talk.goOn(30 * MINUTE).filter(line => !line.includes(' b '))).toEqual(['+1800s a', '+1800s c']);
});

test('is announced to every tracker where it is told so', () => {
  const talk = new Talk([['a', 'b'], ['c']], { announceTo: 'all' });
  for (const tracker of ['a', 'b', 'c']) talk.says(tracker, {});
  talk.announcer.start(talk.now);
  expect(talk.talk().sort()).toEqual(['+0s a started', '+0s b started', '+0s c started']);
  talk.announcer.completed(talk.now);
  expect(talk.talk().sort()).toEqual(['+0s a completed', '+0s b completed', '+0s c completed']);
});

test('a hash that is learnt later has announces of its own', () => {
  const talk = new Talk([['a']]);
  talk.says('a', {});
  talk.announcer.start(talk.now);
  talk.talk();
  talk.announcer.infoHashKnown(v1, talk.now);
  talk.announcer.infoHashKnown(v2, talk.now);
  expect(talk.talk()).toEqual(['+0s a started v2']);
});

test('a tracker that is added is asked where nobody answered so far, and in its turn else', () => {
  const lonely = new Talk([['a']]);
  lonely.says('b', {});
  lonely.announcer.start(lonely.now);
  lonely.talk();
  expect(lonely.announcer.addTracker(url('b'), 1, lonely.now)).toBe(true);
  expect(lonely.announcer.addTracker(url('b'), 0, lonely.now)).toBe(false);
  expect(lonely.talk()).toEqual(['+0s b started']);

  const served = new Talk([['a']]);
  served.says('a', {});
  served.announcer.start(served.now);
  served.talk();
  served.announcer.addTracker(url('b'), 1, served.now);
  expect(served.talk()).toEqual([]);
  expect(served.announcer.status().map(({ state, tier }) => [state, tier])).toEqual([
    ['working', 0],
    ['unused', 1],
  ]);
});

test('a tracker that is added is asked at once where every tracker is', () => {
  const talk = new Talk([['a']], { announceTo: 'all' });
  talk.says('a', {});
  talk.announcer.start(talk.now);
  talk.talk();
  talk.announcer.addTracker(url('b'), 5, talk.now);
  expect(talk.talk()).toEqual(['+0s b started']);
  expect(talk.stateOf('b').tier).toBe(1);
});

test('a tracker that is removed hears "stopped", and the next one takes its place', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.says('a', {});
  talk.says('b', {});
  talk.announcer.start(talk.now);
  talk.talk();
  expect(talk.announcer.removeTracker(url('a'), talk.now)).toBe(true);
  expect(talk.announcer.removeTracker(url('a'), talk.now)).toBe(false);
  expect(talk.talk()).toEqual(['+0s a stopped', '+0s b started']);
  expect(talk.announcer.status()).toHaveLength(1);
  talk.announcer.stop();
  expect(talk.talk()).toEqual(['+0s b stopped']);
  expect(talk.announcer.isIdle).toBe(true);
});

test('the answer of a tracker that was removed meanwhile is forgotten', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.says('b', {});
  talk.announcer.start(talk.now);
  const order = talk.announcer.poll(talk.now)!;
  talk.announcer.removeTracker(url('a'), talk.now);
  expect(talk.talk()).toEqual(['+0s a stopped', '+0s b started']);
  expect(talk.announcer.answered(order.id, { kind: 'answer', intervalSeconds: 1, peers: [] }, talk.now)).toBe(
    'forgotten',
  );
});

test('asked to, it announces now, as far as the tracker lets it', () => {
  const talk = new Talk([['a']]);
  talk.announcer.start(talk.now);
  talk.goOn(40 * MINUTE);
  talk.says('a', { minIntervalSeconds: 120 });
  talk.announcer.announceNow(talk.now);
  expect(talk.goOn(0)).toEqual(['+2400s a started']);
  talk.announcer.announceNow(talk.now);
  expect(talk.goOn(3 * MINUTE)).toEqual(['+2520s a']);
});

test('asked to announce now, it still keeps away from a tracker that said when to come back', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.announcer.start(talk.now);
  const { id } = talk.announcer.poll(talk.now)!;
  talk.announcer.refused(id, { kind: 'refusal', reason: 'Busy.', retryInMinutes: 10 }, talk.now);
  talk.talk();
  talk.announcer.announceNow(talk.now);
  expect(talk.talk()).toEqual(['+0s b started']);
});

test('what a scrape told is shown', () => {
  const talk = new Talk([['a']]);
  talk.announcer.scraped(url('a'), { complete: 1, incomplete: 2, downloaded: 3 });
  talk.announcer.scraped(url('b'), { complete: 9, incomplete: 9, downloaded: 9 });
  expect(talk.stateOf('a')).toMatchObject({ seeds: 1, leechers: 2, downloads: 3 });
});

// BEP 27: "each peer MUST use only one tracker at a time"
test('a private torrent is announced to one tracker at a time, by all of its ways', () => {
  const talk = new Talk([['a'], ['b']], { isPrivate: true, announceTo: 'all', families });
  talk.says('b', {});
  talk.announcer.start(talk.now);
  expect(talk.talk()).toEqual(['+0s a started by IPv4', '+0s b started by IPv4', '+0s b started by IPv6']);
  talk.says('a', {});
  expect(talk.goOn(31 * MINUTE)).toEqual(['+1800s a started by IPv4', '+1800s a started by IPv6']);
});

test('says when another tracker than before has answered', () => {
  const talk = new Talk([['a'], ['b']]);
  talk.says('b', {});
  talk.announcer.start(talk.now);
  talk.answer(talk.announcer.poll(talk.now)!);
  const answer = { kind: 'answer', intervalSeconds: 60, peers: [] } as const;
  expect(talk.announcer.answered(talk.announcer.poll(talk.now)!.id, answer, talk.now)).toBe('stayed');
  talk.now += MINUTE;
  const next = talk.announcer.poll(talk.now)!;
  expect(talk.line(next)).toBe('+60s a started');
  expect(talk.announcer.answered(next.id, answer, talk.now)).toBe('moved');
});
