// Joins the compiled modules of the command line into the few files of dist/program, and keeps what V8 makes of them.
//
// A start loads one file a command in place of sixty modules, with their code compiled already: what is left of the start
// is Node's own (docs/performance.md, "The start of a command"). `tsc -b` comes first. The library stays as it is: modules.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}dist/program`;
/** In dist, and no part of the program. */
const OTHERS = new Set(['program', 'dashboard']);

/**
 * koffi brings a binary, which is not for every machine; few trackers need Redis. pino starts a thread from a file of its own
 * where it is asked to, and is loaded by daemons alone that log as JSON.
 */
const OPTIONAL = new Set(['koffi', '@redis/client', 'pino']);

/** commander loads what only commands of several programs need, and Node a tenth of itself with it. */
const isNeedless = (id, importer) => id === 'node:child_process' && importer?.includes('/commander/');
const withoutChildProcesses = {
  name: 'without-child-processes',
  resolveId: (id, importer) => (isNeedless(id, importer) ? '\0no-child-process' : null),
  load: id => (id === '\0no-child-process' ? 'export {};' : null),
};

if (isFresh()) process.exit();
rmSync(folder, { recursive: true, force: true });
const bundled = new Set();
// `library`: the same code for a program of ours that is no command (bench/peer.mjs).
await join({ main: `${root}dist/cli/main.js`, library: `${root}dist/index.js` });
// Threads are started by the names of their files, which no bundler sees.
await join({ 'hash-worker': `${root}dist/io/hash-worker.js` });
await join({ 'disk-worker': `${root}dist/io/disk-worker.js` });
await join({ 'plan-thread': `${root}dist/cli/lab/plan-thread.js` });
await join({ 'tracker-thread': `${root}dist/node-tracker/tracker-thread.js` });
writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n');
writeLicences([...bundled].sort());
execFileSync(process.execPath, [`${root}build/compile-program.cjs`], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

/** Nothing that goes into them has changed since they were made, by this version of V8. */
function isFresh() {
  const last = `${folder}/main.js.${process.versions.v8}.code`;
  if (!existsSync(last)) return false;
  const made = statSync(last).mtimeMs;
  const changed = where =>
    readdirSync(where, { withFileTypes: true, recursive: true }).some(
      entry => entry.isFile() && statSync(`${entry.parentPath ?? entry.path}/${entry.name}`).mtimeMs > made,
    );
  const entries = readdirSync(`${root}dist`, { withFileTypes: true });
  const folders = entries.filter(entry => entry.isDirectory() && !OTHERS.has(entry.name));
  const files = entries.filter(entry => entry.name.endsWith('.js'));
  if (files.some(({ name }) => statSync(`${root}dist/${name}`).mtimeMs > made)) return false;
  return ![`${root}build`, `${root}bin`, ...folders.map(({ name }) => `${root}dist/${name}`)].some(changed);
}

async function join(input) {
  const build = await rolldown({
    input,
    platform: 'node',
    external: (id, importer) => (id.startsWith('node:') && !isNeedless(id, importer)) || OPTIONAL.has(id),
    logLevel: 'warn',
    plugins: [withoutChildProcesses],
  });
  const { output } = await build.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // The files are run as scripts (bin/load-program.js), which may not import; the optional packages can be required.
    dynamicImportInCjs: false,
    sourcemap: false,
  });
  await build.close();
  for (const { moduleIds = [], imports = [] } of output)
    for (const id of moduleIds) {
      if (imports.some(each => isNeedless(each, id)))
        throw new Error(`${id} loads node:child_process for nothing.`);
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
      if (name !== undefined) bundled.add(name);
    }
}

/** What is joined in of others keeps its licence. */
function writeLicences(names) {
  const texts = names.map(name => {
    const where = `${root}node_modules/${name}`;
    const file = readdirSync(where).find(entry => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file: it cannot be joined in.`);
    return `${name}\n\n${readFileSync(`${where}/${file}`, 'utf8').trim()}\n`;
  });
  writeFileSync(`${folder}/LICENCES.txt`, texts.join(`\n${'-'.repeat(80)}\n\n`));
}
