// Fuzzing: `node fuzz/run.mjs [target…] [--seconds N] [--runs N] [--seed N]`, over the compiled code in dist.
//
// A target is a file in fuzz/targets: a parser, the rules that its answers keep, and tokens of its format. It is fed its
// corpus (fuzz/corpus/NAME, replayed each time), then mutations of that. Only a ProtocolError may come out. Anything
// else, or a run of more than a second, ends the program with status 1; the input is kept as fuzz/corpus/NAME/crash-….
// There is no coverage to steer by; instead an input that makes a target say something new is mutated further.
//
//   --seconds N   per target, 10 by itself          --replay FILE   that input only
//   --runs N      so many mutations instead         --keep          add inputs that said something new to the corpus
//   --seed N      the same inputs once more         --folder DIR    where targets/ and corpus/ are
//   --patience N  seconds without an answer until a target is said to hang, 10 by itself

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

const MAX_INPUT_LENGTH = 1 << 20;
const HERE = fileURLToPath(new URL('.', import.meta.url));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    runs: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replay: { type: 'string' },
    keep: { type: 'boolean', default: false },
    patience: { type: 'string', default: '10' },
    folder: { type: 'string', default: HERE },
  },
});

const folder = resolve(options.folder);
const patienceSeconds = Number(options.patience);
const known = readdirSync(join(folder, 'targets')).map(file => file.replace(/\.mjs$/, ''));
const names = positionals.length > 0 ? positionals : known;
for (const name of names)
  if (!known.includes(name)) stop(`There is no target "${name}": there are ${known.join(', ')}.`);
if (!existsSync(new URL('../dist/core/errors.js', import.meta.url)))
  stop('There is nothing to fuzz: run "npm run build" first.');

for (const name of names) {
  const found = await fuzz(name);
  if (found.fault !== undefined) {
    report(name, found);
    process.exitCode = 1;
    break;
  }
  console.log(
    `${name}: ${found.runs} runs, ${found.corpus} corpus files, ${found.behaviours} behaviours, seed ${options.seed}.`,
  );
  if (options.keep) for (const bytes of found.kept) keep(name, 'found', bytes);
}

/** Runs a target in a worker, so that one that hangs or runs out of memory still leaves its input behind. */
function fuzz(name) {
  const corpusFolder = join(folder, 'corpus', name);
  const files = options.replay !== undefined ? [resolve(options.replay)] : filesIn(corpusFolder);
  const shared = {
    // How many runs have begun, and the length of the input of the last one.
    counters: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(MAX_INPUT_LENGTH)),
  };
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: {
      target: pathToFileURL(join(folder, 'targets', `${name}.mjs`)).href,
      corpus: files.map(file => ({ file, bytes: new Uint8Array(readFileSync(file)) })),
      seed: Number(options.seed),
      runs: options.replay !== undefined ? 0 : options.runs === undefined ? Infinity : Number(options.runs),
      seconds: options.runs === undefined ? Number(options.seconds) : Infinity,
      shared,
    },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  return new Promise(done => {
    let last = 0;
    let stillSeconds = 0;
    const watch = setInterval(() => {
      const runs = Atomics.load(shared.counters, 0);
      stillSeconds = runs > 0 && runs === last ? stillSeconds + 1 : 0;
      last = runs;
      if (stillSeconds >= patienceSeconds)
        finish({ fault: `no answer for ${options.patience} seconds`, runs, bytes: lastInput() });
    }, 1000);
    const lastInput = () => shared.input.slice(0, Atomics.load(shared.counters, 1));
    const finish = found => {
      clearInterval(watch);
      worker.terminate().then(() => done(found));
    };
    worker.once('message', finish);
    worker.once('error', error =>
      finish({
        fault: error.stack ?? String(error),
        runs: Atomics.load(shared.counters, 0),
        bytes: lastInput(),
      }),
    );
  });
}

function report(name, { fault, runs, bytes, file }) {
  const path = file ?? keep(name, 'crash', bytes);
  const shown = relative(process.cwd(), path);
  const where = options.folder === HERE ? '' : ` --folder ${options.folder}`;
  console.error(
    `${name}: ${fault}\n  after ${runs} runs, seed ${options.seed}; ${bytes.length} bytes, kept in ${shown}`,
  );
  console.error(
    `  once more: node ${relative(process.cwd(), fileURLToPath(import.meta.url))} ${name} --replay ${shown}${where}`,
  );
}

function keep(name, kind, bytes) {
  const path = join(
    folder,
    'corpus',
    name,
    `${kind}-${createHash('sha1').update(bytes).digest('hex').slice(0, 10)}`,
  );
  mkdirSync(join(folder, 'corpus', name), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function filesIn(path) {
  return existsSync(path)
    ? readdirSync(path)
        .sort()
        .map(file => join(path, file))
    : [];
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
