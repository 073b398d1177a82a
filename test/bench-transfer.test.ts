// The transfer benchmark runs, rejects what is wrong, and leaves nothing behind: on small data, in a network of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../bench/transfer.mjs', import.meta.url));
const isLinux = process.platform === 'linux';
const canMakeHosts =
  isLinux &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', [
    '--net',
    'tc',
    'qdisc',
    'add',
    'dev',
    'lo',
    'root',
    'tbf',
    ...'rate 1mbit burst 9999 latency 1ms'.split(' '),
  ]).status === 0;
let folder = '';
let work = '';
let running: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swarmline-bench-test-'));
  work = mkdtempSync(join(folder, 'work-'));
});
afterEach(() => {
  running?.kill('SIGKILL');
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

it.runIf(isLinux)(
  'prints figures of every row and what was reached, and leaves nothing behind',
  async () => {
    const { out, err, status } = await bench('--clients', 'swarmline', '--size', '1MiB', '--rounds', '1').end;
    expect(status, err).toBe(0);
    for (const row of ['', ', v2', ', hybrid', ', encrypted', ', 1 → 4'])
      expect(out).toMatch(new RegExp(`^\\| swarmline [\\d.]+${row} \\| \\d+ \\(\\d+–\\d+\\) \\| \\d`, 'm'));
    expect(out).toMatch(/^\| v2 ≥ 0.75 × v1 \| \*{0,2}\d/m);
    expect(out).toMatch(/^\| CPU seconds ≤ aria2’s \| not measured \|$/m);
    expect(readdirSync(work)).toEqual([]);
  },
  90_000,
);

it.runIf(isLinux)('rejects a run that leaves wrong data', async () => {
  const liar = join(folder, 'liar.mjs');
  writeFileSync(liar, LIAR);
  const template = `${process.execPath} ${liar} {role} {torrent} {dir} {port}`;
  const { out, status } = await bench(
    ...['--clients', 'command', '--command', template, '--size', '1MiB', '--rounds', '1'],
  ).end;
  expect(status).toBe(1);
  expect(out).toContain('| the command | its data is wrong |');
});

it.runIf(isLinux)(
  'ends what it started and empties its folder when it is interrupted',
  async () => {
    const { child, said, end } = bench('--clients', 'swarmline', '--size', '1MiB', '--rounds', '100');
    await said(/round 1, /);
    child.kill('SIGINT');
    const { status } = await end;
    expect(status).toBe(130);
    expect(readdirSync(work)).toEqual([]);
    expect(processesWith(work)).toEqual([]);
  },
  60_000,
);

it.runIf(canMakeHosts)(
  'tells the makespan of a swarm under caps, and what the seed sent',
  async () => {
    const { out, err, status } = await bench(
      ...['--clients', 'swarmline', '--size', '1MiB', '--hosts', '--leechers', '2', '--up', '80mbit'],
    ).end;
    expect(status, err).toBe(0);
    expect(out).toContain('lower bound 0.10 s');
    const [, overBound, copies] = /1 → 2 \| [\d.]+ \([\d.–]+\) \| ([\d.]+) \| ([\d.]+) \|/.exec(out) ?? [];
    // By what is sent beside the data, a little more than one copy; the line keeps anybody from being faster than the bound.
    expect(Number(copies)).toBeGreaterThan(1);
    expect(Number(overBound)).toBeGreaterThan(0.9);
  },
  60_000,
);

it('says what it does not know', async () => {
  const cases = [
    ['--clients', 'gopher'],
    ['--size', 'much'],
    ['--rounds', '0'],
    ['--encryption', 'prefer'],
    ['--transport', 'pigeon'],
    ['--clients', 'aria2', '--transport', 'utp'],
    ['--clients', 'command'],
  ];
  for (const args of cases) {
    const { err, status } = await bench(...args).end;
    expect([args, status]).toEqual([args, isLinux ? 2 : expect.anything()]);
    expect(err).toMatch(/^transfer: .*\.\n$/);
  }
});

function bench(...args: string[]) {
  const child = spawn(process.execPath, [BENCH, '--work', work, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const text = { out: '', err: '' };
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const)
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  const end = once(child, 'close').then(([status]) => ({ ...text, status: status as number | null }));
  const said = async (pattern: RegExp) => {
    while (!pattern.test(text.err)) await once(child.stderr, 'data');
  };
  return { child, end, said };
}

/** Command lines of processes that name a folder. */
function processesWith(path: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter(line => line.includes(path));
}

/** Speaks the line protocol, announces as a peer does, and is done with a file of zeros. */
const LIAR = `
import { readFileSync, writeFileSync } from 'node:fs';
const [role, torrent, dir, port] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0));
if (role === 'seed') {
  const [, url] = /8:announce\\d+:(.*?\\/announce)/.exec(readFileSync(torrent, 'latin1'));
  await fetch(url + '?port=' + port);
}
process.stdin.on('data', () => {
  writeFileSync(dir + '/payload.bin', Buffer.alloc(1024 ** 2));
  console.log('first\\ndone');
});
console.log('ready');
`;
