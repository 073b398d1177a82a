import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, realSwarmline, swarmline } from '../../../test/command-line.ts';
import { type SampleOptions, sampleTorrent } from '../../../test/sample-torrents.ts';
import { encode } from '../../core/bencode/encode.ts';
import { toHex } from '../../core/bytes/hex.ts';
import type { TorrentVersion } from '../../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';

const around: SampleOptions = {
  trackers: [['udp://one.example:1'], ['https://two.example/announce', 'https://three.example/announce']],
  comment: 'old',
  creationDate: 5,
};

function torrentIn(version: TorrentVersion, options: SampleOptions = around) {
  const at = folderWith({ 'a.torrent': sampleTorrent(version, options) });
  return { at, path: at('a.torrent'), parsed: (name = 'a.torrent') => parseMetainfo(readFileSync(at(name))) };
}

describe('edit', () => {
  it('says so where the new name will hurt others', async () => {
    const { path } = torrentIn('v1');
    expect((await swarmline(['edit', path, '--name', 'con'])).err).toBe(
      '! Windows cannot hold the name "con"; it will be changed there.\n',
    );
  });

  it('changes what lies around the info in place, and says that the info hash is the same', async () => {
    const { path, parsed } = torrentIn('hybrid');
    const before = parsed();
    const ran = await swarmline([
      ...['edit', path, '--remove-tracker', 'udp://one.example:1', '--add-tracker', 'wss://new.example/'],
      ...['--replace-tracker', 'https://three.example/announce', '--by', 'http://four.example/announce'],
      ...[
        '--no-comment',
        '--add-web-seed',
        'https://seed.example/',
        '--add-node',
        'router.example:6881',
        '--no-date',
      ],
    ]);
    expect(ran.out.replaceAll(path, 'a.torrent')).toMatchInlineSnapshot(`
      "trackers
        − udp://one.example:1
        − https://three.example/announce
        + http://four.example/announce
        + wss://new.example/
      web seeds
        + https://seed.example/
      DHT nodes
        + router.example port 6881
      comment
        − old
      creation date
        − 1970-01-01 00:00:05 UTC

      ✓ The info hash is the same.
        v1 a35904bd724f48bdecde37fa823b806f6566cd86
        v2 c15af78f354f85637f95cfbd3134cd37a9231095a05250338d6187c9fa06d36b

      Written to a.torrent.
      "
    `);
    expect(ran).toMatchObject({ status: 0, err: '' });
    const after = parsed();
    expect(after.raw).toEqual(before.raw);
    expect(after).toMatchObject({
      trackers: [['https://two.example/announce', 'http://four.example/announce'], ['wss://new.example/']],
      webSeeds: ['https://seed.example/'],
      nodes: [{ host: 'router.example', port: 6881 }],
    });
    expect([after.comment, after.creationDate]).toEqual([undefined, undefined]);
  });

  it('says that another torrent has come of it where the info is changed', async () => {
    const { at, path, parsed } = torrentIn('v1');
    const before = parsed();
    const ran = await swarmline([
      'edit',
      path,
      '--private',
      '--source',
      'ABC',
      '--name',
      'b',
      '-o',
      at('b.torrent'),
    ]);
    const after = parsed('b.torrent');
    expect(after).toMatchObject({ private: true, source: 'ABC', name: 'b', trackers: before.trackers });
    expect(ran.out).toContain('This is another torrent now, with another swarm');
    expect(ran.out).toContain(`− v1 ${toHex(before.infoHashV1!)}\n  + v1 ${toHex(after.infoHashV1!)}`);
    expect(parsed()).toEqual(before);
  });

  it('looks only, on a dry run', async () => {
    const { path, parsed } = torrentIn('v2');
    const before = parsed();
    const ran = await swarmline(['edit', path, '--no-trackers', '--dry-run']);
    expect(ran.out).toContain('− udp://one.example:1');
    expect(ran.out).toContain('Nothing was written: --dry-run.');
    expect(parsed()).toEqual(before);
  });

  it('reads from a pipe and writes to one, the report beside it', async () => {
    const ran = await swarmline(['edit', '-', '--comment', 'new'], { stdin: sampleTorrent('v1', around) });
    expect(parseMetainfo(ran.outBytes).comment).toBe('new');
    expect(ran.err).toContain('The info hash is the same.');
  });

  it('does not write a torrent file to a terminal', async () => {
    const ran = await swarmline(['edit', '-', '--comment', 'new'], {
      stdin: sampleTorrent('v1'),
      columns: 80,
    });
    expect(ran).toMatchObject({ status: 2, out: '' });
  });

  it('writes nothing where all is so already', async () => {
    const { path } = torrentIn('v1');
    const before = statSync(path);
    const ran = await swarmline(['edit', path, '--comment', 'old', '--public', '--no-source']);
    expect(ran.out).toContain('Nothing to change: all is so already.');
    expect(statSync(path).ino).toBe(before.ino);
  });

  it('keeps the mode of the file, follows a symlink to it, and leaves nothing else behind', async () => {
    const { at, path } = torrentIn('v1');
    chmodSync(path, 0o640);
    symlinkSync(path, at('link.torrent'));
    expect((await swarmline(['edit', at('link.torrent'), '--comment', 'new'])).status).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(at('link.torrent')).isSymbolicLink()).toBe(true);
    expect(parseMetainfo(readFileSync(path)).comment).toBe('new');
    expect(readdirSync(dirname(path)).sort()).toEqual(['a.torrent', 'link.torrent']);
  });

  it('keeps an info that is not canonical as it is, and says that the rest is canonical now', async () => {
    const canonical = Buffer.from(sampleTorrent('v1', around)).toString('latin1');
    const at = folderWith({
      'a.torrent': Buffer.from(canonical.replace('d5:files', 'd1:zi1e5:files'), 'latin1'),
    });
    const parsed = () => parseMetainfo(readFileSync(at('a.torrent')), { lenient: true });
    const before = parsed();
    const ran = await swarmline(['edit', at('a.torrent'), '--comment', 'new']);
    expect(ran.out).toContain('The bencoding around the info is canonical now');
    expect(parsed().raw).toEqual(before.raw);
    expect(parsed().comment).toBe('new');
  });

  it('tells a program the same', async () => {
    const { path, parsed } = torrentIn('v1');
    const ran = await swarmline(['edit', path, '--json', '--comment', 'new', '--no-date']);
    const hashes = { infoHashV1: toHex(parsed().infoHashV1!), infoHashV2: null };
    expect(JSON.parse(ran.out)).toEqual({
      isOtherTorrent: false,
      before: hashes,
      after: hashes,
      changes: [
        { field: 'comment', before: 'old', after: 'new' },
        { field: 'creation date', before: '1970-01-01 00:00:05 UTC', after: null },
      ],
      repaired: [],
      output: path,
    });
  });

  it('writes what it only puts right, and says so', async () => {
    const info = { length: 1, name: 'x', 'piece length': 16_384, pieces: new Uint8Array(20), private: 'x' };
    const around = { nodes: 'x', 'creation date': 'yesterday', info };
    const at = folderWith({ 'a.torrent': encode(around) });
    const codes = async () =>
      JSON.parse((await swarmline(['lint', at('a.torrent'), '--json'])).out).findings.map(
        ({ code }: { code: string }) => code,
      );
    expect(await codes()).toEqual(['PRIVATE_MALFORMED', 'DATE_MALFORMED', 'NODES_MALFORMED', 'NO_TRACKER']);
    const ran = await swarmline(['edit', at('a.torrent'), '--no-nodes', '--no-date']);
    expect(ran.out).toContain('Put right, so that every program can read it: nodes, creation date.');
    expect(ran.out).toContain('The info hash is the same.');
    const again = await swarmline(['edit', at('a.torrent'), '--public', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({
      isOtherTorrent: true,
      changes: [],
      repaired: ['info.private'],
    });
    expect(await codes()).toEqual(['NO_TRACKER']);
  });

  it('takes an empty text for none', async () => {
    const { path, parsed } = torrentIn('v1', { ...around, source: 'ABC' });
    await swarmline(['edit', path, '--comment', '', '--source', '']);
    expect([parsed().comment, parsed().source]).toEqual([undefined, undefined]);
    const ran = await swarmline(['edit', path, '--comment', '', '--source', '']);
    expect(ran.out).toContain('Nothing to change: all is so already.');
    expect(ran.out).toContain('The info hash is the same.');
  });

  it.each([
    [[], 'Say what to change'],
    [['--dry-run'], 'Say what to change'],
    [['--remove-tracker', 'http://absent'], 'The torrent has no tracker "http://absent".'],
    [['--remove-web-seed', 'http://absent'], 'The torrent has no web seed "http://absent".'],
    [['--replace-tracker', 'udp://one.example:1'], 'Each --replace-tracker needs its --by'],
    [['--add-tracker', 'nonsense'], 'The tracker "nonsense" is no URL with a scheme and a host.'],
    [['--add-tracker', 'udp://no-port.example'], 'has no port, which a UDP tracker needs.'],
    [
      ['--add-tracker', 'gopher://a.example'],
      'begins with "gopher:"; a tracker has http, https, udp, ws or wss.',
    ],
    [['--add-web-seed', 'http://'], 'The web seed "http://" has no host.'],
    [['--add-node', 'x'], '"x" is no host and port'],
    [['--add-similar', 'abc'], '"abc" is no info hash'],
    [['--tier', '0', '--add-tracker', 'http://a'], 'Tiers are counted from 1.'],
    [['--tier', '1'], 'Say what to change'],
    [['--private', '--public'], 'A torrent cannot be --private and --public.'],
  ])('refuses %j with a sentence', async (options, sentence) => {
    const { path } = torrentIn('v1');
    const ran = await swarmline(['edit', path, ...options]);
    expect(ran).toMatchObject({ status: 2, out: '' });
    expect(ran.err).toContain(sentence);
  });

  it('refuses a name that no file can have, and a folder that is not there', async () => {
    const { at, path } = torrentIn('v1');
    expect((await swarmline(['edit', path, '--name', '../x'])).err).toContain('The name has a "/" in it.');
    const ran = await swarmline(['edit', path, '--name', 'x', '-o', at('absent/b.torrent')]);
    expect(ran.status).toBe(1);
    expect(ran.err).toMatch(/b.torrent" cannot be written: there is no folder/);
    expect((await swarmline(['edit', `magnet:?xt=urn:btih:${'0'.repeat(40)}`, '--private'])).err).toContain(
      'A torrent file is needed here',
    );
  });

  it('overwrites no other file without being told to', async () => {
    const { at, path } = torrentIn('v1');
    const other = at('other.torrent');
    const edit = (...more: string[]) => swarmline(['edit', path, '--comment', 'x', '-o', other, ...more]);
    expect((await edit()).status).toBe(0);
    const again = await edit();
    expect(again).toMatchObject({ status: 1 });
    expect(again.err).toContain('is there already: overwrite it with --force');
    expect((await edit('--force')).status).toBe(0);
    expect((await swarmline(['edit', path, '--comment', 'y', '-o', path])).status).toBe(0);
  });

  it('runs as the real program', () => {
    const { path, parsed } = torrentIn('v1');
    expect(realSwarmline(['edit', path, '--comment', 'real'])).toMatchObject({ status: 0, err: '' });
    expect(parsed().comment).toBe('real');
  });
});
