// What is printed at the end: the table of medians, and what we want of it beside what was reached.

/** `rows`: { title, runs, faults, … } of transfer.mjs. One line a row; one that never ended well says why. */
export function table(rows, { hasHosts }) {
  const columns = hasHosts ? HOSTS_COLUMNS : COLUMNS;
  const lines = [
    `| program | ${columns.map(([head]) => head).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)}`,
  ];
  for (const row of rows) {
    const note = row.faults.length > 0 && row.runs.length > 0 ? ` (${row.faults.length} rejected)` : '';
    const cells =
      row.runs.length > 0
        ? columns.map(([, cell]) => cell(medians(row.runs), row))
        : [row.faults[0] ?? 'not run', ...columns.slice(1).map(() => '')];
    lines.push(`| ${row.title}${note} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** A sentence where other programs took so much of the machine that wall times say little; undefined where they did not. */
export function disturbance(rows, processors) {
  const runs = rows.flatMap(row => row.runs);
  const disturbed = runs.filter(({ otherCpu, seconds }) => otherCpu > DISTURBING * processors * seconds);
  if (disturbed.length === 0) return undefined;
  return `In ${disturbed.length} of ${runs.length} runs others took more than a fifth of the machine: wall times, and what follows from them, say little; CPU seconds say more.`;
}

/** Each aim with what this run says of it; undefined where it says nothing of any. */
export function aims(rows) {
  const find = wanted => {
    const row = rows.find(row => row.runs.length > 0 && matches(row, wanted));
    return row === undefined ? undefined : medians(row.runs);
  };
  const plain = { version: 'v1', encryption: 'off', leechers: 1 };
  const toFour = { ...plain, leechers: 4 };
  const ours = find({ client: 'swarmline', ...plain });
  const tuned = find({ client: 'libtorrent-tuned', ...plain });
  const untuned = find({ client: 'libtorrent', ...plain });
  const aria2 = find({ client: 'aria2', ...plain });
  const oursToFour = find({ client: 'swarmline', ...toFour });
  const tunedToFour = find({ client: 'libtorrent-tuned', ...toFour });
  const variant = what => find({ client: 'swarmline', ...plain, ...what });
  const rate = (us, them) => us.rate / them.rate;
  const cpu = (us, them) => us.cpu / them.cpu;
  const both = (us, them) => `MB/s ${rate(us, them).toFixed(2)}, CPU seconds ${cpu(us, them).toFixed(2)}`;
  return asTable([
    atLeast(2.5, 'MB/s ≥ 2.5 × libtorrent’s, tuned', [ours, tuned], rate),
    atLeast(
      1.4,
      'MB/s ≥ 1.4 × aria2’s after its start',
      [ours, aria2],
      (us, them) => us.rate / them.rateAfterStart,
    ),
    atMost(0.45, 'CPU seconds ≤ 0.45 × libtorrent’s, tuned', [ours, tuned], cpu),
    atMost(1, 'CPU seconds ≤ aria2’s', [ours, aria2], cpu),
    atMost(0.3, 'first byte ≤ 0.3 s after connecting', [ours], us => us.firstOfConnection, ' s'),
    atMost(
      200,
      'memory ≤ 200 MB each side',
      [ours],
      us => Math.max(us.memorySeed, us.memoryLeech) / 1e6,
      ' MB',
    ),
    atLeast(1.5, '1 → 4: aggregate ≥ 1.5 × libtorrent’s, tuned', [oursToFour, tunedToFour], rate),
    atLeast(0.75, 'v2 ≥ 0.75 × v1', [variant({ version: 'v2' }), ours], rate),
    atLeast(0.75, 'hybrid ≥ 0.75 × v1', [variant({ version: 'hybrid' }), ours], rate),
    // For these there is no aim.
    told('encrypted (MSE) ÷ v1 in the clear', [variant({ encryption: 'require' }), ours], both),
    told('÷ libtorrent’s as it is installed', [ours, untuned], both),
  ]);
}

/** The same for the swarm under caps. */
export function hostsAims(rows) {
  const row = rows.find(({ client, runs }) => client === 'swarmline' && runs.length > 0);
  const ours = row && medians(row.runs);
  return asTable([
    atMost(1.3, 'makespan ≤ 1.3 × the lower bound', [ours], ({ seconds }) => seconds / row.bound),
    atMost(1.3, 'the seed sends ≤ 1.3 copies', [ours], ({ copies }) => copies),
  ]);
}

/** What the run of one row is told as, while it goes on. */
export function runLine({ seconds, rate, first, cpu, otherCpu, copies }) {
  const sent = copies === undefined ? '' : `, the seed sent ${copies.toFixed(2)} copies`;
  return `${megabytes(rate)} MB/s in ${seconds.toFixed(2)} s, first byte after ${first.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, of others ${otherCpu.toFixed(2)} s${sent}`;
}

/** `lines`: [aim, what was reached or undefined]. */
function asTable(lines) {
  if (lines.every(([, reached]) => reached === undefined)) return undefined;
  const cells = lines.map(([aim, reached]) => `| ${aim} | ${reached ?? 'not measured'} |`);
  return ['| aim | reached |', '| --- | --- |', ...cells].join('\n');
}

function atLeast(limit, aim, rows, value, unit = '') {
  return told(aim, rows, (...all) => verdict(value(...all), value(...all) >= limit, unit));
}

function atMost(limit, aim, rows, value, unit = '') {
  return told(aim, rows, (...all) => verdict(value(...all), value(...all) <= limit, unit));
}

/** `rows`: those that it takes, undefined if they were not run. */
function told(aim, rows, say) {
  return [aim, rows.includes(undefined) ? undefined : say(...rows)];
}

function verdict(value, isReached, unit) {
  const text = `${value.toFixed(value < 10 ? 2 : 0)}${unit}`;
  return isReached ? `${text}: reached` : `**${text}: not reached**`;
}

function matches(row, wanted) {
  return Object.entries(wanted).every(([name, value]) => row[name] === value);
}

/** The median of each figure by itself. */
function medians(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map(name => [name, median(runs.map(run => run[name]))]));
}

function median(values) {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}

function range(runs, name, digits, scale = 1) {
  const values = runs.map(run => run[name] / scale).sort((a, b) => a - b);
  return `(${values[0].toFixed(digits)}–${values.at(-1).toFixed(digits)})`;
}

// Of the processors' time: what the kernel does for the peers by itself, and this program, stay below it.
const DISTURBING = 0.2;
const COSTS = [
  ['CPU s seed + leech', ({ cpuSeed, cpuLeech }) => `${cpuSeed.toFixed(2)} + ${cpuLeech.toFixed(2)}`],
  ['CPU s of others', ({ otherCpu }) => otherCpu.toFixed(2)],
  [
    'peak MB seed + leech',
    ({ memorySeed, memoryLeech }) => `${megabytes(memorySeed)} + ${megabytes(memoryLeech)}`,
  ],
  [
    'of it anonymous',
    ({ anonymousSeed, anonymousLeech }) => `${megabytes(anonymousSeed)} + ${megabytes(anonymousLeech)}`,
  ],
];
const COLUMNS = [
  ['MB/s (min–max)', ({ rate }, { runs }) => `${megabytes(rate)} ${range(runs, 'rate', 0, 1e6)}`],
  ['after its start', ({ rateAfterStart }) => megabytes(rateAfterStart)],
  ['start s', ({ first }) => first.toFixed(2)],
  ['first byte s after connecting', ({ firstOfConnection }) => firstOfConnection.toFixed(2)],
  ...COSTS,
];
const HOSTS_COLUMNS = [
  ['makespan s (min–max)', ({ seconds }, { runs }) => `${seconds.toFixed(2)} ${range(runs, 'seconds', 2)}`],
  ['÷ lower bound', ({ seconds }, { bound }) => (seconds / bound).toFixed(2)],
  ['copies sent by the seed', ({ copies }) => copies.toFixed(2)],
  ['first byte s after connecting', ({ firstOfConnection }) => firstOfConnection.toFixed(2)],
  ...COSTS,
];
