// A channel with three releases of a data set, of which each changes a part: what a follower fetches, over loopback, by the
// commands that users have. `--size 1GiB --files 200 --changed 5` (per cent), `--how files|bytes`: whole files change, or some
// bytes in every file. `--piece-length 512KiB`: of the releases (default: as `channel publish` chooses).
import './help.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1GiB' },
    files: { type: 'string', default: '200' },
    changed: { type: 'string', default: '5' },
    how: { type: 'string', default: 'files' },
    work: { type: 'string', default: tmpdir() },
    'piece-length': { type: 'string' },
  },
});
const program = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
const root = mkdtempSync(join(values.work, 'swarmline-bench-channel-'));
const env = { ...process.env, XDG_STATE_HOME: join(root, 'state') };
const [, number, unit] = /^(\d+)(MiB|GiB)$/.exec(values.size);
const size = Number(number) * (unit === 'GiB' ? 2 ** 30 : 2 ** 20);
const files = Number(values.files);
const fileLength = Math.floor(size / files);
const children = [];

try {
  const data = join(root, 'data');
  mkdirSync(data);
  for (let i = 0; i < files; i++) writeFileSync(join(data, `${i}`), randomFillSync(Buffer.alloc(fileLength)));
  const made = spawnSync(process.execPath, [program, 'channel', 'create', join(root, 'key'), '--json'], {
    env,
  });
  const { link } = JSON.parse(made.stdout);
  const loopback = ['--bind', '127.0.0.1', '--port', '0'];
  // The first node of the DHT: it seeds something that nobody wants.
  writeFileSync(join(root, 'nothing'), 'x');
  const torrent = join(root, 'nothing.torrent');
  spawnSync(process.execPath, [program, 'create', join(root, 'nothing'), '-o', torrent], { env });
  const router = start(['seed', torrent, '--data', join(root, 'nothing'), ...loopback, '--json']);
  const { port } = await router.event('start');
  const network = [...loopback, '--dht-router', `127.0.0.1:${port}`, '--json'];
  const follower = start([
    'channel',
    'follow',
    link,
    '-o',
    join(root, 'mirror'),
    '--every',
    '2s',
    ...network,
  ]);
  console.log(`${files} files, ${(size / 1e6).toFixed(0)} MB; ${values.changed} % change (${values.how})\n`);
  console.log(
    '| release | fetched MB | of the data | s from its publication |\n| ---: | ---: | ---: | ---: |',
  );
  for (let release = 1; release <= 3; release++) {
    if (release > 1) change(data, release);
    const pieces = values['piece-length'] === undefined ? [] : ['--piece-length', values['piece-length']];
    const publisher = start(['channel', 'publish', join(root, 'key'), data, ...pieces, ...network]);
    await publisher.event('published', ({ nodes }) => nodes > 0);
    const begun = performance.now();
    const { length, fetched, folder } = await follower.event('complete', event => event.release === release);
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `| ${release} | ${(fetched / 1e6).toFixed(1)} | ${((100 * fetched) / length).toFixed(2)} % | ${seconds.toFixed(1)} |`,
    );
    if (digestOf(data) !== digestOf(join(folder, 'data'))) throw new Error('The data is not the same.');
    await publisher.end();
  }
} finally {
  await Promise.all(children.map(child => child.end()));
  rmSync(root, { recursive: true, force: true });
}

function change(data, release) {
  const share = Number(values.changed) / 100;
  if (values.how === 'files') {
    const count = Math.round(files * share);
    for (let i = 0; i < count; i++)
      writeFileSync(join(data, `${(release * count + i) % files}`), randomFillSync(Buffer.alloc(fileLength)));
    return;
  }
  for (let i = 0; i < files; i++) {
    const part = randomFillSync(Buffer.alloc(Math.floor(fileLength * share)));
    const file = openSync(join(data, `${i}`), 'r+');
    writeSync(file, part, 0, part.length, ((release * 7919) % 90) * Math.floor(fileLength / 100));
    closeSync(file);
  }
}

function digestOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

function start(args) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise(resolve => child.on('close', resolve));
  const events = [];
  const waiting = new Set();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) events.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const handle = {
    event: (name, accepts = () => true) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(each => each.event === name && accepts(each));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        ended.then(code =>
          reject(new Error(`swarmline ${args[0]} ended with ${code} before it said "${name}".`)),
        );
      }),
    end: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
  children.push(handle);
  return handle;
}
