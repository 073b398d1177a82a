// The dashboard with many torrents: a daemon with fifty thousand paused magnets, and Chromium that opens its page, scrolls, sorts
// and searches. Says when the first rows stand, how even the frames of a scroll are and what they cost, how long an answer
// takes, and how large the messages of the stream are while five thousand torrents change. Beside it a bare page of as many
// lines of plain text, without any script, which is scrolled the same: what this browser on this machine does at its best.
//
// Others' work on the machine is seen in the frames: what is measured goes before it with "chrt -r 1 node bench/dashboard.mjs".
//
//   node bench/dashboard.mjs [--torrents 50000] [--runs 3] [--chromium /usr/bin/chromium]

import './help.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startDaemon } from '../dist/node-daemon/start.js';

const { values } = parseArgs({
  options: {
    torrents: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '3' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});
const count = Number(values.torrents);
const folder = mkdtempSync(join(tmpdir(), 'swarmline-dashboard-'));
const say = (what, figure) => process.stdout.write(`${what.padEnd(58)} ${figure}\n`);
const ms = duration => `${Math.round(duration)} ms`;

const running = await startDaemon({
  stateFolder: join(folder, 'state'),
  downloadDir: join(folder, 'downloads'),
  rpc: { host: '127.0.0.1', port: 0 },
  session: { listen: { host: '127.0.0.1', port: 0 } },
  version: '0.0.0-bench',
  onWarning: error => process.stderr.write(`${error}\n`),
});
const url = `http://127.0.0.1:${running.address.port}`;
const { library } = running.daemon;
const begun = performance.now();
for (let i = 0; i < count; i++) library.add(magnetOf(i), i % 7 === 0 ? ['seventh'] : []);
say(`${count} paused magnets added`, ms(performance.now() - begun));

let browser;
try {
  for (const params of [{}, { sort: 'name' }, { sort: 'progress' }, { text: '4999' }]) {
    const start = performance.now();
    await ask('torrents.list', { ...params, limit: 150 });
    say(`torrents.list ${JSON.stringify(params)}`, ms(performance.now() - start));
  }
  const start = performance.now();
  await ask('session.get', {});
  say('session.get', ms(performance.now() - start));

  browser = await chromium.launch({
    executablePath: values.chromium,
    args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu'],
    timeout: 120_000,
  });
  for (let run = 1; run <= Number(values.runs); run++) {
    await bare(run);
    await open(run);
  }
  await streamed();
} finally {
  await browser?.close();
  await running.close();
  rmSync(folder, { recursive: true, force: true });
}

async function open(run) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(`
    const look = () => {
      if (/torrent/.test(document.querySelector('.row-line .name')?.textContent)) window.firstRows = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  `);
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.waitForFunction('window.firstRows !== undefined');
  say(`run ${run}: first rows after`, ms(await page.evaluate('window.firstRows')));
  await page.waitForTimeout(2000);
  await scroll(page, `run ${run}`);
  const start = performance.now();
  await page.getByRole('button', { name: 'Name' }).click();
  await page.getByText('torrent-00000', { exact: true }).waitFor();
  say(`run ${run}: sorted by name`, ms(performance.now() - start));
  await context.close();
}

/** Text of the same size, which nobody has to draw but the browser. */
async function bare(run) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const line =
    'torrent-00000                                            —      0.0 %   · Paused                         —';
  const text = Array.from({ length: 10_000 }, (_, i) => line.replace('00000', `${i}`.padStart(5, '0'))).join(
    '\n',
  );
  await page.setContent(
    `<div class="list" style="position: absolute; inset: 124px 0 0 200px; overflow: auto; contain: strict"><pre style="margin: 0; font: 14px/32px system-ui">${text}</pre></div>`,
    { waitUntil: 'commit' },
  );
  await page.waitForTimeout(500);
  await scroll(page, `run ${run}, bare page`);
  await context.close();
}

async function scroll(page, who) {
  for (const pixels of [40, 800]) {
    const session = await page.context().newCDPSession(page);
    // The processor's time, and not how long others kept it.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await seconds(session);
    const { intervals, blank } = await page.evaluate(scrolled(pixels));
    const after = await seconds(session);
    const perFrame = name => (((after[name] - before[name]) * 1000) / intervals.length).toFixed(1);
    intervals.sort((a, b) => a - b);
    const late = intervals.filter(interval => interval > 25).length;
    say(
      `${who}, ${pixels} px a frame, ${intervals.length} frames`,
      `${(1000 / mean(intervals)).toFixed(1)} frames/s, median ${intervals[intervals.length >> 1].toFixed(1)} ms, late ${late}, main thread ${perFrame('TaskDuration')} ms a frame (script ${perFrame('ScriptDuration')}, style ${perFrame('RecalcStyleDuration')}, layout ${perFrame('LayoutDuration')}), ${(100 * blank).toFixed(0)} % of frames with a row that had not come, load average ${loadavg()[0].toFixed(1)}`,
    );
  }
}

/** Scrolls for three seconds; tells the time between frames, and in how many a row in view had not come. */
function scrolled(perFrame) {
  return `new Promise(resolve => {
    const list = document.querySelector('.list');
    let top = 0;
    list.scrollTop = top;
    const intervals = [];
    let blank = 0, begun, last;
    const frame = now => {
      begun ??= now;
      if (last !== undefined) intervals.push(now - last);
      last = now;
      if (list.querySelector('.is-waiting:not([hidden])')) blank++;
      list.scrollTop = top += ${perFrame};
      if (now - begun > 3000) resolve({ intervals, blank: blank / intervals.length });
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`;
}

async function streamed() {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/changes`, { signal: abort.signal });
  const sizes = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        sizes.push(end);
        text = text.slice(end + 2);
      }
    }
  })().catch(() => {});
  const ids = [...library.torrents()].slice(0, 5000).map(({ id }) => id);
  await ask('torrents.set', { ids, labels: ['changed', 'all-of-them'] });
  await new Promise(resolve => setTimeout(resolve, 6000));
  abort.abort();
  await reading;
  say('largest message of the stream, one a second', `${(Math.max(...sizes) / 1024).toFixed(1)} KiB`);
}

function magnetOf(i) {
  const infoHashV1 = new Uint8Array(20);
  new DataView(infoHashV1.buffer).setUint32(0, Math.imul(i + 1, 2654435761) >>> 0);
  new DataView(infoHashV1.buffer).setUint32(16, i);
  const name = `torrent-${`${i}`.padStart(5, '0')}`;
  return {
    magnet: { infoHashV1, name, trackers: [`http://127.0.0.${1 + (i % 9)}:1/announce`] },
    downloadDir: join(folder, 'downloads'),
    isPaused: true,
  };
}

async function seconds(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function ask(name, params) {
  const response = await fetch(`${url}/api/v1/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return await response.json();
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
