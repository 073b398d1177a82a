// Runs the tests on other Nodes: node test/nodes.mjs [MAJOR…] (default 22 24). Each comes from the npm package `node`, into
// a folder of its own. Tests that speak to other programs are left out: they do not depend on the version of Node. So are the lab's
// run of every scenario, the fuzzers' corpus and the benchmark of transfers, which say of the version no more than others do, and
// take half a minute or more each.
// node test/nodes.mjs --install 22: brings that Node and runs nothing.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isInstallOnly = process.argv[2] === '--install';
const named = process.argv.slice(isInstallOnly ? 3 : 2);
const majors = named.length > 0 ? named : ['22', '24'];

for (const major of majors) {
  const node = install(major);
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\nNode ${version}`);
  if (isInstallOnly) continue;
  console.log(
    'Left out, for they do not depend on it: test/interop, test/{lab-command,fuzz,bench-transfer}.test.ts',
  );
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', '!interop'], {
    cwd: root,
    stdio: 'inherit',
    // Commands that tests start are to run on the same Node. On one of them without the native binary, as on a machine
    // that it is not made for.
    env: { ...process.env, SWARMLINE_NODE: node, ...(major === '24' ? { SWARMLINE_NATIVE: '0' } : {}) },
  });
  if (status !== 0) process.exit(status ?? 1);
}

function install(major) {
  const folder = `${root}node_modules/.nodes/${major}`;
  const node = `${folder}/node_modules/node/bin/node`;
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--silent', `node@${major}`], {
      stdio: 'inherit',
    });
  }
  return node;
}
