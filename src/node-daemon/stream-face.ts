// Files of torrents for players and browsers, while they download: GET /stream/ID/INDEX, with any name behind it for those
// that go by names; GET /stream/ID.m3u is a playlist of what can be played.

import { SwarmlineError } from '../core/errors.ts';
import type { Library, LibraryTorrent } from '../daemon/library.ts';
import { isPlayable } from '../rpc/media-type.ts';
import { sendFile } from './file-answer.ts';
import type { Asked, Face } from './http.ts';

export function streamFace(library: Library, token: () => string | undefined): Face {
  return {
    owns: path => path.startsWith(PREFIX),
    answer: async asked => {
      const [name = '', index, ...rest] = asked.path.slice(PREFIX.length).split('/');
      if (index === undefined && name.endsWith('.m3u'))
        sendPlaylist(asked, found(library, name.slice(0, -4)), token());
      else if (index === undefined || rest.length > 1) throw nothing(asked.path);
      else {
        const entry = found(library, name);
        const file = /^\d{1,9}$/.test(index) ? entry.torrent.files[Number(index)] : undefined;
        if (file === undefined) throw nothing(asked.path);
        await sendFile(asked, entry, file);
      }
    },
  };
}

/** The addresses hold the token, where one is needed: a player is not the browser that is logged in. */
function sendPlaylist(
  { response, fields, method }: Asked,
  entry: LibraryTorrent,
  token: string | undefined,
): void {
  const user = token === undefined ? '' : `player:${encodeURIComponent(token)}@`;
  const files = entry.torrent.files.filter(({ path }) => isPlayable(path.at(-1)!));
  const lines = files.flatMap(({ index, path }) => {
    const name = path.at(-1)!;
    return [
      `#EXTINF:-1,${name.replace(/[\r\n]/g, ' ')}`,
      `http://${user}${fields['host']}${PREFIX}${entry.id}/${index}/${encodeURIComponent(name)}`,
    ];
  });
  const body = Buffer.from(`#EXTM3U\n${lines.map(line => `${line}\n`).join('')}`);
  response.writeHead(200, {
    'content-type': 'audio/x-mpegurl; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function found(library: Library, id: string): LibraryTorrent {
  const entry = library.find(id);
  if (entry === undefined)
    throw new SwarmlineError('TORRENT_UNKNOWN', `There is no torrent ${id} here.`, { where: id });
  return entry;
}

function nothing(path: string): SwarmlineError {
  return new SwarmlineError('NOT_FOUND', `There is nothing at ${path}.`);
}

const PREFIX = '/stream/';
