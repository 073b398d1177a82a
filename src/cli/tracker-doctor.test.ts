import { expect, test } from 'vitest';
import { swarmline } from '../../test/command-line.ts';
import type { Machine } from '../tracker/ops/doctor.ts';
import { Output, type Terminal } from './terminal.ts';
import { runTrackerDoctor } from './tracker-doctor.ts';

test('says for each check what it found on this machine, and sets the exit status by it', async () => {
  const { status, out } = await swarmline(['tracker', 'doctor', '--port', '0', '--json']);
  const findings = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { check: string; state: string; sentence: string });
  expect(new Set(findings.map(({ check }) => check)).size).toBeGreaterThan(8);
  expect(status).toBe(findings.some(({ state }) => state === 'warning') ? 1 : 0);
});

test('shows what to type under what is wrong', async () => {
  let text = '';
  const write = (data: string | Uint8Array, done: () => void) => {
    text += data;
    done();
  };
  const out = new Output({ write, on: () => {} }, {});
  const terminal: Terminal = {
    out,
    err: out,
    stdin: (async function* () {})(),
    stdinIsTerminal: false,
    exitStatus: 0,
  };
  const machine: Machine = {
    platform: 'linux',
    processors: 1,
    read: path => (path === '/proc/sys/net/core/somaxconn' ? '128' : undefined),
    list: () => [],
    addresses: [],
    listen: async () => undefined,
    whyNoBatches: async () => undefined,
    run: async () => undefined,
  };
  await runTrackerDoctor({ port: 6969, connections: 10 }, terminal, machine);
  expect(text).toContain(
    '✗ Only 128 connections may wait to be accepted: when many clients come at once, some are refused.\n' +
      '    sysctl -w net.core.somaxconn=4096\n',
  );
  expect(text).toContain('✓ UDP port 6969 is free.\n');
  expect(terminal.exitStatus).toBe(1);
});
