import { describe, expect, it } from 'vitest';
import { BOUNDS_MS, countsBlock, ERRORS, newCountsMemory, TrackerCounts, totalsOf } from './counts.ts';
import { metricsText } from './metrics.ts';
import { healthText, notReady, type TrackerState } from './state.ts';

describe('what a tracker counts', () => {
  it('is the sum over its threads', () => {
    const memory = newCountsMemory(2);
    const threads = [0, 1].map(i => new TrackerCounts(() => 0, countsBlock(memory, i)));
    for (const { udp, http } of threads) {
      udp.announced(undefined);
      udp.announced('started');
      udp.moved(98, 20);
      http.scraped();
      http.failed('full');
    }
    threads[1]!.ws.connected();
    const [udp, http, ws] = totalsOf(memory);
    expect(udp!.announces).toEqual([2, 2, 0, 0, 0]);
    expect([udp!.bytesIn, udp!.bytesOut, udp!.scrapes]).toEqual([196, 40, 0]);
    expect([http!.scrapes, http!.errors[ERRORS.indexOf('full')]]).toEqual([2, 2]);
    expect([ws!.connects, udp!.connects]).toEqual([1, 0]);
  });

  it('counts an error that it has no name for as another', () => {
    const memory = newCountsMemory(1);
    new TrackerCounts(() => 0, countsBlock(memory, 0)).udp.failed('nobody knows');
    expect(totalsOf(memory)[0]!.errors.at(-1)).toBe(1);
  });

  it('takes the time of one answer in 16', () => {
    const memory = newCountsMemory(1);
    let now = 0;
    const { http } = new TrackerCounts(() => now, countsBlock(memory, 0));
    for (let i = 0; i < 160; i++) {
      const begun = http.begun();
      now += 3;
      http.ended(begun);
    }
    const { buckets, timeMs } = totalsOf(memory)[1]!;
    expect(buckets.reduce((a, b) => a + b)).toBe(10);
    expect(buckets[BOUNDS_MS.indexOf(5)]).toBe(10);
    expect(timeMs).toBe(30);
  });
});

describe('metrics', () => {
  it('are text that Prometheus reads: every family once, with help and type before its samples', () => {
    const seen = new Map<string, string>();
    let family = '';
    for (const line of metricsText(stateWith({})).trimEnd().split('\n')) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (type !== null) {
        expect(seen.has(type[1]!), line).toBe(false);
        seen.set(type[1]!, type[2]!);
        family = type[1]!;
      } else if (!line.startsWith('# HELP ')) {
        expect(line).toMatch(/^[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? -?[\d.e+-]+$/);
        expect(line.startsWith(family), `${line} in ${family}`).toBe(true);
        if (seen.get(family) === 'counter') expect(family).toMatch(/_total$/);
      }
    }
    expect(seen.size).toBeGreaterThan(18);
  });

  it('show a histogram as counts up to each bound', () => {
    const memory = newCountsMemory(1);
    let now = 0;
    const { udp } = new TrackerCounts(() => now, countsBlock(memory, 0));
    for (const ms of [0.02, 0.02, 4, 5_000]) {
      let begun = -1;
      while (begun < 0) begun = udp.begun();
      now += ms;
      udp.ended(begun);
    }
    const text = metricsText(stateWith({ counts: totalsOf(memory) }));
    const value = (le: string) =>
      new RegExp(`answer_seconds_bucket\\{protocol="udp",le="${le.replace('+', '\\+')}"\\} (\\d+)`).exec(
        text,
      )?.[1];
    expect([value('0.00001'), value('0.000025'), value('0.005'), value('1'), value('+Inf')]).toEqual([
      '0',
      '2',
      '3',
      '3',
      '4',
    ]);
    expect(text).toContain('answer_seconds_count{protocol="udp"} 4');
  });

  it('name seeds and leechers by how they are reached', () => {
    const text = metricsText(
      stateWith({
        store: { kind: 'memory', isReachable: true, awayMs: 0, swarms: 2, peers: 7, seeds: 3 },
        webSocket: { sockets: 2, swarms: 1, peers: 2, seeds: 1 },
      }),
    );
    expect(text).toContain('swarmline_tracker_peers{reached="address",role="leecher"} 4');
    expect(text).toContain('swarmline_tracker_peers{reached="websocket",role="seed"} 1');
    expect(text).toContain('swarmline_tracker_store_up{store="memory"} 1');
  });
});

describe('readiness', () => {
  it('ends while it drains, before it listens, and without a store', () => {
    expect(notReady(stateWith({}))).toBeUndefined();
    expect(notReady(stateWith({ isDraining: true }))).toMatch(/about to stop/);
    expect(notReady(stateWith({ isListening: false }))).toMatch(/does not listen/);
    const store = { kind: 'redis', isReachable: false, awayMs: 10_000, swarms: 0, peers: 0, seeds: 0 };
    expect(notReady(stateWith({ store }))).toMatch(/cannot be reached/);
  });

  it('goes on for ten seconds without a store, and for ever where that is wished', () => {
    const store = { kind: 'redis', isReachable: false, awayMs: 9_999, swarms: 0, peers: 0, seeds: 0 };
    expect(notReady(stateWith({ store }))).toBeUndefined();
    expect(notReady(stateWith({ store: { ...store, awayMs: 1e9 }, isReadyAlone: true }))).toBeUndefined();
    expect(healthText(stateWith({ store }))).toMatch(
      /runs\. The store .* cannot be reached: it answers from/,
    );
    expect(healthText(stateWith({}))).toBe('The tracker runs.');
  });
});

function stateWith(changed: Partial<TrackerState>): TrackerState {
  return {
    version: '0.1.0',
    platform: 'Node.js 20',
    startedAt: 1_000_000,
    wallTime: 1_060_000,
    mode: 'open',
    isListening: true,
    isDraining: false,
    threads: 1,
    isReadyAlone: false,
    store: {
      kind: 'memory',
      isReachable: true,
      awayMs: 0,
      swarms: 0,
      peers: 0,
      seeds: 0,
      usedBytes: 64,
      totalBytes: 128,
    },
    webSocket: { sockets: 0, swarms: 0, seeds: 0, peers: 0 },
    httpConnections: 0,
    bans: 0,
    process: { memoryBytes: 1, cpuSeconds: 0.5 },
    counts: totalsOf(newCountsMemory(1)),
    ...changed,
  };
}
