// Builds the dashboard into dist/dashboard, where a daemon finds it, if anything that it is made of has changed.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!isFresh()) {
  const { build } = await import('vite');
  await build({ configFile: `${root}web/dashboard/vite.config.mjs` });
}

function isFresh() {
  const last = `${root}dist/dashboard/index.html`;
  if (!existsSync(last)) return false;
  const made = statSync(last).mtimeMs;
  const changed = where =>
    readdirSync(where, { withFileTypes: true, recursive: true }).some(
      entry => entry.isFile() && statSync(`${entry.parentPath ?? entry.path}/${entry.name}`).mtimeMs > made,
    );
  return !changed(`${root}web/dashboard`) && statSync(`${root}package-lock.json`).mtimeMs <= made;
}
