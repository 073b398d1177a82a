// The dashboard: the built files of web/dashboard as they are, under a policy that lets in nothing from elsewhere, and the place
// where a browser gives the token once. The files hold no secret, so they need none; what they ask for does.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SwarmlineError } from '../core/errors.ts';
import { isSameSecret } from '../io/same-secret.ts';
import { checkIsJson, tokenCookie } from '../rpc/access.ts';
import { parseJson, readBody } from './answers.ts';
import type { Asked, Face } from './http.ts';

/** What the page shows: a daemon's torrents, or the one that `share` shares. */
export type PageView = 'daemon' | 'share';

export interface PageFaceOptions {
  /** Of the moment. */
  readonly token: () => string | undefined;
  /** @default daemon */
  readonly view?: PageView;
  /** @default where the build puts them */
  readonly folder?: URL;
}

interface PageFile {
  readonly bytes: Buffer;
  readonly zipped: Buffer;
  readonly type: string;
  /** Its name is that of its contents. */
  readonly isForever: boolean;
}

export function pageFace({ token, view = 'daemon', folder = BUILT }: PageFaceOptions): Face {
  let files: ReadonlyMap<string, PageFile> | undefined;
  return {
    isOpen: () => true,
    owns: path => path === '/' || path === LOGIN || path === LOGOUT || FILE.test(path),
    answer: async asked => {
      if (asked.path === LOGIN) return logIn(asked, token());
      if (asked.path === LOGOUT) return logOut(asked);
      files ??= readFiles(folder, view);
      send(asked, files.get(asked.path === '/' ? '/index.html' : asked.path));
    },
  };
}

function send(asked: Asked, file: PageFile | undefined): void {
  const { method, path, fields, response } = asked;
  if (method !== 'GET' && method !== 'HEAD')
    throw new SwarmlineError('METHOD_NOT_ALLOWED', `${path} can be asked for by GET alone.`);
  if (file === undefined) {
    throw new SwarmlineError(
      'NOT_FOUND',
      path === '/'
        ? 'The dashboard is not built: "npm run build" builds it. The API answers all the same.'
        : `There is nothing at ${path}.`,
    );
  }
  const isZipped = /\bgzip\b/.test(fields['accept-encoding'] ?? '');
  const body = isZipped ? file.zipped : file.bytes;
  response.writeHead(200, {
    ...SAFE,
    'content-type': file.type,
    'content-length': body.length,
    'cache-control': file.isForever ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(isZipped && { 'content-encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** @throws SwarmlineError `UNAUTHORIZED`, `REQUEST_INVALID`, `METHOD_NOT_ALLOWED` */
async function logIn(asked: Asked, token: string | undefined): Promise<void> {
  onlyPost(asked);
  const body = parseJson(await readBody(asked.request, MAX_BODY));
  const given = (body as { token?: unknown } | null)?.token;
  if (typeof given !== 'string') throw new SwarmlineError('REQUEST_INVALID', '"token" should be a text.');
  if (token !== undefined && !isSameSecret(given, token))
    throw new SwarmlineError('UNAUTHORIZED', 'That is not the token of this daemon.');
  asked.response.writeHead(204, {
    ...SAFE,
    'cache-control': 'no-store',
    ...(token !== undefined && { 'set-cookie': tokenCookie(token) }),
  });
  asked.response.end();
}

function logOut(asked: Asked): void {
  onlyPost(asked);
  asked.request.resume();
  asked.response.writeHead(204, {
    ...SAFE,
    'cache-control': 'no-store',
    'set-cookie': `${tokenCookie('')}; Max-Age=0`,
  });
  asked.response.end();
}

function onlyPost(asked: Asked): void {
  if (asked.method !== 'POST')
    throw new SwarmlineError('METHOD_NOT_ALLOWED', `${asked.path} is asked by POST.`);
  checkIsJson(asked);
}

/**
 * All of them, which are few; those that are not built are none. Read at once: Node's threads for files also look up names, and
 * a page that says what is wrong is not to wait for names that nobody knows.
 */
function readFiles(folder: URL, view: PageView): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const place of ['', 'assets/']) {
    for (const name of namesIn(fileURLToPath(new URL(place, folder)))) {
      const type = TYPES[/\.[a-z]+$/.exec(name)?.[0] ?? ''];
      if (type === undefined) continue;
      const read = readFileSync(fileURLToPath(new URL(place + encodeURIComponent(name), folder)));
      const bytes = type === TYPES['.html'] ? asSeenBy(read, view) : read;
      files.set(`/${place}${name}`, {
        bytes,
        zipped: gzipSync(bytes, { level: 9 }),
        type,
        isForever: place !== '',
      });
    }
  }
  return files;
}

/** The page is told before it has asked anything what it is to show. */
function asSeenBy(page: Buffer, view: PageView): Buffer {
  return Buffer.from(page.toString('utf8').replace('<html ', `<html data-view="${view}" `));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Scripts, styles, requests from here alone; none within the page; in nobody's frame. */
const POLICY =
  "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";
const SAFE = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const LOGIN = '/login';
const LOGOUT = '/logout';
const FILE = /^\/(?:assets\/)?[A-Za-z0-9_.-]+\.(?:html|js|css|svg)$/;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const MAX_BODY = 4096;
// This file is in `src/node-daemon`, `dist/node-daemon`, or joined with others in `dist/program`.
const BUILT = new URL(
  /\/dist\/[^/]+\/[^/]+$/.test(import.meta.url) ? '../dashboard/' : '../../dist/dashboard/',
  import.meta.url,
);
