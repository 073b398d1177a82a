// The daemon's own API over HTTP: POST /api/v1/METHOD with JSON, and GET /api/v1/changes, a stream of server-sent events whose
// id is the sequence number, so that a browser that connects again goes on by itself. docs/rpc.md

import { SwarmlineError } from '../core/errors.ts';
import { checkIsJson } from '../rpc/access.ts';
import type { ActionDeps } from '../rpc/actions.ts';
import { dispatch } from '../rpc/dispatch.ts';
import type { Changes } from '../rpc/methods.ts';
import { openApi } from '../rpc/openapi.ts';
import { parseJson, readBody, sendJson } from './answers.ts';
import type { Asked, Face } from './http.ts';

export function rpcFace(deps: ActionDeps): Face {
  return {
    owns: path => path.startsWith(PREFIX),
    answer: async asked => {
      const name = asked.path.slice(PREFIX.length);
      if (name === 'changes') stream(asked, deps);
      else if (name === 'openapi.json') sendJson(asked, 200, openApi(deps.daemon.deps.version));
      else {
        if (asked.method !== 'POST')
          throw new SwarmlineError('METHOD_NOT_ALLOWED', `Methods are asked by POST: POST ${PREFIX}${name}.`);
        checkIsJson(asked);
        const body = parseJson(await readBody(asked.request, MAX_BODY));
        sendJson(asked, 200, await dispatch(name, body, deps));
      }
    },
  };
}

function stream({ request, response, query, fields }: Asked, { changes }: ActionDeps): void {
  const after = query.get('after') ?? fields['last-event-id'];
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const send = (told: Changes) => {
    // Who does not read is let go: it connects again, and hears what it has missed.
    if (response.writableLength > MAX_UNREAD) response.destroy();
    else response.write(`id: ${told.sequence}\ndata: ${JSON.stringify(told)}\n\n`);
  };
  const end = changes.listen(send, after === null || after === undefined ? undefined : Number(after) || 0);
  const alive = setInterval(() => response.write(':\n\n'), ALIVE_MS);
  request.once('close', () => {
    clearInterval(alive);
    end();
  });
}

const PREFIX = '/api/v1/';
/** A torrent file of 64 MiB in base64, and what stands around it. */
const MAX_BODY = 96 * 1024 * 1024;
const MAX_UNREAD = 4 * 1024 * 1024;
const ALIVE_MS = 20_000;
