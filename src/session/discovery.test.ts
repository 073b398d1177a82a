import { expect, test } from 'vitest';
import { encode } from '../core/bencode/encode.ts';
import { concatBytes } from '../core/bytes/bytes.ts';
import { encodeCompact } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import { encodeRefusal } from '../core/tracker/http-answer.ts';
import type { HttpRequest, HttpResponse } from '../host/http.ts';
import { Discovery } from './discovery.ts';
import { TRACKER_DEFAULTS } from './tracker-settings.ts';
import { Trackers } from './trackers.ts';

interface Alarm {
  readonly at: number;
  readonly call: () => void;
}

/** A host whose time passes when it is told to, and whose requests wait for the test to answer. */
class StillHost {
  time = 5_000;
  alarms: Alarm[] = [];
  readonly requests: {
    request: HttpRequest;
    respond(response: Partial<HttpResponse>): void;
    fail(error: Error): void;
  }[] = [];

  readonly clock = {
    now: () => this.time,
    wallTime: () => 0,
    after: (delayMs: number, call: () => void) => {
      const alarm = { at: this.time + delayMs, call };
      this.alarms.push(alarm);
      return () => {
        this.alarms = this.alarms.filter(other => other !== alarm);
      };
    },
  };

  readonly http = {
    get: (request: HttpRequest) =>
      new Promise<HttpResponse>((resolve, reject) => {
        request.signal?.addEventListener('abort', () =>
          reject(new SwarmlineError('HTTP_FAILED', 'It was given up.')),
        );
        const respond = (response: Partial<HttpResponse>) =>
          resolve({ status: 200, headers: {}, body: new Uint8Array(), ...response });
        this.requests.push({ request, respond, fail: reject });
      }),
  };

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const due = this.alarms.filter(alarm => alarm.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.alarms = this.alarms.filter(alarm => alarm !== due);
      this.time = Math.max(this.time, due.at);
      due.call();
      await settled();
    }
    this.time = end;
  }

  queryOf(index: number): URLSearchParams {
    return new URL(this.requests.at(index)!.request.url).searchParams;
  }
}

/** Lets promises that are resolved run their course. */
const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

const packed = (...hosts: string[]) => concatBytes(hosts.map(host => encodeCompact({ host, port: 6881 })!));

function setUp(trackers: readonly (readonly string[])[] = [['http://tracker.example.com/announce']]) {
  const host = new StillHost();
  const found: string[] = [];
  const externalIps: string[] = [];
  const facts = { left: 10, uploaded: 20, downloaded: 30, isComplete: false };
  const access = new Trackers(TRACKER_DEFAULTS, {
    host: { clock: host.clock, http: host.http, random: seededRandom(1) },
    peerId: new Uint8Array(20).fill(66),
    userAgent: 'tester',
    listen: { host: '::', port: 6881 },
  });
  access.open(6881);
  const discovery = new Discovery(
    { trackers, infoHashes: [new Uint8Array(20).fill(65)] },
    {
      trackers: access,
      facts: () => facts,
      peersFound: (addresses, source, infoHash) =>
        found.push(...addresses.map(({ host: peer }) => `${peer} by ${source} of ${infoHash[0]}`)),
      externalIpFound: ip => externalIps.push(ip),
    },
  );
  return { host, discovery, found, externalIps, facts, access };
}

test('announces what the torrent says of itself, and hands on the peers that may be dialled', async () => {
  const { host, discovery, found, externalIps } = setUp();
  discovery.start();
  expect(Object.fromEntries(host.queryOf(0))).toMatchObject({
    info_hash: 'A'.repeat(20),
    peer_id: 'B'.repeat(20),
    port: '6881',
    left: '10',
    uploaded: '20',
    downloaded: '30',
    event: 'started',
  });
  expect(host.requests[0]!.request).toMatchObject({ timeoutMs: 30_000, maxBytes: 1_048_576 });
  const peers = packed('192.0.2.1', '10.0.0.1', '127.0.0.1', '239.0.0.1');
  const externalIp = new Uint8Array([192, 0, 2, 7]);
  host.requests[0]!.respond({
    body: encode({ interval: 900, complete: 2, incomplete: 1, peers, 'external ip': externalIp }),
  });
  await settled();
  expect(found).toEqual(['192.0.2.1 by tracker of 65']);
  expect(externalIps).toEqual(['192.0.2.7']);
  expect(discovery.status()).toMatchObject([
    { state: 'working', seeds: 2, leechers: 1, nextAnnounceAt: 905_000, error: undefined },
  ]);
  await host.pass(900_000);
  expect(host.requests).toHaveLength(2);
  expect(host.queryOf(1).get('event')).toBeNull();
});

test.each([
  ['http://192.168.1.5/announce', undefined, ['192.0.2.1', '10.0.0.1']],
  ['http://localhost/announce', undefined, ['192.0.2.1', '10.0.0.1', '127.0.0.1']],
  ['http://tracker.lan/announce', '192.168.1.5', ['192.0.2.1', '10.0.0.1']],
  ['http://tracker.lan/announce', '127.0.0.1', ['192.0.2.1', '10.0.0.1', '127.0.0.1']],
  ['http://tracker.lan/announce', undefined, ['192.0.2.1']],
  ['http://tracker.example.com/announce', '192.0.2.99', ['192.0.2.1']],
])('a tracker at %s, seen at %s, may name %j', async (url, remoteHost, expected) => {
  const { host, discovery, found } = setUp([[url]]);
  discovery.start();
  const body = encode({ interval: 900, peers: packed('192.0.2.1', '10.0.0.1', '127.0.0.1') });
  host.requests[0]!.respond({ body, ...(remoteHost !== undefined && { remoteHost }) });
  await settled();
  expect(found).toEqual(expected.map(peer => `${peer} by tracker of 65`));
});

test.each([
  [{ status: 404, body: new Uint8Array() }, 'The tracker answered with HTTP status 404.'],
  [{ status: 500, body: encode({ interval: 60 }) }, 'The tracker answered with HTTP status 500.'],
  [{ status: 403, body: encodeRefusal({ reason: 'Go away.' }) }, 'The tracker refuses: Go away.'],
  [{ body: encodeRefusal({ reason: 'Go away.' }) }, 'The tracker refuses: Go away.'],
  [
    { body: new TextEncoder().encode('<html>') },
    'The answer is not bencoded: it is no tracker that answers there.',
  ],
])('what went wrong is shown: %#', async (response, error) => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond(response);
  await settled();
  expect(discovery.status()).toMatchObject([{ state: 'failed', error }]);
});

test('a failed connection moves on to the next tracker, with its sentence kept', async () => {
  const { host, discovery } = setUp([['http://a.example.com/announce'], ['http://b.example.com/announce']]);
  discovery.start();
  host.requests[0]!.fail(new SwarmlineError('HTTP_FAILED', 'a.example.com: the connection was refused.'));
  await settled();
  expect(host.requests[1]!.request.url).toMatch(/^http:\/\/b\.example\.com\/announce\?/);
  expect(discovery.status()[0]).toMatchObject({
    state: 'failed',
    error: 'a.example.com: the connection was refused.',
  });
});

test('says "stopped" and waits for the answer', async () => {
  const { host, discovery, found } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  let stopped = false;
  const stopping = discovery.stop().then(() => {
    stopped = true;
  });
  expect(host.queryOf(1).get('event')).toBe('stopped');
  await settled();
  expect(stopped).toBe(false);
  host.requests[1]!.respond({ body: encode({ complete: 1, interval: 900, peers: packed('192.0.2.1') }) });
  await stopping;
  expect(found).toEqual([]);
  expect(host.alarms).toEqual([]);
});

test('goes on with the goodbye that is on its way when it is stopped once more', async () => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  const stopping = [discovery.stop(), discovery.stop()];
  expect(host.requests).toHaveLength(2);
  expect(host.requests[1]!.request.signal?.aborted).not.toBe(true);
  host.requests[1]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await Promise.all(stopping);
  // No time has passed: nobody waited for the end of it.
  expect(host.alarms).toEqual([]);
});

test('waits no longer than two seconds for a tracker that is silent', async () => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  let stopped = false;
  void discovery.stop().then(() => {
    stopped = true;
  });
  await host.pass(1_999);
  expect(stopped).toBe(false);
  await host.pass(1);
  await settled();
  expect(stopped).toBe(true);
  expect(host.requests[1]!.request.signal?.aborted).toBe(true);
  await host.pass(10_000_000);
  expect(host.requests).toHaveLength(2);
});

test('stops at once where no tracker knows it, and drops what is under way', async () => {
  const { host, discovery } = setUp([['udp://a.example.com:80']]);
  discovery.start();
  await discovery.stop();
  expect(host.requests).toEqual([]);

  const busy = setUp();
  busy.discovery.start();
  const stopping = busy.discovery.stop();
  expect(busy.host.requests[0]!.request.signal?.aborted).toBe(true);
  expect(busy.host.queryOf(1).get('event')).toBe('stopped');
  busy.host.requests[1]!.fail(new SwarmlineError('HTTP_FAILED', 'refused'));
  await stopping;
});

test('stops twice, and starts again while it stops', async () => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  const stopping = [discovery.stop(), discovery.stop()];
  discovery.start();
  await Promise.all(stopping);
  expect(host.requests.map((_, i) => host.queryOf(i).get('event'))).toEqual([
    'started',
    'stopped',
    'started',
  ]);
});

test('tells of the completed download and asks for more peers', async () => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900, 'min interval': 60 }) });
  await settled();
  discovery.completed();
  expect(host.queryOf(1).get('event')).toBe('completed');
  host.requests[1]!.respond({ body: encode({ complete: 1, interval: 900, 'min interval': 60 }) });
  await settled();
  discovery.peersWanted();
  expect(host.requests).toHaveLength(2);
  await host.pass(60_000);
  expect(host.requests).toHaveLength(3);
});

test.each([
  ['http://tracker.example.com/announce', false],
  ['http://tracker.example.com/admin?x', true],
  ['http://192.168.1.5/announce', false],
])('asks %s on the Internet only: %s', (url, publicOnly) => {
  const { host, discovery } = setUp([[url]]);
  discovery.start();
  expect(host.requests[0]!.request).toMatchObject({ publicOnly });
});

test('a partial seed says so in every announce, and what happens goes before it', async () => {
  const { host, discovery, facts } = setUp();
  facts.isComplete = true;
  discovery.start();
  expect(host.queryOf(0).get('event')).toBe('started');
  host.requests[0]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  await host.pass(900_000);
  expect(host.queryOf(1).get('event')).toBe('paused');
  facts.left = 0;
  host.requests[1]!.respond({ body: encode({ complete: 1, interval: 900 }) });
  await settled();
  await host.pass(900_000);
  expect(host.queryOf(2).get('event')).toBeNull();
});

test('scrapes a tracker whose answers do not say how large the swarm is', async () => {
  const { host, discovery } = setUp();
  discovery.start();
  host.requests[0]!.respond({ body: encode({ interval: 900 }) });
  await settled();
  expect(host.requests[1]!.request.url).toBe(`http://tracker.example.com/scrape?info_hash=${'A'.repeat(20)}`);
  const swarm = { complete: 3, incomplete: 4, downloaded: 5 };
  host.requests[1]!.respond({ body: encode({ files: { ['A'.repeat(20)]: swarm } }) });
  await settled();
  expect(discovery.status()).toMatchObject([{ seeds: 3, leechers: 4, downloads: 5 }]);
});

test('a scrape that is asked for goes to the tracker that works', async () => {
  const { host, discovery } = setUp([
    ['udp://a.example.com:80', 'http://b.example.com/other'],
    ['http://c.example.com/announce'],
  ]);
  let counts: unknown = 'none yet';
  discovery.scrape(result => {
    counts = result;
  });
  expect(host.requests[0]!.request.url).toMatch(/^http:\/\/c\.example\.com\/scrape\?/);
  host.requests[0]!.respond({ status: 500 });
  await settled();
  expect(counts).toBeUndefined();

  const lonely = setUp([['http://b.example.com/other']]);
  lonely.discovery.scrape(result => {
    counts = [result];
  });
  expect(counts).toEqual([undefined]);
  expect(lonely.host.requests).toEqual([]);
});

test('a tracker that is silent is asked once for many torrents, and again when the user wants it', async () => {
  const { host, discovery, access } = setUp();
  discovery.start();
  host.requests[0]!.fail(new SwarmlineError('HTTP_FAILED', 'It is down.'));
  await settled();
  const other = new Discovery(
    { trackers: [['http://tracker.example.com/announce']], infoHashes: [new Uint8Array(20)] },
    {
      trackers: access,
      facts: () => ({ left: 1, uploaded: 0, downloaded: 0, isComplete: false }),
      peersFound: () => {},
    },
  );
  other.start();
  await host.pass(0);
  expect(other.status()).toMatchObject([{ state: 'failed', error: 'It is down.' }]);
  expect(host.requests).toHaveLength(1);
  other.announceNow();
  expect(host.requests).toHaveLength(2);
});

// BEP 27
test('a private torrent says when another tracker answers, and is announced to one at a time', async () => {
  const host = new StillHost();
  const trackers = new Trackers(
    { ...TRACKER_DEFAULTS, announceTo: 'all' },
    {
      host: { clock: host.clock, http: host.http, random: seededRandom(1) },
      peerId: new Uint8Array(20),
      userAgent: 'tester',
      listen: { host: '10.0.0.7', port: 6881 },
    },
  );
  trackers.open(6881);
  const told: string[] = [];
  const discovery = new Discovery(
    {
      trackers: [['http://a.example.com/announce'], ['http://b.example.com/announce']],
      infoHashes: [new Uint8Array(20)],
      isPrivate: true,
    },
    {
      trackers,
      facts: () => ({ left: 1, uploaded: 0, downloaded: 0, isComplete: false }),
      peersFound: addresses => told.push(...addresses.map(({ host: peer }) => peer)),
      trackerMoved: () => told.push('moved'),
    },
  );
  discovery.start();
  expect(host.requests).toHaveLength(1);
  const peers = (...hosts: string[]) => encode({ complete: 1, interval: 900, peers: packed(...hosts) });
  host.requests[0]!.respond({ body: peers('192.0.2.1') });
  await settled();
  await host.pass(900_000);
  host.requests[1]!.fail(new SwarmlineError('HTTP_FAILED', 'It is down.'));
  await settled();
  expect(host.requests[2]!.request.url).toContain('b.example.com');
  host.requests[2]!.respond({ body: peers('192.0.2.2') });
  await settled();
  expect(told).toEqual(['192.0.2.1', 'moved', '192.0.2.2']);
});
