import { describe, expect, it } from 'vitest';
import { folderWith, realSwarmline, swarmline } from '../../../test/command-line.ts';
import { sampleTorrent } from '../../../test/sample-torrents.ts';
import { encode, RawBencode } from '../../core/bencode/encode.ts';
import { toHex } from '../../core/bytes/hex.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';

const around = {
  trackers: [
    ['udp://one.example:6969/announce'],
    ['https://two.example/announce', 'https://three.example/announce'],
  ],
  webSeeds: ['https://seed.example/album/'],
  comment: 'Two lines\nof it',
  createdBy: 'swarmline',
  creationDate: 1_700_000_000,
};

describe('show', () => {
  it('tells a person all that is in a hybrid', async () => {
    const at = folderWith({
      'a.torrent': sampleTorrent('hybrid', { ...around, private: true, source: 'ABC' }),
    });
    const { status, out } = await swarmline(['show', at('a.torrent')]);
    expect(status).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "album

        Version       hybrid (v1 and v2)
        Info hash v1  68bb17e4506252335c9805250444070b0da91419
        Info hash v2  ee85f4f0c40cc02a8715e74370614b125ddcd73b90eb05dfd2433674e6d52dde
        Size          195 KiB (200,000 bytes) in 3 files
        Pieces        8 of 32 KiB
        Private       yes: peers come from its trackers alone
        Source        ABC
        Trackers      1  udp://one.example:6969/announce
                      2  https://two.example/announce
                         https://three.example/announce
        Web seeds     https://seed.example/album/
        Created       2023-11-14 22:13:20 UTC by swarmline
        Comment       Two lines
                      of it

        album/               195 KiB
        ├─ disc 1/           166 KiB
        │  ├─ 9 first.flac  68.4 KiB
        │  └─ 10 last.flac  97.7 KiB
        └─ cover.jpg        29.3 KiB
      "
    `);
  });

  it('shows one file without a tree around it', async () => {
    const file = sampleTorrent('v1', {
      name: 'one.iso',
      files: [{ path: [], length: 3_000_000_000 }],
      pieceLength: 2 ** 21,
    });
    const { out } = await swarmline(['show', '-'], { stdin: file });
    expect(out).toMatchInlineSnapshot(`
      "one.iso

        Version       v1
        Info hash v1  63f3e99b8f10b20873e4adf55df369b8bf8fcf91
        Size          2.8 GiB (3,000,000,000 bytes) in 1 file
        Pieces        1,431 of 2 MiB

        one.iso  2.8 GiB
      "
    `);
  });

  it('tells of v2 that has no v1 hash, of links and of bits', async () => {
    const files = [
      { path: ['bin', 'run'], length: 1, executable: true },
      { path: ['bin', 'go'], length: 0, symlinkTarget: ['bin', 'run'] },
      { path: ['.secret'], length: 2, hidden: true },
    ];
    const { out } = await swarmline(['show', '--numbers', '-'], { stdin: sampleTorrent('v2', { files }) });
    expect(out).toMatchInlineSnapshot(`
      "album

        Version       v2
        Info hash v2  5ca090683ea4db5b6d3171a60cc6f370488872f9cfec32bbac87d2731392c569
        Size          3 B in 3 files
        Pieces        2 of 32 KiB

           album/      3 B
           ├─ bin/     1 B
        1  │  ├─ go         → bin/run
        2  │  └─ run   1 B  executable
        0  └─ .secret  2 B  hidden
      "
    `);
  });

  it('closes folders below a depth', async () => {
    const { out } = await swarmline(['show', '--depth', '1', '-'], { stdin: sampleTorrent('v1') });
    expect(out.split('\n\n').at(-1)).toMatchInlineSnapshot(`
      "  album/         195 KiB
        ├─ disc 1/     166 KiB  2 files
        └─ cover.jpg  29.3 KiB
      "
    `);
  });

  it('prints for a program every field, hashes whole', async () => {
    const bytes = sampleTorrent('hybrid', around);
    const torrent = parseMetainfo(bytes);
    const json = JSON.parse((await swarmline(['show', '--json', '-'], { stdin: bytes })).out);
    expect(json).toMatchObject({
      kind: 'torrent',
      version: 'hybrid',
      name: 'album',
      infoHashV1: toHex(torrent.infoHashV1!),
      infoHashV2: toHex(torrent.infoHashV2!),
      length: 200_000,
      pieceLength: 32_768,
      pieceCount: 8,
      private: false,
      trackers: around.trackers,
      webSeeds: around.webSeeds,
      comment: around.comment,
      source: null,
      isCanonical: true,
      fileCount: 3,
    });
    expect(json.files[1]).toEqual({
      path: 'album/disc 1/10 last.flac',
      length: 100_000,
      offset: 32_768,
      piecesRoot: toHex(torrent.files[1]!.piecesRoot!),
    });
  });

  it('hashes the raw bytes of an info that is not canonical, and says that it is not', async () => {
    const canonical = Buffer.from(sampleTorrent('v1', { name: 'x' })).toString('latin1');
    const twisted = Buffer.from(canonical.replace('d5:files', 'd1:zi1e5:files'), 'latin1');
    const { out } = await swarmline(['show', '-'], { stdin: twisted });
    const raw = parseMetainfo(twisted, { lenient: true }).raw;
    expect(Buffer.from(raw).toString('latin1')).toContain('d1:zi1e5:files');
    expect(out).toContain('not canonical bencoding (byte ');
    expect(out).toContain(toHex(parseMetainfo(twisted, { lenient: true }).infoHashV1!));
  });

  it('reads magnet links, bare info hashes, and links out of a pipe', async () => {
    const hash = '0123456789abcdef0123456789abcdef01234567';
    const link = `magnet:?xt=urn:btih:${hash}&dn=A%20name&tr=udp%3A%2F%2Ft.example%3A1&x.pe=10.0.0.1:99&so=0,2-4&xl=5000`;
    const asked = await swarmline(['show', link]);
    expect(asked.out).toMatchInlineSnapshot(`
      "A name

        Version       v1
        Info hash v1  0123456789abcdef0123456789abcdef01234567
        Size          4.9 KiB
        Files         only 0,2-4, counted from 0
        Trackers      udp://t.example:1
        Peers         10.0.0.1:99

        A magnet link names a torrent: its files are known once a peer has sent the metadata.
      "
    `);
    expect((await swarmline(['show', '-'], { stdin: `${link}\n` })).out).toBe(asked.out);
    const json = JSON.parse((await swarmline(['show', '--json', hash.toUpperCase()])).out);
    expect(json).toMatchObject({ kind: 'magnet', infoHashV1: hash, infoHashV2: null, name: null });
  });

  it('shows control characters and bidi overrides as escapes, never as themselves', async () => {
    const bytes = sampleTorrent('v1', { comment: 'a\u001b[2Jb\u202ec', trackers: [['http://t/\u0007']] });
    const { out } = await swarmline(['show', '-'], { stdin: bytes, columns: 80, env: { NO_COLOR: '1' } });
    expect(out).toContain('a\\u{1b}[2Jb\\u{202e}c');
    expect(out).toContain('http://t/\\u{7}');
    expect(out).not.toContain('\u001b');
  });

  it('has colours on a terminal that wants them', async () => {
    const stdin = sampleTorrent('v1');
    expect((await swarmline(['show', '-'], { stdin, columns: 80 })).out).toContain(
      '\u001b[1malbum\u001b[22m',
    );
    expect((await swarmline(['show', '-'], { stdin, columns: 80, env: { TERM: 'dumb' } })).out).not.toContain(
      '\u001b',
    );
    expect((await swarmline(['show', '-'], { stdin })).out).not.toContain('\u001b');
  });

  it('is not slow for 100,000 files', async () => {
    const files = Array.from({ length: 100_000 }, (_, i) => ({
      path: [`folder ${i % 100}`, `file ${i}`],
      length: 1,
    }));
    const stdin = sampleTorrent('v1', { files, pieceLength: 16_384 });
    const { out } = await swarmline(['show', '-'], { stdin });
    expect(out.split('\n').length).toBeGreaterThan(100_100);
  });

  it('shows a torrent of v2 without piece layers, and says so; its magnet link is as good as any', async () => {
    const whole = sampleTorrent('v2');
    const stdin = encode({ info: new RawBencode(parseMetainfo(whole).raw) });
    const { status, out } = await swarmline(['show', '-'], { stdin });
    expect(status).toBe(0);
    expect(out).toContain('9 first.flac');
    expect(out).toMatch(/Note +piece layers are missing: programs take its magnet link, and not the file\n/);
    const [link] = (await swarmline(['magnet', '-'], { stdin })).out.split('\n');
    expect(link).toBe((await swarmline(['magnet', '-'], { stdin: whole })).out.trimEnd());
    expect(await swarmline(['verify', '-'], { stdin })).toMatchObject({
      status: 1,
      err: expect.stringContaining('piece layers is missing'),
    });
    expect((await swarmline(['show', '-'], { stdin: whole })).out).not.toContain('Note');
  });

  it('runs as the real program', () => {
    const at = folderWith({ 'a.torrent': sampleTorrent('v1') });
    const ran = realSwarmline(['show', at('a.torrent')]);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toContain('9 first.flac');
  });
});
