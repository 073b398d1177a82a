import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ran, swarmline } from '../../../test/command-line.ts';
import { fileTree, namedPipe } from '../../../test/file-trees.ts';
import { noise } from '../../../test/torrents.ts';
import { toHex } from '../../core/bytes/hex.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { addCreateOptions } from '../create-options.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/swarmline.js', import.meta.url));
const MIB = 1024 * 1024;

/** `swarmline create` in this process, into a file that is parsed; nothing else may be printed to stderr. */
async function made(path: string | readonly string[], ...flags: string[]): Promise<Metainfo> {
  const output = join(fileTree({}), 'out.torrent');
  const ran = await swarmline(['create', ...[path].flat(), '--output', output, ...flags]);
  expect(ran).toMatchObject({ status: 0, err: '' });
  return parseMetainfo(readFileSync(output));
}

/** What it says when it refuses, without the program's name before it. */
async function refusal(...argv: string[]): Promise<string> {
  const ran = await swarmline(['create', ...argv]);
  expect(ran.status, ran.out).toBeGreaterThan(0);
  return `${ran.status} ${ran.err.replace(/^swarmline: /gm, '').trimEnd()}`;
}

describe('create', () => {
  it('writes a torrent and says what is in it', async () => {
    const root = fileTree({ 'album/a': noise(40_000, 1), 'album/b': noise(100, 2) });
    const output = join(root, 'x.torrent');
    const ran = await swarmline(['create', join(root, 'album'), '-o', output, '-l', '16K']);
    const torrent = parseMetainfo(readFileSync(output));
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toContain(`✓ ${output}`);
    expect(ran.out).toMatch(/Version +hybrid/);
    expect(ran.out).toMatch(/Size +39\.2 KiB in 2 files/);
    expect(ran.out).toMatch(/Pieces +4 of 16 KiB/);
    expect(ran.out).toContain(toHex(torrent.infoHashV1!));
    expect(ran.out).toContain(toHex(torrent.infoHashV2!));
    expect(ran.out).toContain('magnet:?xt=urn:btih:');
    expect(torrent).toMatchObject({ name: 'album', version: 'hybrid', pieceLength: 16_384 });
    expect(torrent.createdBy).toMatch(/^Swarmline \d/);
    expect(Math.abs(torrent.creationDate! - Date.now() / 1000)).toBeLessThan(60);
  });

  it('prints JSON for programs, of what was made and of what would be', async () => {
    const root = fileTree({ run: 'x', link: { link: 'run' } });
    chmodSync(join(root, 'run'), 0o755);
    const output = join(fileTree({}), 'x.torrent');
    const plan = JSON.parse((await swarmline(['create', root, '--dry-run', '--json'])).out);
    const result = JSON.parse((await swarmline(['create', root, '-o', output, '--json'])).out);
    const torrent = parseMetainfo(readFileSync(output));
    expect(plan).toMatchObject({
      ...{ name: basename(root), version: 'hybrid', pieceLength: 16_384, pieceCount: 1, length: 1 },
      files: [
        { path: [basename(root), 'link'], length: 0, symlinkTarget: ['run'] },
        { path: [basename(root), 'run'], length: 1, source: join(root, 'run'), executable: true },
      ],
    });
    expect(result).toMatchObject({
      ...plan,
      ...{ output, torrentLength: torrent.bytes.length },
      ...{ infoHashV1: toHex(torrent.infoHashV1!), infoHashV2: toHex(torrent.infoHashV2!) },
    });
  });

  it('reads no data and writes nothing in a dry run', async () => {
    const root = fileTree({});
    writeFileSync(join(root, 'huge'), '');
    truncateSync(join(root, 'huge'), 2 ** 40);
    const ran = await swarmline(['create', root, '--dry-run', '-o', join(root, 'x.torrent')]);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toMatch(/Size +1024 GiB in 1 file|Size +1(\.0)? TiB in 1 file/);
    expect(readdirSync(root)).toEqual(['huge']);
  });

  it('shows in a dry run all that would be in the torrent', async () => {
    const root = fileTree({ run: 'x' });
    chmodSync(join(root, 'run'), 0o755);
    const flags = ['--private', '--source', 'ABC', '-c', 'hello', '-w', 'http://w.example/'];
    const tiers = ['-t', 'http://a.example/,http://b.example/', '-t', 'http://c.example/'];
    const { out } = await swarmline([
      'create',
      root,
      '--dry-run',
      '--node',
      '[::1]:6881',
      ...flags,
      ...tiers,
    ]);
    expect(out.replace(/ +/g, ' ')).toContain(
      [
        ...[
          ' Private yes: peers come from its trackers alone',
          ' Source ABC',
          ' Trackers 1 http://a.example/',
        ],
        ...[' http://b.example/', ' 2 http://c.example/', ' Web seeds http://w.example/'],
        ...[' DHT nodes [::1]:6881', ' Comment hello', ''],
      ].join('\n'),
    );
    expect(out).toMatch(/─ run +1 B +executable$/m);
  });

  it('gives the same bytes to stdout as to a file, and the same again', async () => {
    const root = fileTree({ a: noise(70_000, 1), b: noise(3, 2) });
    const output = join(fileTree({}), 'x.torrent');
    for (const version of ['v1', 'v2', 'hybrid']) {
      const flags = [root, '--version', version, '--no-date', '-t', 'http://t.example/a'];
      expect(await swarmline(['create', ...flags, '-f', '-o', output])).toMatchObject({ status: 0 });
      const piped = await swarmline(['create', ...flags, '--output', '-']);
      expect(piped.status).toBe(0);
      expect(piped.err).toContain('✓ stdout');
      expect(Buffer.compare(piped.outBytes, readFileSync(output))).toBe(0);
      const real = run([...flags, '-o', '-']);
      expect(Buffer.compare(real.outBytes, readFileSync(output))).toBe(0);
    }
  });

  it('does not write a torrent to a terminal, nor beside JSON', async () => {
    const root = fileTree({ a: 'x' });
    const ran = await swarmline(['create', root, '-o', '-'], { columns: 80 });
    expect([ran.status, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(
      'A torrent is not for the eyes: pipe stdout somewhere, or name a file with --output.\n',
    );
    expect(await refusal(root, '-o', '-', '--json')).toMatch(/^2 With "--output -" the torrent itself goes/);
  });
});

describe('the flags of create', () => {
  const root = () => fileTree({ a: noise(40_000, 1), 'b/c.txt': 'x', '.hid': 'y', link: { link: 'a' } });
  const names = (torrent: Metainfo) => torrent.files.map(({ path }) => path.slice(1).join('/'));
  const torrent = async (...flags: string[]) => made(root(), ...flags);

  /** Each option and what it does. An option without a line here fails the test after this table. */
  const FLAGS: Record<string, () => Promise<void>> = {
    '--output': async () => void (await torrent()),
    '--force': async () => {
      const output = join(fileTree({ 'x.torrent': 'old' }), 'x.torrent');
      expect(await refusal(root(), '-o', output)).toMatch(
        /^1 ".*" is there already: overwrite it with --force/,
      );
      expect(readFileSync(output, 'utf8')).toBe('old');
      await swarmline(['create', root(), '-o', output, '--force']);
      expect(parseMetainfo(readFileSync(output)).version).toBe('hybrid');
    },
    '--version': async () => {
      for (const version of ['v1', 'v2', 'hybrid'])
        expect((await torrent('--version', version)).version).toBe(version);
      expect(await refusal(root(), '--version', 'v3')).toMatch(
        /^2 .*'v3' is invalid.* It should be v1, v2, hybrid\.$/,
      );
    },
    '--name': async () => {
      expect((await torrent('--name', 'other')).name).toBe('other');
      expect(await refusal(root(), '--name', 'a/b')).toBe(
        '1 The name has a "/" in it: give another with --name.',
      );
    },
    '--tracker': async () => {
      const flags = ['-t', 'udp://a.example:1,https://b.example/announce', '--tracker', 'wss://c.example'];
      expect((await torrent(...flags)).trackers).toEqual([
        ['udp://a.example:1', 'https://b.example/announce'],
        ['wss://c.example'],
      ]);
      expect(await refusal(root(), '-t', 'nonsense')).toMatch(
        /^2 --tracker: "nonsense" is no address that begins/,
      );
      expect(await refusal(root(), '-t', 'udp://a.example:1,')).toMatch(/^2 --tracker: "" is no address/);
    },
    '--web-seed': async () => {
      const urls = ['http://a.example/', 'ftp://b.example/x'];
      expect((await torrent('-w', urls[0]!, '--web-seed', urls[1]!)).webSeeds).toEqual(urls);
      expect(await refusal(root(), '-w', 'udp://a.example:1')).toMatch(/^2 /);
    },
    '--node': async () => {
      expect((await torrent('--node', 'a.example:1', '--node', '[::1]:2')).nodes).toEqual([
        { host: 'a.example', port: 1 },
        { host: '::1', port: 2 },
      ]);
    },
    '--private': async () => {
      const tracked = ['-t', 'http://a.example/announce'];
      expect([(await torrent('-p', ...tracked)).private, (await torrent()).private]).toEqual([true, false]);
      const alone = await swarmline(['create', root(), '-p', '--output', join(fileTree({}), 'p.torrent')]);
      expect(alone.status).toBe(0);
      expect(alone.err).toContain('private and has no tracker');
    },
    '--no-private': async () => {
      expect((await torrent('-p', '--no-private')).private).toBe(false);
    },
    '--source': async () => {
      const [here, there] = [await torrent('--source', 'HERE'), await torrent('--source', 'THERE')];
      expect(here.source).toBe('HERE');
      expect(here.infoHashV1).not.toEqual(there.infoHashV1);
    },
    '--comment': async () => expect((await torrent('-c', 'größer')).comment).toBe('größer'),
    '--created-by': async () => expect((await torrent('--created-by', 'me')).createdBy).toBe('me'),
    '--no-created-by': async () => expect((await torrent('--no-created-by')).createdBy).toBeUndefined(),
    '--date': async () => {
      expect((await torrent('--date', '2026-01-31')).creationDate).toBe(Date.UTC(2026, 0, 31) / 1000);
      expect((await torrent('--date', '12345')).creationDate).toBe(12_345);
      const now = (await torrent('--date', '5', '--date', 'now')).creationDate!;
      expect(Math.abs(now - Date.now() / 1000)).toBeLessThan(60);
      expect(await refusal(root(), '--date', 'yesterday')).toMatch(
        /^2 .*It should be a date such as 2026-01-31/,
      );
    },
    '--no-date': async () => expect((await torrent('--no-date')).creationDate).toBeUndefined(),
    '--piece-length': async () => {
      expect((await torrent('-l', '64 KiB')).pieceLength).toBe(65_536);
      expect((await torrent('-l', 'auto', '--target-pieces', '1')).pieceLength).toBe(65_536);
      expect((await torrent('-l', '100000', '--version', 'v1')).pieceLength).toBe(100_000);
      expect(await refusal(root(), '-l', '100000')).toMatch(
        /^1 .*for hybrid: it has to be a power of two from 16 KiB/,
      );
      expect(await refusal(root(), '-l', 'much')).toMatch(/^2 .*It should be a size such as/);
      expect(await refusal(root(), '-l', '16K', '--target-pieces', '9')).toMatch(
        /^2 --piece-length and --target/,
      );
    },
    '--target-pieces': async () => {
      expect((await torrent('--target-pieces', '3')).pieceLength).toBe(16_384);
      expect((await torrent('--target-pieces', '1')).pieceLength).toBe(65_536);
    },
    '--include': async () => {
      expect(names(await torrent('--include', '*.txt', '--include', 'a'))).toEqual(['a', 'b/c.txt']);
      expect(await refusal(root(), '--include', '*.none')).toMatch(/^1 There is no file in/);
    },
    '--exclude': async () => {
      expect(names(await torrent('--exclude', 'b', '--exclude', '.*'))).toEqual(['a', 'link']);
      expect(await refusal(root(), '--exclude', '')).toBe(
        '2 "" is no pattern: it fits nothing, or everything.',
      );
    },
    '--hidden': async () => {
      expect(names(await torrent('--no-hidden', '--hidden'))).toEqual(names(await torrent()));
    },
    '--no-hidden': async () => expect(names(await torrent('--no-hidden'))).toEqual(['a', 'b/c.txt', 'link']),
    '--symlinks': async () => {
      const link = (of: Metainfo) => of.files.find(({ path }) => path[1] === 'link');
      expect(link(await torrent())).toMatchObject({ length: 0, symlinkTarget: ['a'] });
      expect(link(await torrent('--symlinks', 'follow'))).toMatchObject({ length: 40_000 });
      const ran = await swarmline(['create', root(), '--symlinks', 'skip', '--dry-run']);
      expect(ran.err).toMatch(/^· Left out: .*link \(a symbolic link\)\n$/);
      expect(ran.out).not.toContain('link');
    },
    '--order': async () => {
      const order = async (how: string) => names(await torrent('--version', 'v1', '--order', how));
      expect(await order('path')).toEqual(['.hid', 'a', 'b/c.txt', 'link']);
      expect(await order('largest-first')).toEqual(['a', '.hid', 'b/c.txt', 'link']);
      expect(await order('smallest-first')).toEqual(['link', '.hid', 'b/c.txt', 'a']);
      expect(await refusal(root(), '--order', 'given')).toMatch(
        /^1 A hybrid torrent has its files in the order/,
      );
    },
    '--similar': async () => {
      const hashes = ['ab'.repeat(20), 'cd'.repeat(32)];
      const { similar } = await torrent('--similar', hashes[0]!, '--similar', hashes[1]!);
      expect(similar.map(toHex)).toEqual(hashes);
      expect(await refusal(root(), '--similar', 'ab')).toMatch(/^2 .*40 or 64 hexadecimal digits\.$/);
    },
    '--collection': async () => {
      expect((await torrent('--collection', 'one', '--collection', 'two')).collections).toEqual([
        'one',
        'two',
      ]);
    },
    '--block-hashes': async () => {
      expect((await torrent('--block-hashes')).blockLayers.size).toBe(1);
      expect(await refusal(root(), '--block-hashes', '--version', 'v1')).toMatch(
        /^1 A v1 torrent has no hashes of blocks/,
      );
    },
    '--threads': async () => {
      const path = root();
      const flags = [path, '--no-date', '-o', '-'];
      const one = await swarmline(['create', ...flags, '--threads', '1']);
      const many = await swarmline(['create', ...flags, '--threads', '3']);
      expect(many.outBytes).toEqual(one.outBytes);
      expect(await refusal(path, '--threads', '0')).toMatch(/^2 .*It should be a whole number above 0\.$/);
    },
    '--preset': async () => void (await presets()),
    '--config': async () => void (await presets()),
    '--dry-run': async () => expect((await swarmline(['create', root(), '--dry-run'])).out).toContain('40'),
    '--json': async () => {
      expect(JSON.parse((await swarmline(['create', root(), '--dry-run', '--json'])).out).version).toBe(
        'hybrid',
      );
    },
    '--help': async () => expect(await swarmline(['create', '--help'])).toMatchObject({ status: 0, err: '' }),
  };

  it.each(Object.entries(FLAGS))('has %s', (_, check) => check());

  it('are all in the help, and no others', async () => {
    const { out } = await swarmline(['create', '--help']);
    const listed = [...out.matchAll(/^ {2}(?:-\w, |)(--[a-z-]+)/gm)].map(([, flag]) => flag);
    expect(listed.sort()).toEqual(Object.keys(FLAGS).sort());
  });

  it('that are unknown are told', async () => {
    expect(await refusal(fileTree({ a: 'x' }), '--treads', '2')).toMatch(
      /^2 Unknown option '--treads'.*--threads/,
    );
    expect(await refusal()).toMatch(/^2 Missing required argument 'path'\.$/);
  });
});

describe('a preset', () => {
  it('stands before what is typed, which wins; lists add up', () => presets());

  it('may say no to what is no anyway, and is told where it asks for nonsense', async () => {
    const at = (text: string) => join(fileTree({ 'config.toml': `[presets.p]\n${text}` }), 'config.toml');
    const root = fileTree({ a: 'x' });
    const torrent = await made(root, '--preset', 'p', '--config', at('private = false\nforce = false'));
    expect(torrent.private).toBe(false);
    expect(await refusal(root, '--preset', 'p', '--config', at('comments = "x"'))).toMatch(
      /^2 The preset "p" will not do: unknown option '--comments=x'.*[.)]$/,
    );
    expect(await refusal(root, '--preset', 'p', '--config', at('version = "v7"'))).toMatch(
      /^2 The preset "p" will not do: .*It should be v1, v2, hybrid\.$/,
    );
    expect(await refusal(root, '--preset', 'q', '--config', at(''))).toMatch(/^1 There is no preset "q"/);
  });

  const root = () => fileTree({ a: noise(70_000, 1), '.hid': 'y', link: { link: 'a' } });
  const ALL = ['.hid', 'a', 'link'];
  const names = (torrent: Metainfo) => torrent.files.map(({ path }) => path[1]);
  const SHORT = 'ab'.repeat(20);
  const LONG = 'cd'.repeat(20);

  /** What a preset says, what is typed, and what comes of the two. An option of the command without a line fails the test below. */
  const BEATEN: Record<
    string,
    readonly [preset: string, typed: string[], (torrent: Metainfo) => unknown, unknown]
  > = {
    '--hidden': ['hidden = false', ['--hidden'], names, ALL],
    '--no-hidden': ['hidden = true', ['--no-hidden'], names, ['a', 'link']],
    '--private': [
      'private = false',
      ['--private', '-t', 'http://a.example/'],
      torrent => torrent.private,
      true,
    ],
    '--no-private': ['private = true', ['--no-private'], torrent => torrent.private, false],
    '--block-hashes': ['block-hashes = false', ['--block-hashes'], torrent => torrent.blockLayers.size, 1],
    '--no-block-hashes': [
      'block-hashes = true',
      ['--no-block-hashes'],
      torrent => torrent.blockLayers.size,
      0,
    ],
    '--created-by': ['created-by = false', ['--created-by', 'me'], torrent => torrent.createdBy, 'me'],
    '--no-created-by': ['created-by = "x"', ['--no-created-by'], torrent => torrent.createdBy, undefined],
    '--date': ['date = false', ['--date', '7'], torrent => torrent.creationDate, 7],
    '--no-date': ['date = 5', ['--no-date'], torrent => torrent.creationDate, undefined],
    '--source': ['source = false', ['--source', 'b'], torrent => torrent.source, 'b'],
    '--no-source': ['source = "a"', ['--no-source'], torrent => torrent.source, undefined],
    '--comment': ['comment = "a"', ['-c', 'b'], torrent => torrent.comment, 'b'],
    '--no-comment': ['comment = "a"', ['--no-comment'], torrent => torrent.comment, undefined],
    '--name': ['name = "a"', ['-n', 'b'], torrent => torrent.name, 'b'],
    '--no-name': ['name = "."', ['--no-name', '--name', 'c'], torrent => torrent.name, 'c'],
    '--version': ['version = "v1"', ['--version', 'v2'], torrent => torrent.version, 'v2'],
    '--symlinks': ['symlinks = "skip"', ['--symlinks', 'keep'], names, ALL],
    '--order': [
      'order = "smallest-first"',
      ['--order', 'largest-first', '--version', 'v1'],
      names,
      ['a', '.hid', 'link'],
    ],
    '--piece-length': ['target-pieces = 1', ['-l', '16K'], torrent => torrent.pieceLength, 16_384],
    '--no-piece-length': [
      'piece-length = "64K"',
      ['--no-piece-length'],
      torrent => torrent.pieceLength,
      16_384,
    ],
    '--target-pieces': [
      'piece-length = "16K"',
      ['--target-pieces', '1'],
      torrent => torrent.pieceLength,
      131_072,
    ],
    '--no-target-pieces': [
      'target-pieces = 1',
      ['--no-target-pieces'],
      torrent => torrent.pieceLength,
      16_384,
    ],
    '--no-tracker': [
      'tracker = ["http://a.example/", "http://b.example/"]',
      ['--no-tracker', '-t', 'http://c.example/'],
      torrent => torrent.trackers,
      [['http://c.example/']],
    ],
    '--no-web-seed': ['web-seed = "http://a.example/"', ['--no-web-seed'], torrent => torrent.webSeeds, []],
    '--no-node': ['node = "a.example:1"', ['--no-node'], torrent => torrent.nodes, []],
    '--no-include': ['include = "x"', ['--no-include', '--include', 'a'], names, ['a']],
    '--no-exclude': ['exclude = "a"', ['--no-exclude'], names, ALL],
    '--no-similar': [
      `similar = "${SHORT}"`,
      ['--no-similar', '--similar', LONG],
      torrent => torrent.similar.map(toHex),
      [LONG],
    ],
    '--no-collection': ['collection = ["a"]', ['--no-collection'], torrent => torrent.collections, []],
    '--no-threads': ['threads = 1', ['--no-threads'], names, ALL],
    '--no-dry-run': ['dry-run = true', ['--no-dry-run'], names, ALL],
    '--no-force': ['force = true', ['--no-force'], names, ALL],
    '--no-json': ['json = true', ['--no-json'], names, ALL],
    '--output': ['output = "/none/x"', [], names, ALL],
  };
  const config = (text: string) => join(fileTree({ 'config.toml': `[presets.p]\n${text}` }), 'config.toml');

  it.each(Object.entries(BEATEN))('is beaten by %s', async (_, [text, typed, of, expected]) => {
    const torrent = await made(root(), '--preset', 'p', '--config', config(text), ...typed);
    expect(of(torrent)).toEqual(expected);
  });

  it('can be taken back in every option', () => {
    const { options } = addCreateOptions(new Command());
    const switches = options.filter(option => option.isBoolean() || option.negate).map(({ long }) => long!);
    const onlyOne = switches.filter(long => {
      const twin = long.startsWith('--no-') ? long.replace('--no-', '--') : long.replace('--', '--no-');
      return !options.some(option => option.long === twin);
    });
    expect(onlyOne).toEqual([]);
    const untested = options
      .filter(option => option.negate)
      .map(({ long }) => long!)
      .filter(long => long !== '--no-output' && BEATEN[long] === undefined);
    expect(untested).toEqual([]);
  });

  it('that forces, or prints JSON, is beaten', async () => {
    const output = join(fileTree({ 'x.torrent': 'old' }), 'x.torrent');
    const both = ['--preset', 'p', '--config', config('force = true\njson = true')];
    expect(await refusal(root(), ...both, '-o', output, '--no-force')).toMatch(/^1 ".*" is there already/);
    expect(readFileSync(output, 'utf8')).toBe('old');
    const ran = await swarmline(['create', root(), ...both, '-o', output, '--no-json']);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toMatch(/^✓ /);
  });
});

async function presets(): Promise<void> {
  const config = join(
    fileTree({
      'config.toml': `
        [presets.release]
        tracker = [["http://a.example/x", "http://b.example/x"], ["http://c.example/x"]]
        private = true
        comment = "from the preset"
        created-by = false
        date = 1000
        version = "v2"
      `,
    }),
    'config.toml',
  );
  const root = fileTree({ a: 'x' });
  const preset = ['--preset', 'release', '--config', config];
  expect(await made(root, ...preset)).toMatchObject({
    trackers: [['http://a.example/x', 'http://b.example/x'], ['http://c.example/x']],
    ...{ private: true, comment: 'from the preset', creationDate: 1000, version: 'v2' },
  });
  const typed = await made(root, ...preset, '-c', 'typed', '-t', 'http://d.example/x', '--version', 'v1');
  expect(typed).toMatchObject({ comment: 'typed', version: 'v1', private: true });
  expect(typed.trackers.at(-1)).toEqual(['http://d.example/x']);
  expect(typed.createdBy).toBeUndefined();
}

describe('the output of create', () => {
  it('is looked at before any data is read', async () => {
    const root = fileTree({});
    const data = join(root, 'data');
    writeFileSync(data, '');
    // To hash it would take hours.
    truncateSync(data, 2 ** 42);
    mkdirSync(join(root, 'folder'));
    expect(await refusal(data, '-o', join(root, 'none', 'x.torrent'))).toMatch(
      /^1 ".*\/none\/x\.torrent" cannot be written: there is no folder ".*\/none"\. Name another place with --output\.$/,
    );
    expect(await refusal(data, '-o', join(root, 'folder'))).toMatch(
      /folder" is a folder: name a file with --output\.$/,
    );
    expect(await refusal(data, '-o', join(root, 'folder'), '-f')).toMatch(/is a folder/);
    expect(await refusal(data, '-o', join(data, 'x'))).toMatch(/a part of the path is not a folder/);
    expect(await refusal(data, '-o', join(root, 'n'.repeat(256)))).toMatch(
      /the name is too long for the file system/,
    );
    expect(readdirSync(root).sort()).toEqual(['data', 'folder']);
  });

  it('may have the longest name there is', async () => {
    const name = `${'あ'.repeat(82)}x.torrent`;
    const root = fileTree({ a: 'x' });
    const output = join(root, name);
    expect(Buffer.byteLength(name)).toBe(255);
    expect(await swarmline(['create', join(root, 'a'), '-o', output])).toMatchObject({ status: 0 });
    expect(await swarmline(['create', join(root, 'a'), '-o', output, '-f'])).toMatchObject({ status: 0 });
    expect(readdirSync(root).sort()).toEqual(['a', name]);
  });

  it('may be a device, which stays one', async () => {
    const root = fileTree({ a: 'x' });
    expect(await swarmline(['create', root, '-o', '/dev/null'])).toMatchObject({ status: 0 });
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('in the folder itself is left out when it is made again', async () => {
    const root = fileTree({ 'album/a': noise(1000, 1), 'album/b': 'y' });
    const album = join(root, 'album');
    const create = () => run(['.', '--force'], { cwd: album });
    expect(create()).toMatchObject({ status: 0, err: '' });
    const first = parseMetainfo(readFileSync(join(album, 'album.torrent')));
    const again = create();
    expect(again.err).toMatch(/^· Left out: .*album\.torrent \(the torrent file that will be written\)\n$/);
    const second = parseMetainfo(readFileSync(join(album, 'album.torrent')));
    expect(toHex(second.infoHashV2!)).toBe(toHex(first.infoHashV2!));
    expect(await swarmline(['verify', join(album, 'album.torrent'), '-d', album])).toMatchObject({
      status: 0,
    });
  });

  it('is left as it was, and nothing beside it, on a full disk', async context => {
    const folder = fileTree({});
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    if (mounted.status !== 0) return context.skip('NOT RUN: no small disk can be mounted here');
    onTestFinished(() => void spawnSync('umount', [folder]));
    const root = fileTree({ a: 'x' });
    truncateSync(join(root, 'a'), 128 * MIB);
    const output = join(folder, 'x.torrent');
    writeFileSync(output, 'old');
    const ran = run([root, '-o', output, '-f', '-l', '16K', '--version', 'v1']);
    expect(ran).toMatchObject({
      status: 1,
      err: `swarmline: "${output}" cannot be written: the disk is full. Name another place with --output.\n`,
    });
    expect(readdirSync(folder)).toEqual(['x.torrent']);
    expect(readFileSync(output, 'utf8')).toBe('old');
  });
});

describe('paths that create is given', () => {
  it('may be strange: dashes, spaces, line breaks, every length, links, dots', async () => {
    const names = [
      '-dash',
      '--output',
      ' lead',
      'trail ',
      'new\nline',
      'back\\slash',
      '"quotes"',
      'n'.repeat(247),
    ];
    const root = fileTree(Object.fromEntries(names.map(name => [name, noise(100, 1)])));
    for (const name of names) {
      const output = join(root, `${name}.torrent`);
      const path = join(root, name);
      const ran = await swarmline(['create', path, '-o', output]);
      expect(ran.status, name).toBe(0);
      // What hurts others is said, and made all the same.
      expect(ran.err, name).toMatch(
        /^(! .* (it will be changed there|control characters in it|it will be cut)\.\n)*$/,
      );
      expect(await swarmline(['verify', output]), name).toMatchObject({ status: 0 });
    }
    for (const name of names.slice(0, 2)) {
      expect(run(['--force', '--', name], { cwd: root }), name).toMatchObject({ status: 0, err: '' });
      expect(swarmlineIn(root, ['verify', '--', `${name}.torrent`]), name).toMatchObject({ status: 0 });
    }
    expect(run(['.', '--no-date', '-o', '-'], { cwd: root }).status).toBe(0);
  });

  it('are told of where their names will hurt others, each kind once', async () => {
    const names = ['fine.txt', 'con', 'aux.txt', 'gpj.\u202eexe', 'a\tb'];
    const root = fileTree(Object.fromEntries(names.map((name, i) => [`album/${name}`, noise(100, i)])));
    const ran = await swarmline(['create', join(root, 'album'), '-o', join(root, 'x.torrent')]);
    expect(ran.status).toBe(0);
    expect(ran.err.trimEnd().split('\n')).toEqual([
      '! The name "a\\tb" has control characters in it.',
      '! Windows cannot hold the name "aux.txt"; it will be changed there.',
      '! The same is so in 1 more place.',
      expect.stringMatching(/^! The name "gpj.*exe" turns its reading order/),
    ]);
    const named = await swarmline([
      ...['create', join(root, 'album', 'fine.txt'), '--name', 'lpt1', '-o', '-', '--no-date'],
    ]);
    expect(named).toMatchObject({ status: 0 });
    expect(named.err).toContain('Windows cannot hold the name "lpt1"');
  });

  it('may be a folder by any of its names', async () => {
    const root = fileTree({ 'album/sub/a': noise(100, 1), link: { link: 'album' } });
    const album = join(root, 'album');
    const hash = async (...words: string[]) => toHex((await made(words[0]!, ...words.slice(1))).infoHashV2!);
    const expected = await hash(album);
    for (const path of [`${album}/`, `${album}//`, `${album}/.`, `${album}/sub/..`])
      expect([path, await hash(path)]).toEqual([path, expected]);
    expect(await hash(join(root, 'link'), '--name', 'album')).toBe(expected);
    expect(run(['.', '-o', '../dot.torrent'], { cwd: album }).status).toBe(0);
    expect(toHex(parseMetainfo(readFileSync(join(root, 'dot.torrent'))).infoHashV2!)).toBe(expected);
  });

  it('that cannot be shared are told in a sentence', async () => {
    const root = fileTree({ empty: '', 'nothing/': '', a: 'x', out: { link: '/etc/passwd' } });
    namedPipe(join(root, 'pipe'));
    expect(await refusal(join(root, 'none'))).toBe(`1 "${join(root, 'none')}" does not exist.`);
    expect(await refusal('/dev/zero')).toBe('1 "/dev/zero" is neither a file nor a folder.');
    expect(await refusal(join(root, 'pipe'))).toMatch(/^1 ".*pipe" is neither a file nor a folder\.$/);
    expect(await refusal(join(root, 'empty'))).toBe(
      '1 "empty" holds no data: a torrent needs one byte at the least.',
    );
    expect(await refusal(join(root, 'nothing'))).toBe(
      '1 There is no file in "nothing" to make a torrent of.',
    );
    expect(await refusal('/')).toBe('1 The name is empty: give another with --name.');
    expect(await refusal(root, root, '--name', 'x')).toBe(`1 "${root}" is named twice: once is enough.`);
    expect(await refusal(join(root, 'a'), join(root, 'empty'))).toMatch(/^1 Several paths become one folder/);
    expect(await refusal(root)).toMatch(/^1 The symbolic link ".*out" leads to "\/etc\/passwd"/);
  });

  it('are told where they may not be read', async context => {
    const root = fileTree({ 'open/a': 'x', 'open/closed/b': 'y', 'file/c': 'z' });
    chmodSync(join(root, 'open/closed'), 0);
    chmodSync(join(root, 'file/c'), 0);
    chmodSync(root, 0o755);
    onTestFinished(() => chmodSync(join(root, 'open/closed'), 0o755));
    const output = ['--output', '/dev/null'];
    // Root may read everything: the user "nobody" is asked then, who has to get at the program.
    const options = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    if (run(['--help'], options).status !== 0)
      return context.skip('NOT RUN: root may read everything, and others may not read this checkout');
    expect(run([join(root, 'open'), ...output], options)).toMatchObject({
      status: 1,
      err: `swarmline: "${join(root, 'open/closed')}" cannot be read: permission denied.\n`,
    });
    expect(run([join(root, 'open'), '--exclude', 'closed', ...output], options).status).toBe(0);
    expect(run([join(root, 'file'), ...output], options)).toMatchObject({
      status: 1,
      err: `swarmline: "${join(root, 'file/c')}" cannot be read: permission denied.\n`,
    });
    chmodSync(join(root, 'file/c'), 0o644);
    expect(run([join(root, 'file')], { ...options, cwd: root }).err).toBe(
      'swarmline: "file.torrent" cannot be written: the folder: permission denied. Name another place with --output.\n',
    );
  });
});

describe('create, from outside', () => {
  it('stops at Ctrl-C with nothing written', async () => {
    const root = fileTree({ data: '' });
    truncateSync(join(root, 'data'), 2 ** 40);
    for (const signal of ['SIGINT', 'SIGTERM']) {
      // Presses it once the program listens for it and has been at work for a while.
      const press = `let ticks = 0; setInterval(() => { if (process.listenerCount('${signal}') > 0 && ++ticks === 8) process.kill(process.pid, '${signal}') }, 10).unref()`;
      const words = ['--import', `data:text/javascript,${encodeURIComponent(press)}`, PROGRAM];
      const child = spawn(process.execPath, [...words, 'create', 'data'], { cwd: root });
      let err = '';
      child.stderr.on('data', chunk => {
        err += chunk;
      });
      const status = await new Promise(resolve => child.on('close', resolve));
      expect([status, err]).toEqual([130, 'Stopped; nothing was written.\n']);
      expect(readdirSync(root)).toEqual(['data']);
    }
  });

  it('is told by share too that nothing came of it', async () => {
    const root = fileTree({ data: '' });
    truncateSync(join(root, 'data'), 2 ** 40);
    const press = `let ticks = 0; setInterval(() => { if (process.listenerCount('SIGINT') > 0 && ++ticks === 8) process.kill(process.pid, 'SIGINT') }, 10).unref()`;
    const words = ['--import', `data:text/javascript,${encodeURIComponent(press)}`, PROGRAM];
    const share = [...words, 'share', 'data', '-t', 'http://127.0.0.1:1/announce'];
    const child = spawn(process.execPath, share, { cwd: root });
    let err = '';
    child.stderr.on('data', chunk => {
      err += chunk;
    });
    const status = await new Promise(resolve => child.on('close', resolve));
    expect([status, err]).toEqual([130, 'Stopped before everything was hashed: nothing was shared.\n']);
  });

  it('takes little memory, however much data there is', () => {
    const root = fileTree({ data: '' });
    truncateSync(join(root, 'data'), 1024 * MIB);
    const tell = `process.on('exit', () => process.stderr.write('max RSS ' + process.resourceUsage().maxRSS))`;
    const node = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`];
    const ran = run([join(root, 'data'), '-l', '16MiB', '-o', '/dev/null'], { node });
    expect(ran.status).toBe(0);
    expect(Number(/max RSS (\d+)/.exec(ran.err)![1]) / 1024).toBeLessThan(200);
  });

  it('reads 20,000 small files in seconds', () => {
    // One file by 20,000 names: to make as many takes longer than to read them.
    const root = fileTree({ a: 'x' });
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(root, `${folder}`));
      for (let i = 0; i < 200; i++) linkSync(join(root, 'a'), join(root, `${folder}`, `${i}`));
    }
    const start = performance.now();
    const ran = run([root, '-o', '-', '--version', 'v1']);
    expect(ran.status).toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(parseMetainfo(ran.outBytes).files).toHaveLength(20_001);
  });
});

interface RunOptions {
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly node?: readonly string[];
}

/** `swarmline create …` in a process of its own. */
function run(argv: readonly string[], options: RunOptions = {}): Ran {
  return swarmlineIn(options.cwd ?? '/', ['create', ...argv], options);
}

function swarmlineIn(cwd: string, argv: readonly string[], { node = [], ...options }: RunOptions = {}): Ran {
  const ran = spawnSync(process.execPath, [...node, PROGRAM, ...argv], {
    ...options,
    cwd,
    timeout: 60_000,
    maxBuffer: 64 * MIB,
  });
  return { status: ran.status ?? -1, out: `${ran.stdout}`, err: `${ran.stderr}`, outBytes: ran.stdout };
}
