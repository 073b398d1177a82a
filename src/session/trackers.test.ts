import { expect, test } from 'vitest';
import { encode } from '../core/bencode/encode.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../host/http.ts';
import { Discovery } from './discovery.ts';
import { TRACKER_DEFAULTS, type TrackerSettings } from './tracker-settings.ts';
import { Trackers } from './trackers.ts';

/** A host in virtual time, whose web answers after `latencyMs`, or never where the URL says "silent". */
class QuickHost {
  time = 0;
  latencyMs = 100;
  timers: { readonly at: number; readonly call: () => void }[] = [];
  readonly urls: { readonly at: number; readonly url: URL }[] = [];
  underWay = 0;
  mostUnderWay = 0;
  /** Names that have addresses. */
  readonly addresses: Record<string, string[]> = {};
  lookUps = 0;

  readonly clock = {
    now: () => this.time,
    wallTime: () => 0,
    after: (delayMs: number, call: () => void) => {
      const timer = { at: this.time + delayMs, call };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter(other => other !== timer);
      };
    },
  };

  readonly http = {
    get: (request: HttpRequest) =>
      new Promise<HttpResponse>((resolve, reject) => {
        this.urls.push({ at: this.time, url: new URL(request.url) });
        this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
        const isSilent = request.url.includes('silent');
        const delayMs = isSilent ? request.timeoutMs : this.latencyMs;
        const end = (settle: () => void) => {
          this.underWay--;
          settle();
        };
        const cancel = this.clock.after(delayMs, () =>
          end(() =>
            isSilent
              ? reject(new SwarmlineError('HTTP_FAILED', 'It is silent.'))
              : resolve({ status: 200, headers: {}, body: ANSWER }),
          ),
        );
        request.signal?.addEventListener('abort', () => {
          cancel();
          end(() => reject(new SwarmlineError('HTTP_FAILED', 'It was given up.')));
        });
      }),
  };

  readonly names = {
    resolve: (name: string) => {
      this.lookUps++;
      const found = this.addresses[name];
      return found === undefined
        ? Promise.reject(new SwarmlineError('NAME_NOT_FOUND', `${name}: there is no host of that name.`))
        : Promise.resolve(found);
    },
  };

  /** Goes from one timer to the next. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    // What was promised before time passes.
    for (let i = 0; i < 100; i++) await undefined;
    for (;;) {
      let next: (typeof this.timers)[number] | undefined;
      for (const timer of this.timers) if (timer.at <= end && timer.at < (next?.at ?? Infinity)) next = timer;
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.call();
      for (let i = 0; i < 8; i++) await undefined;
    }
    this.time = end;
  }
}

const ANSWER = encode({ complete: 1, incomplete: 0, interval: 1800, peers: new Uint8Array(0) });

function setUp(settings: Partial<TrackerSettings> = {}, withNames = false) {
  const host = new QuickHost();
  const random = seededRandom(1);
  const trackers = new Trackers(
    { ...TRACKER_DEFAULTS, ...settings },
    {
      host: { clock: host.clock, http: host.http, random, ...(withNames && { names: host.names }) },
      peerId: new Uint8Array(20),
      userAgent: 'tester',
      listen: { host: '::', port: 6881 },
    },
  );
  const add = (...urls: string[]) => {
    const discovery = new Discovery(
      { trackers: urls.map(url => [url]), infoHashes: [random.fill(new Uint8Array(20))] },
      {
        trackers,
        facts: () => ({ left: 0, uploaded: 0, downloaded: 0, isComplete: true }),
        peersFound: () => {},
      },
    );
    discovery.start();
    return discovery;
  };
  return { host, trackers, add };
}

test('many torrents that start together are announced in turn, by few connections and one timer', async () => {
  const { host, trackers, add } = setUp();
  const torrents = Array.from({ length: 1_000 }, () => add('http://a.example.com/announce'));
  expect(host.timers).toEqual([]);
  trackers.open(6881);
  await host.pass(1_000);
  expect(host.urls.length).toBeLessThanOrEqual(50 + 200);
  await host.pass(5_000);
  expect(host.urls).toHaveLength(1_000);
  expect(host.mostUnderWay).toBeLessThanOrEqual(25);
  expect(torrents.every(torrent => torrent.status()[0]!.state === 'working')).toBe(true);
  expect(host.timers).toHaveLength(1);
});

test('many torrents that stop together say goodbye as far as the time goes', async () => {
  const { host, trackers, add } = setUp({ perSecond: 100_000 });
  trackers.open(6881);
  const torrents = Array.from({ length: 1_000 }, (_, i) =>
    add(i % 2 === 0 ? 'http://a.example.com/announce' : 'http://b.example.com/announce'),
  );
  await host.pass(10_000);
  expect(host.urls).toHaveLength(1_000);
  host.latencyMs = 200;
  trackers.closing(torrents.length);
  let stopped = 0;
  for (const torrent of torrents) void torrent.stop().then(() => stopped++);
  await host.pass(2_000);
  // 50 at a time, 200 ms each.
  expect(host.urls.length - 1_000).toBeGreaterThanOrEqual(500);
  await host.pass(1_000);
  expect(stopped).toBe(1_000);
  expect(host.underWay).toBe(0);
  expect(host.timers).toEqual([]);
});

test('a tracker that is silent costs one wait for all of its torrents, and holds up no other tracker', async () => {
  const { host, trackers, add } = setUp({ perSecond: 100_000 });
  trackers.open(6881);
  const waiting = Array.from({ length: 500 }, () => add('http://silent.example.com/announce'));
  const others = Array.from({ length: 100 }, () => add('http://a.example.com/announce'));
  await host.pass(1_000);
  expect(others.every(torrent => torrent.status()[0]!.state === 'working')).toBe(true);
  await host.pass(30_000);
  expect(waiting.every(torrent => torrent.status()[0]!.error === 'It is silent.')).toBe(true);
  expect(host.urls.filter(({ url }) => url.hostname === 'silent.example.com')).toHaveLength(25);
});

test('asks over each family that a tracker has, and looks a name up once', async () => {
  const { host, trackers, add } = setUp({ perSecond: 100_000 }, true);
  trackers.open(6881);
  host.addresses['both.example.com'] = ['192.0.2.1', '2001:db8::1'];
  host.addresses['old.example.com'] = ['192.0.2.1'];
  const torrents = Array.from({ length: 20 }, () => [
    add('http://both.example.com/announce'),
    add('http://old.example.com/announce'),
    add('http://none.example.com/announce'),
  ]);
  await host.pass(1_000);
  expect(host.urls.filter(({ url }) => url.hostname === 'both.example.com')).toHaveLength(40);
  expect(host.urls.filter(({ url }) => url.hostname === 'old.example.com')).toHaveLength(20);
  expect(host.lookUps).toBe(3);
  expect(torrents[0]!.map(torrent => torrent.status()[0]!.error)).toEqual([
    undefined,
    undefined,
    'none.example.com: there is no host of that name.',
  ]);
});
