// A program in a terminal of its own, and what it writes there, with the times. The terminal is `script` of util-linux.

import { spawn, spawnSync } from 'node:child_process';

/** @throws Error with what to install, where there is no such `script` */
export function demandScript() {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (!`${stdout}`.includes('util-linux'))
    throw new Error(
      'The recording needs `script` of util-linux (Debian and Ubuntu: apt-get install bsdutils; that of BSD and macOS takes other options).',
    );
}

export class PseudoTerminal {
  /** `{ atMs, text }`, by the clock that was given. */
  events = [];
  /** The exit status. */
  ended;
  #child;
  #now;

  /** `typed` is what stands behind the prompt. */
  constructor(command, { columns, rows, cwd, env, now, typed }) {
    this.#now = now;
    this.#tell(`$ ${typed}\r\n`);
    const line = `stty cols ${columns} rows ${rows}; exec ${command.map(quoted).join(' ')}`;
    this.#child = spawn('script', ['-q', '-f', '-e', '-c', line, '/dev/null'], {
      cwd,
      env: { ...env, SHELL: '/bin/sh', TERM: 'xterm-256color' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const decoder = new TextDecoder();
    this.#child.stdout.on('data', bytes => this.#tell(decoder.decode(bytes, { stream: true })));
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', status => {
        this.#tell('$ ');
        resolve(status);
      });
    });
    // Looked at where it is awaited, and that may be later.
    this.ended.catch(() => {});
  }

  /** Everything so far, with its escape sequences. */
  get text() {
    return this.events.map(({ text }) => text).join('');
  }

  interrupt() {
    this.#child.stdin.write('\u0003');
  }

  /** `script` ends what it runs. */
  close() {
    this.#child.kill('SIGTERM');
  }

  #tell(text) {
    if (text !== '') this.events.push({ atMs: this.#now(), text });
  }
}

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
