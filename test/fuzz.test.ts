// Every fuzz target, replayed over its committed corpus and then for a short burst that is the same each time; and the
// fuzzer itself, which has to find what is planted.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const targets = readdirSync(join(ROOT, 'fuzz/targets')).map(file => file.replace('.mjs', ''));

/** Each run of these takes a millisecond or more: the fuzzer itself makes more of them. */
const COSTLY: ReadonlyMap<string, number> = new Map([['mse', 400]]);

describe('fuzzing', () => {
  it.each(targets)('finds nothing new in %s', async name => {
    const runs = String(COSTLY.get(name) ?? 4000);
    const { status, output } = await fuzz(name, '--runs', runs, '--seed', '1');
    expect(output).toMatch(new RegExp(`^${name}: \\d+ runs, [1-9]\\d* corpus files, \\d+ behaviours`));
    expect(status).toBe(0);
  });

  it('has a corpus for its targets alone, and no crash left lying in one', () => {
    const folders = readdirSync(join(ROOT, 'fuzz/corpus')).filter(name => !name.startsWith('.'));
    expect(folders.sort()).toEqual([...targets].sort());
    for (const name of targets) {
      const files = readdirSync(join(ROOT, 'fuzz/corpus', name));
      expect(files.filter(file => file.startsWith('crash'))).toEqual([]);
    }
  });
});

describe('the fuzzer', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmline-fuzz-'));
    mkdirSync(join(folder, 'targets'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A target in the temporary folder, whose parser has this body. */
  const plant = (body: string, seed = 'd1:ai1ee') =>
    writeFileSync(
      join(folder, 'targets', 'planted.mjs'),
      `export function run(bytes) { ${body} }
       export const seeds = [new Uint8Array(Buffer.from(${JSON.stringify(seed)}))];
       export const tokens = ['x', '1:b'];`,
    );
  const fuzzPlanted = (...more: string[]) =>
    fuzz('planted', '--folder', folder, '--runs', '20000', '--seed', '1', ...more);

  it('finds a fault, keeps a small input that has it, and says how to see it once more', async () => {
    plant("if (bytes.includes(0x78)) throw new TypeError('an x');");
    const { status, output } = await fuzzPlanted();
    expect(status).toBe(1);
    expect(output).toContain('planted: TypeError: an x');
    const crashes = readdirSync(join(folder, 'corpus/planted'));
    expect(crashes).toHaveLength(1);
    expect(readFileSync(join(folder, 'corpus/planted', crashes[0]!), 'utf8')).toBe('x');

    const replay = /once more: node fuzz\/run\.mjs (.*)$/m.exec(output)![1]!;
    const again = await fuzz(...replay.split(' '));
    expect(again.status).toBe(1);
    expect(again.output).toContain('TypeError: an x');
  });

  it('finds a fault that is in the corpus already', async () => {
    plant("if (bytes[0] === 1 && bytes.length === 1) throw new RangeError('a one');");
    mkdirSync(join(folder, 'corpus/planted'), { recursive: true });
    writeFileSync(join(folder, 'corpus/planted/one'), new Uint8Array([1]));
    const { status, output } = await fuzzPlanted();
    expect(status).toBe(1);
    expect(output).toMatch(/RangeError: a one[\s\S]*kept in .*one$/m);
  });

  it('finds a target that writes into its input', async () => {
    plant('bytes[0] = 0;');
    expect((await fuzzPlanted()).output).toContain('the target wrote into its input');
  });

  it('finds a target that takes more than a second', async () => {
    plant('const end = performance.now() + 1100; while (performance.now() < end);');
    const { status, output } = await fuzzPlanted();
    expect(output).toContain('a run takes more than 1000 ms');
    expect(status).toBe(1);
  });

  it('finds a target that never answers, and still has its input', async () => {
    plant('for (;;);');
    const { status, output } = await fuzzPlanted('--patience', '2');
    expect(output).toContain('no answer for 2 seconds');
    expect(status).toBe(1);
    const crash = readdirSync(join(folder, 'corpus/planted'))[0]!;
    expect(readFileSync(join(folder, 'corpus/planted', crash), 'utf8')).toBe('d1:ai1ee');
  });

  it('runs the same inputs for the same seed', async () => {
    plant(
      "if (bytes.length % 7 === 6 && bytes[0] !== 0x64) throw new Error(Buffer.from(bytes).toString('hex'));",
    );
    const first = await fuzzPlanted();
    rmSync(join(folder, 'corpus'), { recursive: true });
    const second = await fuzzPlanted();
    expect(first.output).toMatch(/^planted: Error: [0-9a-f]+$/m);
    expect(second.output).toBe(first.output);
  });

  it('lets a ProtocolError through, which is what parsers are to throw', async () => {
    const errors = new URL('../dist/core/errors.js', import.meta.url).href;
    plant("throw new ProtocolError('A', 'b');");
    const path = join(folder, 'targets', 'planted.mjs');
    writeFileSync(path, `import { ProtocolError } from '${errors}';\n${readFileSync(path, 'utf8')}`);
    expect(await fuzzPlanted()).toMatchObject({ status: 0 });
  });

  it('knows its targets', async () => {
    const { status, output } = await fuzz('nothing');
    expect(output).toContain('There is no target "nothing": there are ');
    expect(status).toBe(2);
  });
});

function fuzz(...args: string[]): Promise<{ status: number; output: string }> {
  return new Promise(done => {
    execFile(process.execPath, ['fuzz/run.mjs', ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      done({
        status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        output: stdout + stderr,
      }),
    );
  });
}
