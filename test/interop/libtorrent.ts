// The Python that has libtorrent, and scripts run in it: one process for many questions, JSON in and JSON out.

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ForeignProgram, foreignProgram } from './peers.ts';

/** LIBTORRENT_PYTHON, the system's Python (Debian's python3-libtorrent is for that one alone), or the one on the PATH. */
export function libtorrentPython(): ForeignProgram {
  const candidates = [process.env['LIBTORRENT_PYTHON'], '/usr/bin/python3', foreignProgram('python3').path];
  const path = candidates.find(
    candidate => candidate && spawnSync(candidate, ['-c', 'import libtorrent']).status === 0,
  );
  return { name: 'libtorrent for Python', path };
}

/** Runs a script of this folder; what goes in and comes out is JSON. Ends with an error after a minute. */
export function askLibtorrent<Answer>(
  python: ForeignProgram,
  script: string,
  question: unknown,
): Promise<Answer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = execFile(
      python.path!,
      [path],
      { maxBuffer: 256 * 1024 * 1024, timeout: 60_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as Answer);
        else reject(new Error(`${script}: ${error.message}\n${stderr}`));
      },
    );
    child.stdin!.end(JSON.stringify(question));
  });
}
