// The tracker's page: it asks for the totals every two seconds and shows them. All text comes in as text, never as markup.
// Nothing is asked for while nobody looks. A token is kept for this tab alone.

const EVERY_MS = 2_000;
const SMOOTH_MS = 5_000;
const PLOT_POINTS = 150;
const NAMES = { udp: 'UDP', http: 'HTTP', ws: 'WebSocket' };
const TOKEN = 'swarmline-tracker-token';

const at = id => document.getElementById(id);
/** Totals as they came, newest last: rates are differences. */
const history = [];
const plot = [];
let largestAskedAt = Number.NEGATIVE_INFINITY;
let timer;
let lastAnswer;

at('token-form').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, at('token').value.trim());
  at('token').value = '';
  largestAskedAt = Number.NEGATIVE_INFINITY;
  void turn();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void turn();
});
void turn();

async function turn() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const totals = await ask('totals');
    if (totals !== undefined) {
      lastAnswer = new Date();
      at('fault').hidden = true;
      show(totals);
      if (performance.now() - largestAskedAt >= 5_000) await showLargest(totals);
    }
  } catch {
    const since =
      lastAnswer === undefined ? '' : ` What is shown is as of ${lastAnswer.toLocaleTimeString()}.`;
    fault(`The tracker does not answer.${since} It is asked again every two seconds.`);
    setState('failed', '✗ No answer');
  }
  clearTimeout(timer);
  timer = setTimeout(turn, EVERY_MS);
}

/** Undefined where it needs another token, or refuses. */
async function ask(path) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`/api/v1/${path}`, { headers, cache: 'no-store' });
  const body = await response.json();
  if (response.ok) return body;
  if (response.status === 401) {
    sessionStorage.removeItem(TOKEN);
    at('ask-token').hidden = false;
    if (token) at('token-why').textContent = `${body.error.message} Its owner has it in a file.`;
    if (path === 'totals') setState('idle', '· Waiting for the token');
    return undefined;
  }
  fault(body.error.message);
  return undefined;
}

function show(totals) {
  history.push({ at: performance.now(), totals });
  while (history.length > 2 && history[1].at < performance.now() - SMOOTH_MS) history.shift();
  at('figures').hidden = false;
  setState(totals.ready ? 'complete' : 'failed', totals.ready ? '✓ Ready' : `✗ ${totals.reason}`);
  at('about').textContent = `${MODES[totals.mode]} · up for ${duration(totals.uptimeSeconds)}`;
  at('version').textContent = `Swarmline ${totals.version}`;

  const ways = Object.keys(totals.protocols);
  const rates = ways.map(way => perSecond(({ protocols }) => sum(protocols[way].announces)));
  const rate = rates.includes(undefined) ? undefined : sum(rates);
  text('announces', rate === undefined ? '—' : perSecondText(rate));
  text('announces-by', ways.map((way, i) => `${NAMES[way]} ${perSecondText(rates[i])}`).join(' · '));
  if (rate !== undefined) drawPlot(rate);

  const { address, webSocket } = totals.reached;
  const peers = totals.seeds + totals.leechers;
  text('peers', count(peers));
  text('peers-by', `${count(webSocket.seeds + webSocket.leechers)} of them by WebSocket`);
  text('seeds', count(totals.seeds));
  text('seeds-by', peers === 0 ? 'of nobody' : `${percent(totals.seeds, peers)} of all peers`);
  text('swarms', count(totals.swarms));
  text('swarms-by', `${count(address.swarms)} by address · ${count(webSocket.swarms)} by WebSocket`);
  const { usedBytes, totalBytes, kind, reachable } = totals.store;
  text('memory', usedBytes === undefined ? kind : bytes(usedBytes));
  const ofAll = totalBytes === undefined ? '' : `of ${bytes(totalBytes)}, in ${kind}`;
  text('memory-by', reachable ? ofAll || 'reachable' : '✗ The store cannot be reached');

  at('ways').replaceChildren(...ways.map(way => wayRow(way, totals)));
  at('empty').hidden = totals.swarms > 0;
  if (totals.swarms === 0) showUrls(totals.mode === 'private' ? '/KEY/announce' : '/announce');
}

function wayRow(way, { protocols }) {
  const of = pick => perSecond(totals => pick(totals.protocols[way]));
  const { bytesIn, bytesOut } = protocols[way];
  return row([
    [NAMES[way]],
    [perSecondText(of(({ announces }) => sum(announces))), 'number'],
    [perSecondText(of(({ scrapes }) => scrapes)), 'number'],
    [perSecondText(of(({ errors }) => sum(errors))), 'number'],
    [bytes(bytesIn), 'number received'],
    [bytes(bytesOut), 'number given'],
  ]);
}

async function showLargest({ showsSwarms, hasApi }) {
  largestAskedAt = performance.now();
  const mayAsk = showsSwarms || sessionStorage.getItem(TOKEN);
  if (!mayAsk) {
    at('largest-table').hidden = true;
    at('ask-token').hidden = !hasApi;
    at('token-why').textContent = 'With the tracker’s token this page shows the largest swarms too.';
    text(
      'largest-note',
      hasApi
        ? 'These are shown to whoever has the token.'
        : 'These are not shown. Start the tracker with --show swarms for everybody, or with --api-token-file for whoever has the token.',
    );
    return;
  }
  const answer = await ask('largest');
  if (answer === undefined) return;
  at('ask-token').hidden = true;
  at('largest-table').hidden = answer.total === 0;
  text(
    'largest-note',
    answer.total === 0
      ? 'There are none yet.'
      : `${answer.torrents.length} of ${count(answer.total)}, by peers`,
  );
  at('largest').replaceChildren(...answer.torrents.map(swarmRow));
}

function swarmRow({ infoHash, seeds, leechers, downloaded }) {
  const hash = document.createElement('span');
  hash.className = 'hash';
  hash.title = infoHash;
  hash.textContent = `${infoHash.slice(0, 8)}…${infoHash.slice(-8)}`;
  return row([
    [hash, '', copyButton(infoHash, 'info hash')],
    [share(seeds, seeds + leechers), 'share-cell'],
    [count(seeds), 'number complete'],
    [count(leechers), 'number'],
    [count(downloaded), 'number'],
  ]);
}

function showUrls(path) {
  const { hostname, port, protocol } = location;
  const host = port === '' ? hostname : `${hostname}:${port}`;
  const isSecure = protocol === 'https:';
  const schemes = isSecure ? ['https', 'wss'] : ['udp', 'http', 'ws'];
  const urls = schemes.map(scheme => `${scheme}://${host}${path}`);
  if (at('urls').childElementCount === urls.length) return;
  at('urls').replaceChildren(
    ...urls.map(url => {
      const item = document.createElement('li');
      const code = document.createElement('code');
      code.textContent = url;
      item.append(code, copyButton(url, 'address'));
      return item;
    }),
  );
  text('make', `swarmline create album --tracker ${urls[0]}`);
  text('probe', `swarmline tracker probe ${urls[0]}`);
}

function row(cells) {
  const line = document.createElement('tr');
  for (const [content, className = '', ...more] of cells) {
    const cell = document.createElement('td');
    cell.className = className;
    cell.append(content, ...more);
    line.append(cell);
  }
  return line;
}

function copyButton(value, what) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy the ${what} ${value}`);
  button.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(value);
    button.textContent = navigator.clipboard === undefined ? value : 'Copied';
  });
  return button;
}

/** A thin bar: how many of the peers are seeds. */
function share(part, whole) {
  const svg = element('svg', {
    class: 'share',
    viewBox: '0 0 100 8',
    preserveAspectRatio: 'none',
    role: 'img',
  });
  svg.setAttribute('aria-label', `${percent(part, whole)} seeds`);
  svg.append(element('rect', { class: 'all', width: 100, height: 8 }));
  svg.append(element('rect', { class: 'has', width: whole === 0 ? 0 : (100 * part) / whole, height: 8 }));
  return svg;
}

function element(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawPlot(rate) {
  plot.push(rate);
  if (plot.length > PLOT_POINTS) plot.shift();
  const peak = Math.max(...plot, 1);
  const points = plot.map((value, i) => {
    const x = 300 - (plot.length - 1 - i) * (300 / (PLOT_POINTS - 1));
    return `${x.toFixed(1)} ${(62 - (58 * value) / peak).toFixed(1)}`;
  });
  const line = points.length < 2 ? '' : `M${points.join('L')}`;
  at('plot-line').setAttribute('d', line);
  const from = points[0]?.split(' ')[0];
  at('plot-area').setAttribute('d', line === '' ? '' : `${line}L300 64L${from} 64Z`);
  text('plot-peak', `at most ${perSecondText(Math.max(...plot))}/s`);
  if (plot.length === PLOT_POINTS) text('plot-from', 'the last five minutes');
}

/** Growth a second of what `pick` finds, over the last five; undefined where it is not known yet. */
function perSecond(pick) {
  const first = history[0];
  const last = history.at(-1);
  const seconds = (last.at - first.at) / 1_000;
  const grown = pick(last.totals) - pick(first.totals);
  // A tracker that was started anew counts from nothing.
  if (seconds < 0.5 || grown < 0) return undefined;
  return grown / seconds;
}

function perSecondText(rate) {
  if (rate === undefined) return '—';
  return rate === 0 ? '0' : rate < 100 ? rate.toFixed(1) : count(Math.round(rate));
}

function bytes(length) {
  let value = length;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

function percent(part, whole) {
  if (whole === 0) return '0 %';
  return part === whole ? '100 %' : `${Math.min((100 * part) / whole, 99.9).toFixed(1)} %`;
}

function duration(seconds) {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

function sum(numbers) {
  return Object.values(numbers).reduce((a, b) => a + b, 0);
}

function count(number) {
  return number.toLocaleString('en');
}

function text(id, value) {
  if (at(id).textContent !== value) at(id).textContent = value;
}

function setState(kind, words) {
  at('state').className = kind;
  text('state', words);
}

function fault(sentence) {
  at('fault').hidden = false;
  text('fault', sentence);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const MODES = { open: 'Open: any torrent', listed: 'Listed torrents', private: 'Private: by key' };
