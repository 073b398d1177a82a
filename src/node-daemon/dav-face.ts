// All files of all torrents as a file system that can be mounted: WebDAV, read-only, at /dav/. RFC 4918, class 1.

import { SwarmlineError } from '../core/errors.ts';
import type { Library } from '../daemon/library.ts';
import { type DavNode, davFind, davProperties, davRoot } from '../rpc/dav.ts';
import { readBody } from './answers.ts';
import { sendFile } from './file-answer.ts';
import type { Asked, Face } from './http.ts';

export function davFace(library: Library, startedAt: number): Face {
  const root = davRoot(library, startedAt);
  return {
    owns: path => path === PREFIX || path.startsWith(`${PREFIX}/`),
    answer: async asked => {
      if (asked.method === 'OPTIONS') {
        asked.response
          .writeHead(200, { dav: '1', allow: ALLOWED, 'ms-author-via': 'DAV', 'content-length': 0 })
          .end();
        return;
      }
      if (!METHODS.has(asked.method)) {
        asked.response.setHeader('allow', ALLOWED);
        throw new SwarmlineError(
          'METHOD_NOT_ALLOWED',
          `These files can be read, and nothing else: ${ALLOWED}.`,
        );
      }
      const node = nodeAt(root, asked.path);
      if (asked.method === 'PROPFIND') await sendProperties(asked, node);
      else if (node.kind === 'file') await sendFile(asked, node.entry, node.file);
      else sendListing(asked, node.children());
    },
  };
}

function nodeAt(root: ReturnType<typeof davRoot>, path: string): DavNode {
  const elements = path
    .slice(PREFIX.length)
    .split('/')
    .filter(element => element !== '')
    .map(decoded);
  const node = elements.includes(undefined) ? undefined : davFind(root, elements as string[]);
  if (node === undefined) throw new SwarmlineError('NOT_FOUND', `There is nothing at ${path}.`);
  return node;
}

async function sendProperties({ request, response, fields, path }: Asked, node: DavNode): Promise<void> {
  // What is asked for is not looked at: there are few properties, and all are told.
  await readBody(request, MAX_BODY);
  const depth = fields['depth'] ?? 'infinity';
  if (depth !== '0' && depth !== '1')
    throw new SwarmlineError(
      'DEPTH_NOT_ALLOWED',
      'Ask with "Depth: 0" or "Depth: 1": the whole tree may be millions of files.',
    );
  const isFolder = node.kind === 'folder' && !path.endsWith('/');
  const body = Buffer.from(davProperties(node, isFolder ? `${path}/` : path, depth === '1' ? 1 : 0));
  response
    .writeHead(207, {
      'content-type': 'application/xml; charset=utf-8',
      'content-length': body.length,
      'cache-control': 'no-store',
    })
    .end(body);
}

/** For a browser that came here. */
function sendListing({ response, method, path }: Asked, nodes: readonly DavNode[]): void {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const lines = nodes.map(
    ({ name, kind }) => `${prefix}${encodeURIComponent(name)}${kind === 'folder' ? '/' : ''}\n`,
  );
  const body = Buffer.from(lines.join(''));
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function decoded(element: string): string | undefined {
  try {
    return decodeURIComponent(element);
  } catch {
    return undefined;
  }
}

const PREFIX = '/dav';
const METHODS = new Set(['GET', 'HEAD', 'PROPFIND']);
const ALLOWED = 'OPTIONS, GET, HEAD, PROPFIND';
const MAX_BODY = 65_536;
