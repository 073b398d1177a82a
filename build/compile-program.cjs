// Runs some commands, and keeps the code that V8 compiled for them beside each file of dist/program. In a process of its
// own: nothing that the build has loaded is in it. One that shares and one that gets exchange a file over loopback; where
// that cannot be, their code is compiled when it is used.

const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { keepCode } = require('../bin/load-program.js');

const folder = mkdtempSync(join(tmpdir(), 'swarmline-build-'));
process.env.XDG_CONFIG_HOME = folder;
process.env.XDG_STATE_HOME = folder;
const data = join(folder, 'data');
const torrent = join(folder, 'data.torrent');
writeFileSync(data, Buffer.alloc(1_000_000, 'swarmline'));
const several = join(folder, 'several');
mkdirSync(join(several, 'below'), { recursive: true });
for (const name of ['a', 'b', 'below/c']) writeFileSync(join(several, name), name);

const COMMANDS = [
  ['--help'],
  ['create', data, '--output', torrent],
  ...['v1', 'v2', 'hybrid'].map(version => [
    ...['create', several, '--version', version, '--piece-length', '16KiB'],
    ...['--output', `${several}.${version}`],
  ]),
  ['show', torrent],
  ['magnet', torrent],
  ['verify', torrent, '--data', data],
  ['lint', torrent],
  ['edit', torrent, '--comment', 'one', '--output', `${torrent}.2`],
  ...['get', 'seed', 'share'].map(command => [command, '--help']),
];
const HERE = ['--bind', '127.0.0.1', '--no-lsd', '--no-port-forward', '--json'];
const PATIENCE_MS = 20_000;

// Each command listens for its faults.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

keepCode(join(__dirname, '../dist/program'), ['main.js', 'library.js'], async ({ main }) => {
  for (const words of COMMANDS) {
    const status = await main(words);
    if (status !== 0) throw new Error(`swarmline ${words.join(' ')} ended with ${status}`);
  }
  const late = new Promise(resolve => setTimeout(resolve, PATIENCE_MS).unref());
  await Promise.race([exchange(main), late]);
})
  .then(
    () => 0,
    error => {
      console.error(error);
      return 1;
    },
  )
  .then(status => {
    rmSync(folder, { recursive: true, force: true });
    // Whatever still waits.
    process.exit(status);
  });

async function exchange(main) {
  const shared = told('shared');
  const sharing = main(['share', data, '--once', '1', '--no-page', ...HERE]);
  const { magnet } = await Promise.race([shared, sharing.then(() => ({}))]);
  if (magnet === undefined) return;
  await main(['get', magnet, '--output', join(folder, 'got'), '--no-seed', '--no-dht', ...HERE]);
  await sharing;
}

/** The event of that name, from standard output. */
function told(name) {
  return new Promise(resolve => {
    const write = process.stdout.write;
    process.stdout.write = (text, ...rest) => {
      for (const line of String(text).split('\n')) {
        if (!line.startsWith(`{"event":"${name}"`)) continue;
        process.stdout.write = write;
        resolve(JSON.parse(line));
      }
      return write.call(process.stdout, text, ...rest);
    };
  });
}
