// A Node that WebTorrent runs on, where both are here: see `.ci/run`.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ForeignProgram } from './peers.ts';

export function webtorrentNode(): ForeignProgram {
  const own = Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : undefined;
  const other = fileURLToPath(
    new URL('../../node_modules/.nodes/22/node_modules/node/bin/node', import.meta.url),
  );
  const node = own ?? (existsSync(other) ? other : undefined);
  const isInstalled = existsSync(new URL('webtorrent/node_modules/webtorrent', import.meta.url));
  return { name: 'WebTorrent (on Node 22)', path: isInstalled ? node : undefined };
}

export const WEBTORRENT_SCRIPT = 'webtorrent/peer.mjs';
