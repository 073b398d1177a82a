// Writes man/*.1 from the compiled commands: `npm run man`, after `npm run build`. package.json installs them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { allCommands } from '../dist/cli/command-facts.js';
import { manPages } from '../dist/cli/man-page.js';

const folder = new URL('../man/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const { name, text } of manPages(await allCommands(), version))
  writeFileSync(new URL(name, folder), text);
