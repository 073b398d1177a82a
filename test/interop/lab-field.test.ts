// The lab's field with real processes: plans carried out in network namespaces, with what they must give at the least and at
// the most. Other people's programs take part in one.

import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect } from 'vitest';
import { fieldRunPlan } from '../../src/lab/field/field-run.ts';
import { openStar } from '../../src/lab/field/topology.ts';
import { runFigures } from '../../src/lab/figures.ts';
import type { SwarmPlan } from '../../src/lab/plan.ts';
import { libtorrentPython } from './libtorrent.ts';
import { namespaces } from './namespaces.ts';
import { foreignProgram, interopTest, temporaryFolder } from './peers.ts';

const NEEDED = [namespaces, foreignProgram('tc'), foreignProgram('setpriv')];
const MIB = 1_048_576;
const LINE = { upBytesPerSecond: 1_000_000, downBytesPerSecond: 4_000_000 };
const SEED = { name: 'seed', count: 1, has: 'everything', ...LINE } as const;

describe('the field', () => {
  interopTest('has lines that carry as much as their caps say, and no more', NEEDED, async () => {
    const star = await openStar([{ upBytesPerSecond: 1_000_000 }, {}], temporaryFolder());
    try {
      const [giver, taker] = [star.hosts[0]!, star.hosts[1]!];
      const port = 7000;
      const words: string[] = [];
      const heard = new EventEmitter();
      const onLine = (line: string) => {
        words.push(line);
        heard.emit('line');
      };
      const said = async (count: number) => {
        while (words.length < count) await once(heard, 'line');
      };
      const taking = `let from; let count = 0; require('net').createServer(socket => {
        socket.on('data', ({ length }) => { from ??= performance.now(); count += length; });
        socket.on('end', () => console.log(count / (performance.now() - from)));
      }).listen(${port}, '${taker.address}', () => console.log('listening'))`;
      taker.start({ name: 'taker', command: [process.execPath, '-e', taking], onLine });
      await said(1);
      const giving = `require('net').connect(${port}, '${taker.address}').end(Buffer.alloc(${2 * MIB}))`;
      giver.start({ name: 'giver', command: [process.execPath, '-e', giving] });
      await said(2);
      const bytesPerMs = Number(words[1]);
      // 1,448 of 1,514 bytes of a packet are data; a busy machine is slower than a line.
      expect(bytesPerMs).toBeLessThan(990);
      expect(bytesPerMs).toBeGreaterThan(900);
      expect(giver.traffic().sent / (2 * MIB)).toBeCloseTo(1514 / 1448, 2);
    } finally {
      await star.close();
    }
  });

  interopTest(
    'distributes a file among real programs, within their lines, and leaves nothing behind',
    NEEDED,
    async () => {
      const before = left();
      const plan: SwarmPlan = {
        content: { length: 4 * MIB },
        groups: [SEED, { name: 'leechers', count: 3, ...LINE }],
      };
      const record = await fieldRunPlan(plan, { seed: 1, isPictured: false, name: 'a small swarm' });
      const figures = runFigures(record);
      expect(figures.completed).toBe(3);
      expect(figures.ratio).toBeGreaterThanOrEqual(0.95);
      expect(figures.ratio).toBeLessThanOrEqual(2.5);
      for (const { sent, share, downloaded } of record.peers.slice(1)) {
        expect(share).toBe(1);
        expect(downloaded).toBeGreaterThanOrEqual(4 * MIB);
        expect(sent).toBeLessThanOrEqual(sendable(record.endedAtMs));
      }
      expect(record.peers[0]!.sent).toBeLessThanOrEqual(sendable(record.endedAtMs));
      expect(record.peers[0]!.sent).toBeGreaterThan(4 * MIB);
      expect(left()).toEqual(before);
    },
  );

  interopTest('has a server alone take one turn for each', NEEDED, async () => {
    const plan: SwarmPlan = {
      content: { length: MIB },
      by: 'origin',
      origin: { upBytesPerSecond: 1_000_000 },
      groups: [{ name: 'clients', count: 4, ...LINE }],
    };
    const record = await fieldRunPlan(plan, { seed: 1, isPictured: false, name: 'a server' });
    const { ratio, boundMs, originCopies } = runFigures(record);
    expect(boundMs).toBeCloseTo((1000 * 4 * MIB) / 1e6);
    // 66 bytes of headers for 1,448 of the file; whatever starts late is late.
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.3);
    expect(originCopies).toBeCloseTo(4);
  });

  interopTest(
    'lets peers come, leave, and be without reach, and the tracker die',
    [...NEEDED, foreignProgram('nft')],
    async () => {
      const plan: SwarmPlan = {
        content: { length: 2 * MIB },
        trackerDiesAtMs: 3000,
        groups: [
          { ...SEED, leaves: { kind: 'at', atMs: 5000 }, count: 2 },
          { name: 'first', count: 1, ...LINE, isReachable: false, leaves: { kind: 'when done', afterMs: 0 } },
          { name: 'late', count: 1, ...LINE, arrives: { kind: 'at once', atMs: 1000 }, gives: false },
          { name: 'never', count: 1, ...LINE, arrives: { kind: 'at once', atMs: 60_000 } },
        ],
        endsAtMs: 6000,
      };
      const record = await fieldRunPlan(plan, { seed: 2, isPictured: false, name: 'comings and goings' });
      const [seed, , first, late, never] = record.peers;
      expect(seed!.leftAtMs).toBeGreaterThanOrEqual(5000);
      expect(first!.leftAtMs).toBeGreaterThanOrEqual(first!.completedAtMs!);
      expect(late!.startedAtMs).toBeGreaterThanOrEqual(1000);
      expect(late!.uploaded).toBe(0);
      expect(never).toMatchObject({ startedAtMs: undefined, share: 0 });
      expect(record.population[0]).toMatchObject({ leechers: 1, seeds: 2 });
    },
  );

  interopTest(
    'has programs of others in one swarm with ours',
    [...NEEDED, libtorrentPython(), foreignProgram('transmission-daemon'), foreignProgram('aria2c')],
    async () => {
      const one = { count: 1, ...LINE };
      const plan: SwarmPlan = {
        content: { length: 2 * MIB },
        groups: [
          SEED,
          { name: 'ours', ...one },
          { name: 'libtorrent', client: 'libtorrent', ...one },
          { name: 'Transmission', client: 'transmission', ...one },
          { name: 'aria2', client: 'aria2', ...one },
        ],
      };
      const record = await fieldRunPlan(plan, { seed: 3, isPictured: false, name: 'several clients' });
      expect(record.peers.map(({ share }) => share)).toEqual([1, 1, 1, 1, 1]);
      for (const { completedAtMs } of record.peers.slice(1)) expect(completedAtMs).toBeGreaterThan(0);
    },
    120_000,
  );

  interopTest('ends all it has started when it is told to stop', NEEDED, async () => {
    const before = left();
    const controller = new AbortController();
    const plan: SwarmPlan = {
      content: { length: 64 * MIB },
      groups: [SEED, { name: 'leechers', count: 2, ...LINE }],
    };
    const run = fieldRunPlan(plan, {
      ...{ seed: 1, isPictured: false, name: 'stopped' },
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 3000);
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(left()).toEqual(before);
  });
});

/** What a line of 1 MB/s may have carried by then: its bucket was full at the start. */
function sendable(ms: number): number {
  return 1000 * ms * 1.02 + 50_000;
}

/** Network namespaces that processes of ours are in, and folders: what a run makes. */
function left() {
  const spaces = new Set<string>();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/stat`, 'latin1').includes(` ${process.pid} `))
        spaces.add(readlinkSync(`/proc/${pid}/ns/net`));
    } catch {
      // It has just ended.
    }
  }
  const folders = [tmpdir(), '/dev/shm'].flatMap(place =>
    readdirSync(place).filter(name => name.startsWith(`swarmline-field-${process.pid}-`)),
  );
  return { spaces: [...spaces], folders };
}
