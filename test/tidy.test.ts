// The rules of the house, kept by a machine: who may import whom, what may not stand below ring 3, what names a file
// may have, what no file may hold. Each rule is also shown to bite, on small made-up sources.
// The compiler projects keep the rest: no Node types in rings 1 and 2, no import upwards between the rings.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeOnly, importsOf, lineAt } from './source-text.ts';

const EVERYTHING = 'everything';

/**
 * Folder: what it may import beside itself. A name covers the folders below it that have no row of their own; the
 * longest name that fits a file is its row. A folder without a row is a fault. `entry` is `src/*.ts`.
 * `core/errors` is open to all. After `types:` come folders of which only types may be imported.
 */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  'core/errors': '',
  'core/globals': '',
  'core/bytes': '',
  'core/bencode': 'core/bytes',
  'core/metainfo': 'core/bencode core/bytes',
  'core/http': 'core/bytes',
  'core/wire': 'core/bencode core/bytes',
  'core/tracker': 'core/bencode core/bytes',
  'core/dht': 'core/bencode core/bytes',
  'core/utp': 'core/bytes',
  'core/lsd': 'core/bytes',
  'core/nat': 'core/bytes',
  'core/proxy': 'core/bytes',
  'core/ip-filter': 'core/bytes',
  'core/dns': 'core/bytes',
  'core/engine': 'core/wire core/metainfo core/bytes',
  host: 'types: core',
  session: 'core host',
  tracker: 'core/tracker core/bencode core/bytes host',
  create: 'core/metainfo core/bytes host',
  channel: 'core host session create',
  daemon: 'core host session create',
  rpc: 'core host session daemon create',
  lab: 'core host session tracker create',
  // The threads that hash need the piece space and the merkle trees: pure values, see docs/architecture.md.
  io: 'host core/bytes core/metainfo core/http core/proxy core/dns',
  cli: EVERYTHING,
  'node-daemon': EVERYTHING,
  'lab/field': EVERYTHING,
  'node-tracker': EVERYTHING,
  entry: EVERYTHING,
};

/** Ring 3: the only rows that may name `node:*` or a package that needs Node. All other rows are rings 1 and 2. */
const NODE_ROWS = 'io cli node-daemon node-tracker lab/field entry'.split(' ');
/** Packages that run wherever JavaScript does. Ring 2 may use them; ring 1 uses none. */
const PORTABLE_PACKAGES = 'picomatch smol-toml string-width uqr zod'.split(' ');

/** Of which the dashboard is made. */
const DASHBOARD_PACKAGES = ['preact', '@preact/signals', 'uplot'];

interface Ban {
  readonly word: RegExp;
  readonly why: string;
}

/** In rings 1 and 2. */
const BANNED_BELOW_RING_3: readonly Ban[] = [
  { word: /\bDate\s*\.\s*now\b/g, why: 'time comes in as `now` or from the host’s clock' },
  { word: /\bnew\s+Date\b/g, why: 'time comes in as `now` or from the host’s clock' },
  { word: /\bMath\s*\.\s*random\b/g, why: 'randomness comes in as a seeded Random' },
];

/** In ring 1. */
const BANNED_IN_CORE: readonly Ban[] = [
  { word: /\bawait\b/g, why: 'the core never waits' },
  { word: /\basync\b/g, why: 'the core never waits' },
  { word: /\bPromise(?:Like)?\b/g, why: 'the core never waits' },
];

/** As a word of a file's or a folder's name. */
const BANNED_NAMES = /(?:^|[-_.])(utils?|helpers?|common|misc|managers?)(?=$|[-_.])/i;

/** In any file of the repository, prose and tests too. (Written so that this file does not hold them.) */
const BANNED_IN_ANY_FILE: readonly Ban[] = [
  { word: /\bTO[D]O\b/g, why: 'an open end belongs in an issue' },
  { word: /\bFIX[M]E\b/g, why: 'an open end belongs in an issue' },
  { word: /(?<![\w.~-])\/(?:work|root)\/[\w.]/g, why: 'a path of one machine means nothing on another' },
  { word: /\/tmp\/(?:brief|bash_jobs)\b/g, why: 'a path of one machine means nothing on another' },
];

describe('the house', () => {
  it('keeps who may import whom, and what may not stand below ring 3', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(15);
    expect(files.flatMap(path => sourceFaults(path, read(path)))).toEqual([]);
  });

  it('has no file without a meaning in its name, no open ends and no machine paths', () => {
    const files = repositoryFiles();
    expect(files).toContain('test/tidy.test.ts');
    expect(files.flatMap(path => fileFaults(path, read(path)))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('takes nothing of the daemon but the types of rpc/methods', () => {
    const files = dashboardFiles();
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(path => dashboardFaults(path, read(path)))).toEqual([]);
  });

  it('is held to that', () => {
    const faultsOf = (source: string) => dashboardFaults('web/dashboard/src/views/app.tsx', source);
    expect(faultsOf("import type { Changes } from '../../../../src/rpc/methods.ts';")).toEqual([]);
    expect(faultsOf("import { METHODS } from '../../../../src/rpc/methods.ts';")).toHaveLength(1);
    expect(faultsOf("import type { Library } from '../../../../src/daemon/library.ts';")).toHaveLength(1);
    expect(faultsOf("import 'left-pad';")).toHaveLength(1);
  });
});

describe('the checker of imports', () => {
  const faultsOf = (path: string, ...lines: string[]) => sourceFaults(path, lines.join('\n'));

  it('names the file, the line and the rule', () => {
    expect(
      faultsOf('src/core/bytes/hex.ts', '// hex', "import { decode } from '../bencode/decode.ts';"),
    ).toEqual([
      'src/core/bytes/hex.ts:2 imports src/core/bencode/decode.ts, but core/bytes may import only core/errors.',
    ]);
    expect(faultsOf('src/io/tcp.ts', "import { Session } from '../session/session.ts';")).toEqual([
      'src/io/tcp.ts:1 imports src/session/session.ts, but io may import only core/errors, host, core/bytes, core/metainfo, core/http, core/proxy, core/dns.',
    ]);
  });

  it.each([
    ['an import', "import { a } from '../dht/node.ts';"],
    ['an import of several lines', "import {\n  a,\n  type b,\n} from '../dht/node.ts';"],
    ['an import of everything', "import * as dht from '../dht/node.ts';"],
    ['an import for its effects', "import '../dht/node.ts';"],
    ['a type import', "import type { a } from '../dht/node.ts';"],
    ['an export from', "export { a } from '../dht/node.ts';"],
    ['an export of everything', 'export * from "../dht/node.ts";'],
    ['a dynamic import', "const a = () => import('../dht/node.ts');"],
    ['an import inside a template', 'const a = `\x24{import("../dht/node.ts")}`;'],
    ['an imported type', "let a: import('../dht/node.ts').Node;"],
    ['a worker’s URL', "new Worker(new URL('../dht/node.js', import.meta.url));"],
  ])('sees %s', (_, source) => {
    expect(faultsOf('src/core/engine/torrent.ts', source)).toHaveLength(1);
  });

  it.each([
    ['a comment', "// import '../dht/node.ts';\n/* import '../dht/node.ts'; */"],
    ['a text', 'const a = "import \'../dht/node.ts\'";'],
    ['a template', "const a = `import '../dht/node.ts' \x24{1 + 1} from '../dht/node.ts'`;"],
    ['a regular expression', "const a = /import '..\\/dht\\/node.ts'/;"],
    ['a URL of the web', "const a = new URL('../dht/node.ts', base);"],
    ['code after a quote in a regular expression', "const a = /['\"`]/; // import '../dht/node.ts'"],
  ])('is not misled by %s', (_, source) => {
    expect(faultsOf('src/core/engine/torrent.ts', source)).toEqual([]);
  });

  it('lets a file import its own folder, its table row and the errors', () => {
    const source = ["import './peer.ts';", "import '../wire/message.ts';", "import '../errors.ts';"];
    expect(faultsOf('src/core/engine/torrent.ts', ...source)).toEqual([]);
    expect(faultsOf('src/core/wire/extensions/ut-pex.ts', "import '../message.ts';")).toEqual([]);
    expect(faultsOf('src/session/session.ts', "import '../core/dht/node.ts';")).toEqual([]);
    expect(faultsOf('src/index.ts', "import './io/tcp.ts';", "import 'node:fs';")).toEqual([]);
  });

  it('lets types through where only types may pass', () => {
    expect(faultsOf('src/host/disk.ts', "import type { Layout } from '../core/metainfo/layout.ts';")).toEqual(
      [],
    );
    expect(faultsOf('src/host/disk.ts', "import { Layout } from '../core/metainfo/layout.ts';")).toEqual([
      'src/host/disk.ts:1 imports more than types from src/core/metainfo/layout.ts, but host may import only core/errors, types of core.',
    ]);
    // `import { type A }` leaves an import behind at run time (verbatimModuleSyntax).
    expect(faultsOf('src/host/disk.ts', "import { type A } from '../core/metainfo/layout.ts';")).toHaveLength(
      1,
    );
  });

  it('keeps the lab’s field apart from the lab’s simulator', () => {
    expect(faultsOf('src/lab/sim/world.ts', "import '../field/runner.ts';")).toHaveLength(1);
    expect(
      faultsOf('src/lab/sim/world.ts', "import '../scenario.ts';", "import '../../io/tcp.ts';"),
    ).toHaveLength(1);
    expect(faultsOf('src/lab/field/runner.ts', "import '../../io/tcp.ts';", "import 'node:net';")).toEqual(
      [],
    );
  });

  it('forbids Node, and packages that need it, below ring 3', () => {
    expect(faultsOf('src/create/create.ts', "import { join } from 'node:path';")).toEqual([
      'src/create/create.ts:1 imports node:path, but only io, cli, node-daemon, node-tracker, lab/field, entry may name Node.',
    ]);
    expect(faultsOf('src/create/create.ts', "import { join } from 'path';")).toHaveLength(1);
    expect(faultsOf('src/create/create.ts', "import { Command } from 'commander';")).toHaveLength(1);
    expect(faultsOf('src/create/create.ts', "import picomatch from 'picomatch';")).toEqual([]);
    expect(faultsOf('src/core/bytes/hex.ts', "import picomatch from 'picomatch';")).toHaveLength(1);
    expect(faultsOf('src/cli/main.ts', "import { Command } from 'commander';")).toEqual([]);
  });

  it('forbids imports of tests, of what lies outside src, and folders that have no row', () => {
    expect(faultsOf('src/core/bytes/hex.ts', "import './hex.test.ts';")).toEqual([
      'src/core/bytes/hex.ts:1 imports src/core/bytes/hex.test.ts, which is a test.',
    ]);
    expect(faultsOf('src/core/bytes/hex.ts', "import '../../../test/x.ts';")).toHaveLength(1);
    expect(faultsOf('src/sauce/a.ts', '')).toEqual([
      'src/sauce/a.ts:1 lies in a folder that has no row in MAY_IMPORT.',
    ]);
    expect(faultsOf('src/core/bytes/hex.ts', "import '../../sauce/a.ts';")).toHaveLength(1);
  });
});

describe('the checker of words', () => {
  it.each(['Date.now()', 'new Date(0)', 'Math.random()', 'Date\n  .now()'])(
    'forbids %s in rings 1 and 2',
    word => {
      const source = `const a = ${word};`;
      expect(sourceFaults('src/tracker/tracker.ts', source)).toHaveLength(1);
      expect(sourceFaults('src/core/engine/torrent.ts', source)).toHaveLength(1);
      expect(sourceFaults('src/io/clock.ts', source)).toEqual([]);
      expect(sourceFaults('src/core/engine/torrent.ts', `// ${source.replace('\n', '')}`)).toEqual([]);
    },
  );

  it.each(['await x', 'async () => x', 'Promise.all(x)', '`\x24{await x}`'])(
    'forbids %s in the core alone',
    word => {
      const source = `\nconst a = ${word};`;
      expect(sourceFaults('src/core/engine/torrent.ts', source)).toHaveLength(1);
      expect(sourceFaults('src/session/session.ts', source)).toEqual([]);
      expect(sourceFaults('src/core/engine/torrent.ts', `const a = ${JSON.stringify(word)};`)).toEqual([]);
    },
  );

  it('says where a word stands and why it may not', () => {
    expect(sourceFaults('src/core/wire/mse.ts', '\n\nconst at = Date.now();')).toEqual([
      'src/core/wire/mse.ts:3 holds "Date.now": time comes in as `now` or from the host’s clock.',
    ]);
  });

  it('forbids names that say nothing', () => {
    for (const path of [
      'src/core/utils.ts',
      'src/helpers/a.ts',
      'test/test-helper.ts',
      'src/misc.ts',
      'a/peer-manager.ts',
    ]) {
      expect(fileFaults(path, ''), path).toHaveLength(1);
    }
    for (const path of ['docs/commons.md', 'src/core/uncommon.ts', 'src/core/utilize.ts']) {
      expect(fileFaults(path, ''), path).toEqual([]);
    }
  });

  it('forbids open ends, machine paths and resolved packages in any file', () => {
    const open = ['TO', 'DO'].join('');
    expect(fileFaults('docs/lab.md', `one\n${open}: two`)).toEqual([
      `docs/lab.md:2 holds "${open}": an open end belongs in an issue.`,
    ]);
    expect(fileFaults('bench/a.mjs', ['// see ', 'work', 'main'].join('/'))).toHaveLength(1);
    expect(fileFaults('bench/a.mjs', 'cd build/work/main; https://example.org/work/x')).toEqual([]);
    expect(fileFaults('package-lock.json', '{\n"resolved": "https://example.org"}')).toHaveLength(1);
    expect(fileFaults('package.json', '{\n"resolved": "https://example.org"}')).toEqual([]);
  });
});

/** One sentence for each rule that a source file breaks. `path` is relative to the repository's root. */
function sourceFaults(path: string, source: string): string[] {
  const row = rowOf(path);
  if (row === undefined) return [`${path}:1 lies in a folder that has no row in MAY_IMPORT.`];
  const faults: string[] = [];
  for (const { specifier, typeOnly, at } of importsOf(source)) {
    const fault = importFault(path, row, specifier, typeOnly);
    if (fault !== undefined) faults.push(`${path}:${lineAt(source, at)} imports ${fault}.`);
  }
  const code = codeOnly(source);
  if (!NODE_ROWS.includes(row)) faults.push(...wordFaults(path, code, BANNED_BELOW_RING_3));
  if (row.startsWith('core')) faults.push(...wordFaults(path, code, BANNED_IN_CORE));
  return faults;
}

/** What the page may be made of: its own files, a few packages, and types. */
function dashboardFaults(path: string, source: string): string[] {
  const faults: string[] = [];
  for (const { specifier, typeOnly, at } of importsOf(source)) {
    const target = posix.join(posix.dirname(path), specifier);
    const isFine = specifier.startsWith('.')
      ? target.startsWith('web/dashboard/src/') || (typeOnly && target === 'src/rpc/methods.ts')
      : DASHBOARD_PACKAGES.some(name => specifier === name || specifier.startsWith(`${name}/`)) ||
        (specifier === 'vitest' && path.endsWith('.test.ts'));
    if (!isFine)
      faults.push(`${path}:${lineAt(source, at)} imports ${specifier}, which is not for the dashboard.`);
  }
  return faults;
}

/** One sentence for each rule that any file of the repository breaks by its name or its contents. */
function fileFaults(path: string, contents: string): string[] {
  const faults: string[] = [];
  for (const part of path.split('/')) {
    const name = BANNED_NAMES.exec(part)?.[1];
    if (name !== undefined) faults.push(`${path}:1 is named "${name}": a name says what is inside.`);
  }
  faults.push(...wordFaults(path, contents, BANNED_IN_ANY_FILE));
  if (path === 'package-lock.json') {
    faults.push(
      ...wordFaults(path, contents, [{ word: /"resolved"/g, why: 'every registry has its own addresses' }]),
    );
  }
  return faults;
}

function wordFaults(path: string, text: string, bans: readonly Ban[]): string[] {
  return bans.flatMap(({ word, why }) =>
    [...text.matchAll(word)].map(
      match => `${path}:${lineAt(text, match.index)} holds "${match[0].replace(/\s+/g, ' ')}": ${why}.`,
    ),
  );
}

/** What is wrong with an import, as the end of a sentence that begins `file imports`. */
function importFault(path: string, row: string, specifier: string, typeOnly: boolean): string | undefined {
  if (!specifier.startsWith('.')) return packageFault(row, specifier);
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
  if (target.endsWith('.test.ts')) return `${target}, which is a test`;
  if (!target.startsWith('src/')) {
    return NODE_ROWS.includes(row) ? undefined : `${target}, which lies outside src`;
  }
  const targetRow = rowOf(target);
  if (targetRow === undefined) return `${target}, whose folder has no row in MAY_IMPORT`;
  const allowed = MAY_IMPORT[row]!;
  if (targetRow === row || targetRow === 'core/errors' || allowed === EVERYTHING) return undefined;
  const [values = '', types = ''] = allowed.split('types:').map(part => part.trim());
  const open = (names: string) => names.split(' ').some(name => isWithin(targetRow, name));
  if (open(values) || (typeOnly && open(types))) return undefined;
  const list = ['core/errors', ...values.split(' '), types && `types of ${types.split(' ').join(', ')}`];
  const what = open(types) ? `more than types from ${target}` : target;
  return `${what}, but ${row} may import only ${list.filter(name => name !== '').join(', ')}`;
}

function packageFault(row: string, specifier: string): string | undefined {
  if (NODE_ROWS.includes(row)) return undefined;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return `${specifier}, but only ${NODE_ROWS.join(', ')} may name Node`;
  }
  if (row.startsWith('core')) return `the package ${specifier}, but the core stands alone`;
  if (PORTABLE_PACKAGES.some(name => specifier === name || specifier.startsWith(`${name}/`)))
    return undefined;
  return `the package ${specifier}, which is not among PORTABLE_PACKAGES`;
}

/** The row of MAY_IMPORT that a file under src falls under. */
function rowOf(path: string): string | undefined {
  const name = path.replace(/^src\//, '').replace(/(\.d)?\.ts$/, '');
  if (!name.includes('/')) return 'entry';
  let best: string | undefined;
  for (const row of Object.keys(MAY_IMPORT)) {
    if (isWithin(name, row) && row.length > (best?.length ?? 0)) best = row;
  }
  return best;
}

function isWithin(name: string, folder: string): boolean {
  return name === folder || (folder !== '' && name.startsWith(`${folder}/`));
}

function sourceFiles(): string[] {
  return readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .map(path => `src/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'));
}

function dashboardFiles(): string[] {
  return readdirSync(new URL('web/dashboard/src/', ROOT), { recursive: true, encoding: 'utf8' })
    .map(path => `web/dashboard/src/${path.replaceAll('\\', '/')}`)
    .filter(path => /\.tsx?$/.test(path));
}

/** Every file that git keeps. */
function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: fileURLToPath(ROOT), encoding: 'utf8' });
  return listed.split('\0').filter(path => path !== '' && existsSync(new URL(encodeURI(path), ROOT)));
}

function read(path: string): string {
  return readFileSync(new URL(encodeURI(path), ROOT), 'latin1');
}

const ROOT = new URL('../', import.meta.url);
