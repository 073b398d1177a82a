// `swarmline lab`, as it is typed: what it lists, runs, keeps, shows and refuses. Every scenario of the simulator is run, as
// small as it is made, and has to pass its lines.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResultFile } from '../src/lab/result-file.ts';
import { passes } from '../src/lab/scenario.ts';
import { SCENARIOS } from '../src/lab/scenarios/index.ts';
import { swarmline } from './command-line.ts';

const SIMULATED = SCENARIOS.filter(({ ways }) => ways.includes('sim'));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'swarmline-lab-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('swarmline lab', () => {
  it('lists every scenario with its question', async () => {
    const { out, status } = await swarmline(['lab', 'list']);
    expect(status).toBe(0);
    for (const { name, question } of SCENARIOS) {
      expect(out).toContain(`${name} `);
      expect(out).toContain(question);
    }
    const listed = JSON.parse((await swarmline(['lab', 'list', '--json'])).out);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(SCENARIOS.map(({ name }) => name));
  });

  // The bar is five minutes, on two cores with nothing else to do.
  it('runs all of them, small, and every line is passed', { timeout: 600_000 }, async () => {
    const results = join(folder, 'results');
    const { out, err, status } = await swarmline(['lab', 'run', 'all', '--quick', '-o', results]);
    const files = readdirSync(results).map(name =>
      parseResultFile(readFileSync(join(results, name), 'utf8'), name),
    );
    const missed = files.flatMap(({ result: { scenario, findings } }) =>
      findings.checks
        .filter(check => !passes(check))
        .map(({ claim, value }) => `${scenario.name}: ${claim} ${value}`),
    );
    expect({ missed, err }).toEqual({ missed: [], err: '' });
    expect(status).toBe(0);
    expect(files.map(({ result }) => result.scenario.name).sort()).toEqual(
      SIMULATED.map(({ name }) => name).sort(),
    );
    for (const { result } of files) {
      expect(result.findings.checks.length, result.scenario.name).toBeGreaterThan(0);
      expect(result.findings.plots.length, result.scenario.name).toBeGreaterThan(0);
      expect(out).toContain(result.findings.answer);
    }
  });

  it('makes a report of what was kept', async () => {
    const [results, report] = [join(folder, 'results'), join(folder, 'report')];
    const { out, status } = await swarmline(['lab', 'report', '--from', results, '-o', report]);
    expect({ status, out }).toEqual({ status: 0, out: `${join(report, 'report.html')}\n` });
    const page = readFileSync(join(report, 'report.html'), 'utf8');
    const index = readFileSync(join(report, 'README.md'), 'utf8');
    for (const { title } of SIMULATED) {
      expect(page).toContain(title);
      expect(index).toContain(title);
    }
    expect(page.length).toBeLessThan(8_000_000);
  });

  it('tells a run second by second where nothing can be redrawn', { timeout: 120_000 }, async () => {
    const { out, status } = await swarmline(['lab', 'watch', 'scaling', '--speed', '1000']);
    expect(status).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^\d+ s, 0 of 16 complete, peers send .*, seeds /);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)).toMatch(/^ {2}16 of 16 complete after \d+\.\d s, 1\.\d\d × the bound/);
  });

  it('says in JSON what it found, and how to find it again', { timeout: 120_000 }, async () => {
    const argv = [
      'lab',
      'run',
      'scaling',
      '--quick',
      '--seeds',
      '1',
      '--first-seed',
      '3',
      '--no-save',
      '--json',
    ];
    const found = JSON.parse((await swarmline(argv)).out);
    expect(found.facts.command).toBe('swarmline lab run scaling --quick --seeds 1 --first-seed 3');
    expect(found.seeds).toEqual([3]);
    expect(found.findings.checks.length).toBeGreaterThan(0);
    expect(found.runs.at(0).summary.makespanMs.mean).toBeGreaterThan(0);
  });

  it('shows a scenario, with what of it can be changed', async () => {
    const { out, status } = await swarmline(['lab', 'show', 'super-seeding', '--quick']);
    expect(status).toBe(0);
    expect(out).toContain('How many copies must the first seed send');
    expect(out).toMatch(/^--peers +8 leechers$/m);
    expect((await swarmline(['lab', 'show', 'churn'])).out).toContain('Nothing of it can be changed.');
  });

  it('changes what it is told to, and says so', { timeout: 120_000 }, async () => {
    const argv = ['lab', 'run', 'super-seeding', '--quick', '--seeds', '1', '--peers', '4'];
    const found = JSON.parse((await swarmline([...argv, '--up', '500K', '--no-save', '--json'])).out);
    expect(found.runs.at(0).summary.leechers.mean).toBe(4);
    expect(found.facts.command).toBe('swarmline lab run super-seeding --quick --peers 4 --up 500K --seeds 1');
  });

  // No plan has these sizes by itself: each has to get on with what it was told.
  it('runs every scenario that can be changed with few peers', { timeout: 600_000 }, async () => {
    const able = SIMULATED.filter(
      ({ parameters }) => parameters?.({ way: 'sim', size: 'quick' }).peers !== undefined,
    );
    const argv = ['lab', 'run', ...able.map(({ name }) => name), '--quick', '--seeds', '1', '--peers', '5'];
    const { out, err } = await swarmline([...argv, '--no-save', '--json']);
    const names = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).scenario.name);
    expect({ err, names }).toEqual({ err: '', names: able.map(({ name }) => name) });
  });

  it.each([
    [['run', 'scalling'], 2, 'There is no scenario "scalling": did you mean "scaling"?'],
    [['run'], 2, "Missing required argument 'names'."],
    [['watch', 'all'], 2, 'One scenario can be watched at a time.'],
    [['run', 'scaling', '--seeds', '0'], 2, '--seeds'],
    [['run', 'scaling', 'churn', '--peers', '5'], 1, '"churn" does not take --peers'],
    [['show', 'all'], 2, 'One scenario can be shown at a time.'],
    [['report', '--from', 'nowhere'], 1, 'There are no results in "nowhere"'],
    [['rum'], 2, 'There is no command "lab rum". Did you mean "run"?'],
  ])('says what is wrong: lab %s', async (words, wanted, sentence) => {
    const { status, err } = await swarmline(['lab', ...words]);
    expect({ status, err }).toEqual({ status: wanted, err: expect.stringContaining(sentence) });
  });

  it('refuses a file that is no result, and names it', async () => {
    const spoilt = mkdtempSync(join(folder, 'spoilt-'));
    writeFileSync(join(spoilt, 'scaling.sim.json'), '{"format":1}');
    const { status, err } = await swarmline(['lab', 'report', '--from', spoilt]);
    expect(status).toBe(1);
    expect(err).toContain(`"${join(spoilt, 'scaling.sim.json')}" is not a result of the lab`);
  });

  it('says what it cannot write', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { status, err } = await swarmline([
      'lab',
      'run',
      'scaling',
      '--quick',
      '-o',
      join(file, 'results'),
    ]);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining('cannot be written') });
  });
});
