// Runs benchmarks: node bench/run.mjs [NAME…] [OPTIONS]; without a name it lists them. NAME --help says what it takes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What benchmarks are made of. */
const OTHERS = [
  'run.mjs',
  'help.mjs',
  'side-by-side.mjs',
  'peer.mjs',
  'tracker-server.mjs',
  'tracker-process.mjs',
];
const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder)
  .filter(file => file.endsWith('.mjs') && !OTHERS.includes(file))
  .map(file => file.slice(0, -'.mjs'.length));
const args = process.argv.slice(2);
const firstOption = args.findIndex(arg => arg.startsWith('-'));
const wanted = firstOption < 0 ? args : args.slice(0, firstOption);
const options = args.slice(wanted.length);

if (wanted.length === 0) {
  for (const name of names) {
    const [first] = readFileSync(`${folder}${name}.mjs`, 'utf8').split('\n');
    console.log(`${name.padEnd(16)}${first.replace(/^\/\/ /, '')}`);
  }
  console.log(
    '\nnpm run bench -- NAME… [OPTIONS] runs some of them, with --help it tells of them; build first (npm run build).',
  );
}
for (const name of wanted) {
  if (!names.includes(name)) throw new Error(`There is no benchmark "${name}".`);
  const { status } = spawnSync(process.execPath, [`${folder}${name}.mjs`, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
