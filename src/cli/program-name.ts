// What this program calls itself: in torrents that it makes, to trackers, and with --version.

import { readFileSync } from 'node:fs';

/** `0.1.0`, from the package. */
export function programVersion(): string {
  const packageFile = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

/** `Swarmline 0.1.0` */
export function programName(): string {
  return `Swarmline ${programVersion()}`;
}
