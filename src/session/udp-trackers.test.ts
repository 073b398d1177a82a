import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import { parseTrackerUrl } from '../core/tracker/tracker-url.ts';
import type { DatagramSocket } from '../host/datagram.ts';
import { Schedule } from './schedule.ts';
import type { TrackerResult } from './tracker-question.ts';
import { UdpDemux, udpAddresses } from './udp-demux.ts';
import { UdpTrackers } from './udp-trackers.ts';

const request = {
  infoHash: new Uint8Array(20),
  peerId: new Uint8Array(20),
  port: 1,
  uploaded: 0,
  downloaded: 0,
  left: 0,
  key: 0,
};

/** UDP in virtual time: what is sent waits for the test to answer it. */
async function setUp({ ipv6 = true, addresses = ['192.0.2.1', '2001:db8::1'] } = {}) {
  let time = 0;
  let timers: { readonly at: number; readonly call: () => void }[] = [];
  const clock = {
    now: () => time,
    wallTime: () => 0,
    after: (delayMs: number, call: () => void) => {
      const timer = { at: time + delayMs, call };
      timers.push(timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
  };
  const sent: { readonly bytes: Uint8Array; readonly host: string; readonly port: number }[] = [];
  const sockets: DatagramSocket[] = [];
  const unreachable = new Set<string>();
  const demux = new UdpDemux({
    bind: async address => {
      if (!ipv6 && address.host.includes(':'))
        throw new SwarmlineError('LISTEN_FAILED', 'There is no IPv6 here.');
      const socket: DatagramSocket = {
        address,
        onDatagram: () => {},
        onQuiet: () => {},
        keepAlive: () => {},
        send: (bytes, host, port, onFault) => {
          if (unreachable.has(host))
            onFault?.(new SwarmlineError('SEND_FAILED', `There is no way to ${host}.`));
          else sent.push({ bytes, host, port });
        },
        close: () => {},
      };
      sockets.push(socket);
      return socket;
    },
  });
  await demux.open(udpAddresses({ host: '::', port: 6881 }));
  const trackers = new UdpTrackers(
    { retransmits: 1 },
    {
      clock,
      random: seededRandom(1),
      demux,
      schedule: new Schedule(clock),
      names: {
        resolve: async name => {
          if (name.startsWith('none'))
            throw new SwarmlineError('NAME_NOT_FOUND', `${name}: there is no host.`);
          return addresses;
        },
      },
    },
  );
  const results: TrackerResult[] = [];
  const ask = async (url: string, family?: 4 | 6, timeoutMs = Number.POSITIVE_INFINITY) => {
    const question = { url, parsed: parseTrackerUrl(url)!, family, timeoutMs };
    const giveUp = trackers.ask({ ...question, what: { kind: 'announce', request } }, result =>
      results.push(result),
    );
    for (let i = 0; i < 4; i++) await undefined;
    return giveUp;
  };
  const pass = (ms: number) => {
    const end = time + ms;
    for (;;) {
      const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      timers = timers.filter(other => other !== next);
      time = Math.max(time, next.at);
      next.call();
    }
    time = end;
  };
  /** Answers the last datagram. */
  const answer = () => {
    const { bytes, host, port } = sent.at(-1)!;
    const action = bytes[11]!;
    const rest = action === 0 ? [1, 2, 3, 4, 5, 6, 7, 8] : [0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1];
    const datagram = new Uint8Array([0, 0, 0, action, ...bytes.subarray(12, 16), ...rest]);
    sockets
      .find(socket => socket.address.host.includes(':') === host.includes(':'))!
      .onDatagram(datagram, host, port);
  };
  return { ask, pass, answer, sent, results, unreachable, timers: () => timers.length };
}

test('resolves the name, connects and announces', async () => {
  const { ask, answer, sent, results, timers } = await setUp();
  await ask('udp://tracker.example.com:80/announce', 4);
  expect(sent).toMatchObject([{ host: '192.0.2.1', port: 80 }]);
  answer();
  expect(new TextDecoder().decode(sent[1]!.bytes.subarray(100))).toBe('/announce');
  answer();
  expect(results).toMatchObject([{ kind: 'answer', intervalSeconds: 1800, complete: 1, scope: 'public' }]);
  expect(timers()).toBe(0);
});

test('asks over the family that it is told to, where there is one', async () => {
  const both = await setUp();
  await both.ask('udp://tracker.example.com:80', 6);
  expect(both.sent).toMatchObject([{ host: '2001:db8::1' }]);

  const without = await setUp({ ipv6: false });
  await without.ask('udp://tracker.example.com:80', 6);
  expect(without.results).toEqual([
    {
      kind: 'failure',
      reason: 'no-family',
      sentence: 'tracker.example.com has no address of IPv6 that can be reached from here.',
    },
  ]);
  await without.ask('udp://tracker.example.com:80');
  expect(without.sent).toMatchObject([{ host: '192.0.2.1' }]);
});

test('a datagram that is lost is sent again once; then the tracker counts as silent', async () => {
  const { ask, answer, pass, sent, results } = await setUp();
  await ask('udp://tracker.example.com:80', 4);
  pass(14_999);
  expect(sent).toHaveLength(1);
  pass(1);
  expect(sent).toHaveLength(2);
  answer();
  expect(sent).toHaveLength(3);
  pass(30_000);
  expect(results).toEqual([{ kind: 'failure', reason: 'silent', sentence: 'The tracker does not answer.' }]);
});

test('a goodbye waits no longer than it is told to', async () => {
  const { ask, pass, results, sent, timers } = await setUp();
  await ask('udp://tracker.example.com:80', 4, 2_000);
  pass(2_000);
  expect(results).toMatchObject([{ kind: 'failure' }]);
  pass(100_000);
  expect(sent).toHaveLength(1);
  expect(timers()).toBe(0);
});

test.each([
  ['192.0.2.1', 4, 'silent'],
  ['2001:db8::1', 6, 'no-family'],
] as const)('without a way to %s it says so at once', async (host, family, reason) => {
  const { ask, results, unreachable } = await setUp();
  unreachable.add(host);
  await ask('udp://tracker.example.com:80', family);
  expect(results).toEqual([{ kind: 'failure', reason, sentence: `There is no way to ${host}.` }]);
});

test('a name that nobody has is a failure, and what is given up says nothing', async () => {
  const { ask, answer, results, sent } = await setUp();
  await ask('udp://none.example.com:80', 4);
  expect(results).toMatchObject([{ reason: 'silent', sentence: 'none.example.com: there is no host.' }]);
  const giveUp = await ask('udp://tracker.example.com:80', 4);
  giveUp();
  answer();
  expect(sent).toHaveLength(1);
  expect(results).toHaveLength(1);
});

test('addresses that are nobody’s are not asked', async () => {
  const { ask, results, sent } = await setUp({ addresses: ['0.0.0.0', '239.0.0.1', 'ff02::1'] });
  await ask('udp://tracker.example.com:80');
  expect(sent).toEqual([]);
  expect(results).toMatchObject([{ reason: 'no-family' }]);
});
