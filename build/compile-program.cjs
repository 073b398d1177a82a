// Runs some commands, and keeps the code that V8 compiled for them beside each file of dist/program. In a process of its
// own: nothing that the build has loaded is in it.

const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { keepCode } = require('../bin/load-program.js');

const folder = mkdtempSync(join(tmpdir(), 'swarmline-build-'));
process.env.XDG_CONFIG_HOME = folder;
process.env.XDG_STATE_HOME = folder;
const data = join(folder, 'data');
const torrent = join(folder, 'data.torrent');
writeFileSync(data, Buffer.alloc(100_000));

const COMMANDS = [
  ['--help'],
  ['create', data, '--output', torrent],
  ['show', torrent],
  ['magnet', torrent],
  ['verify', torrent, '--data', data],
  ['lint', torrent],
  ['edit', torrent, '--comment', 'one', '--output', `${torrent}.2`],
  // Their modules are loaded; they would wait for peers.
  ...['get', 'seed', 'share'].map(command => [command, '--help']),
];

keepCode(join(__dirname, '../dist/program'), 'main.js', async ({ main }) => {
  for (const words of COMMANDS) {
    const status = await main(words);
    if (status !== 0) throw new Error(`swarmline ${words.join(' ')} ended with ${status}`);
  }
}).finally(() => rmSync(folder, { recursive: true, force: true }));
