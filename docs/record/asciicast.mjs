// What a terminal was given, in asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): one JSON array a line.

/** `events` are `{ atMs, text }` in the order of their times. */
export function asciicast(events, { columns, rows, title }) {
  const header = { version: 2, width: columns, height: rows, title, env: { TERM: 'xterm-256color' } };
  const lines = events.map(({ atMs, text }) => JSON.stringify([Math.round(atMs) / 1000, 'o', text]));
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`;
}
