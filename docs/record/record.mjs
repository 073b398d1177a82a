// Records what the README shows: `npm run record`. One `swarmline share` and two `swarmline get` in terminals of their own, on
// loopback, with a folder made for it. The sender's uplink is limited, so that one sees that receivers give to one another.
// Writes docs/images/share.svg (all three terminals) and docs/images/share.cast (the sender's, for asciinema).

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { animatedSvg } from './animated-svg.mjs';
import { asciicast } from './asciicast.mjs';
import { demandScript, PseudoTerminal } from './pseudo-terminal.mjs';
import { framesOf } from './screen.mjs';

const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('../images/', import.meta.url));
const COLUMNS = 100;
const SENDER_ROWS = 16;
const RECEIVER_ROWS = 9;
const STEP_MS = 500;
const HOLD_MS = 5_000;
const PATIENCE_MS = 120_000;
/** 36.0 MiB: twelve seconds at the sender's limit. */
const FILES = { 'beach.mp4': 21, 'harbour.mp4': 11, 'photos.zip': 4 };

demandScript();
const folder = mkdtempSync(join(tmpdir(), 'swarmline-record-'));
const terminals = [];
const impatient = setTimeout(() => fail(new Error('It was not done in two minutes.')), PATIENCE_MS);
const startedAt = performance.now();
let fail;
const failed = new Promise((_, reject) => {
  fail = reject;
});
try {
  await Promise.race([record(), failed]);
} catch (error) {
  console.error(`${error.message}\n\n${terminals.map(({ text }) => text.slice(-2_000)).join('\n')}`);
  process.exitCode = 1;
} finally {
  clearTimeout(impatient);
  for (const terminal of terminals) terminal.close();
  rmSync(folder, { recursive: true, force: true });
}

async function record() {
  makeFolder(join(folder, 'holiday'));
  const sender = start('share holiday --bind 127.0.0.1 --limit-up 3M --once 2', SENDER_ROWS);
  const link = await invitation(sender);
  await wait(1_000);
  const anna = start(`get '${link}' -o anna --bind 127.0.0.1`, RECEIVER_ROWS);
  await wait(500);
  const ben = start(`get '${link}' -o ben --bind 127.0.0.1`, RECEIVER_ROWS);
  await demandSuccess(sender);
  await wait(1_500);
  for (const receiver of [anna, ben]) {
    receiver.interrupt();
    await demandSuccess(receiver);
  }
  write(sender, anna, ben);
}

function write(sender, anna, ben) {
  const lastMs = Math.max(...terminals.map(({ events }) => events.at(-1).atMs));
  const count = Math.ceil(lastMs / STEP_MS) + 1;
  const pane = (title, { events }, rows) => ({
    title,
    columns: COLUMNS,
    rows,
    frames: framesOf(events, { columns: COLUMNS, rows, stepMs: STEP_MS, count }),
  });
  const title = 'swarmline share, and two who receive';
  const svg = animatedSvg({
    title,
    description:
      'Three terminals. In the first “swarmline share holiday” prints a magnet link and the command for the other side, and shows what each receiver has. ' +
      'In the other two “swarmline get” fetches the folder, some of it from the sender and some from the other receiver.',
    panes: [
      pane('The sender', sender, SENDER_ROWS),
      pane('Anna receives', anna, RECEIVER_ROWS),
      pane('Ben receives', ben, RECEIVER_ROWS),
    ],
    stepMs: STEP_MS,
    holdMs: HOLD_MS,
  });
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(join(IMAGES, 'share.svg'), svg);
  const cast = asciicast(sender.events, { columns: COLUMNS, rows: SENDER_ROWS, title });
  writeFileSync(join(IMAGES, 'share.cast'), cast);
  const kib = text => `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`;
  console.log(
    `docs/images/share.svg (${count} frames, ${kib(svg)}) and docs/images/share.cast (${kib(cast)}) are written.`,
  );
}

/** The command as one would type it; what runs is the program of this clone. */
function start(line, rows) {
  const words = [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, inQuotes]) => inQuotes ?? word);
  const terminal = new PseudoTerminal([process.execPath, PROGRAM, ...words], {
    columns: COLUMNS,
    rows,
    cwd: folder,
    // What is remembered of torrents stays in the folder, and goes with it.
    env: { ...process.env, NO_COLOR: '', XDG_STATE_HOME: join(folder, 'state') },
    now: () => performance.now() - startedAt,
    typed: `swarmline ${line}`,
  });
  terminals.push(terminal);
  return terminal;
}

async function invitation(sender) {
  for (let hasEnded = false; ; ) {
    const link = /swarmline get '([^']+)'/.exec(sender.text)?.[1];
    if (link !== undefined) return link;
    if (hasEnded) throw new Error('It ended before it invited anybody.');
    hasEnded = await Promise.race([wait(50).then(() => false), sender.ended.then(() => true)]);
  }
}

async function demandSuccess(terminal) {
  const status = await terminal.ended;
  if (status !== 0) throw new Error(`A command ended with status ${status}.`);
}

/** The same bytes every time, so that the picture has the same hashes. */
function makeFolder(path) {
  mkdirSync(path);
  let state = 1;
  for (const [name, mebibytes] of Object.entries(FILES)) {
    const words = new Uint32Array(mebibytes * 262_144);
    for (let i = 0; i < words.length; i++) {
      // xorshift32
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    writeFileSync(join(path, name), words);
  }
}
