// Several commands on the same work, in turn (A B C A B C …), so that a machine whose speed drifts drifts for all.
// Prints a table of medians: wall time, CPU seconds, MB/s, and the ratio to the first command.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** With NODE_EXTRA_CA_CERTS Node reads every root certificate at its start (0.05 s), whatever it is to do. */
const { NODE_EXTRA_CA_CERTS: _certificates, ...ENVIRONMENT } = process.env;

/** Whether a program is on the PATH. */
export function has(program) {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** `commands`: [label, shell command]; `bytes`: what each works through. Returns medians by label. */
export function sideBySide(title, commands, { bytes, rounds = 5, before = '' }) {
  const rows = new Map(commands.map(([label]) => [label, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [label, command] of commands) {
      const result = timed(before, command);
      // The first round warms the cache.
      if (round >= 0) rows.get(label).push(result);
    }
  }
  console.log(`\n${title}\n`);
  console.log(
    '| program | wall s (min–max) | CPU s | MB/s | × the first |\n| --- | ---: | ---: | ---: | ---: |',
  );
  const medians = new Map();
  for (const [label, results] of rows) {
    const walls = results.map(({ wall }) => wall).sort((a, b) => a - b);
    const wall = median(walls);
    const cpu = median(results.map(({ cpu }) => cpu).sort((a, b) => a - b));
    medians.set(label, { wall, cpu });
    const first = medians.values().next().value;
    const span = `${walls[0].toFixed(2)}–${walls.at(-1).toFixed(2)}`;
    const ratio = (first.wall / wall).toFixed(2);
    console.log(
      `| ${label} | ${wall.toFixed(3)} (${span}) | ${cpu.toFixed(2)} | ${(bytes / wall / 1e6).toFixed(0)} | ${ratio} |`,
    );
  }
  return medians;
}

function timed(before, command) {
  const script = `${before}\nTIMEFORMAT='%R %U %S'\ntime { ${command}\n} >/dev/null 2>&1`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: ENVIRONMENT });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  const [wall, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + system };
}

function median(sorted) {
  return sorted[Math.floor(sorted.length / 2)];
}
