import { describe, expect, it } from 'vitest';
import { folderWith, realSwarmline, swarmline } from '../../../test/command-line.ts';
import { sampleTorrent } from '../../../test/sample-torrents.ts';
import { encode } from '../../core/bencode/encode.ts';
import { toHex } from '../../core/bytes/hex.ts';
import { parseMagnet } from '../../core/metainfo/magnet.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';

const hybrid = sampleTorrent('hybrid', {
  trackers: [['udp://one.example:6969'], ['https://two.example/announce?a=b&c=d']],
  webSeeds: ['https://seed.example/album/'],
});
const torrent = parseMetainfo(hybrid);

async function magnetOf(...options: string[]): Promise<string> {
  const { status, out, err } = await swarmline(['magnet', '-', ...options], { stdin: hybrid });
  expect([status, err]).toEqual([0, '']);
  return out.trimEnd();
}

describe('magnet', () => {
  it('prints both hashes of a hybrid, its name, length, trackers and web seeds', async () => {
    const link = await magnetOf();
    expect(link).toMatch(
      /^magnet:\?xt=urn:btih:[0-9a-f]{40}&xt=urn:btmh:1220[0-9a-f]{64}&dn=album&xl=200000&tr=/,
    );
    const magnet = parseMagnet(link);
    expect(toHex(magnet.infoHashV1!)).toBe(toHex(torrent.infoHashV1!));
    expect(toHex(magnet.infoHashV2!)).toBe(toHex(torrent.infoHashV2!));
    expect(magnet.trackers).toEqual(torrent.trackers.flat());
    expect(magnet.webSeeds).toEqual(torrent.webSeeds);
  });

  it('says so where the name in a link is broken, and writes it so that it is not', async () => {
    const broken = `magnet:?xt=urn:btih:${toHex(torrent.infoHashV1!)}&dn=100%zz`;
    const { status, out, err } = await swarmline(['magnet', broken]);
    expect(status).toBe(0);
    expect(err).toContain('the percent-encoding of the name in the link is broken: it becomes "100%zz"');
    expect(out).toContain('&dn=100%25zz');
    expect(parseMagnet(out.trimEnd())).toMatchObject({ name: '100%zz' });
    expect(parseMagnet(out.trimEnd()).isNameBroken).toBeUndefined();
  });

  it('leaves out what is not wanted', async () => {
    const link = await magnetOf('--no-trackers', '--no-web-seeds', '--no-name', '--no-length', '--v1-only');
    expect(link).toBe(`magnet:?xt=urn:btih:${toHex(torrent.infoHashV1!)}`);
    const v2 = await magnetOf('--no-trackers', '--no-web-seeds', '--no-name', '--no-length', '--v2-only');
    expect(v2).toBe(`magnet:?xt=urn:btmh:1220${toHex(torrent.infoHashV2!)}`);
  });

  it('adds peers, files to select and sources', async () => {
    const magnet = parseMagnet(
      await magnetOf(
        '--peer',
        '10.0.0.1:6881',
        '--peer',
        '[fe80::1]:1',
        '--select',
        '0,1-2',
        '--exact-source',
        'https://a/b',
      ),
    );
    expect(magnet.peers.map(({ host, port }) => `${host} ${port}`)).toEqual(['10.0.0.1 6881', 'fe80::1 1']);
    expect(magnet.selectOnly).toEqual([
      { first: 0, last: 0 },
      { first: 1, last: 2 },
    ]);
    expect(magnet.exactSources).toEqual(['https://a/b']);
  });

  it('tells a program the same', async () => {
    const { status, out } = await swarmline(
      [
        'magnet',
        '-',
        '--json',
        '--v2-only',
        '--no-trackers',
        '--peer',
        '[::1]:9',
        '--exact-source',
        'urn:btpk:00',
      ],
      { stdin: hybrid },
    );
    const json = JSON.parse(out);
    expect([status, json]).toEqual([0, expect.objectContaining({ infoHashV1: null, trackers: [] })]);
    expect(json).toMatchObject({
      ...{ infoHashV2: toHex(torrent.infoHashV2!), peers: [{ host: '::1', port: 9 }] },
      ...{ exactSources: ['urn:btpk:00'], webSeeds: torrent.webSeeds, selectOnly: null },
    });
    expect(parseMagnet(json.magnet)).toMatchObject({ name: 'album', length: 200_000 });
  });

  it('changes a magnet link as well', async () => {
    const link = `magnet:?xt=urn:btih:${toHex(torrent.infoHashV1!)}&tr=udp://t.example:1&so=4`;
    const { out } = await swarmline(['magnet', '--no-trackers', '--peer', 'host.example:99', link]);
    expect(out.trimEnd()).toBe(`magnet:?xt=urn:btih:${toHex(torrent.infoHashV1!)}&x.pe=host.example:99&so=4`);
  });

  it('links to a torrent without files too', async () => {
    const empty = encode({ info: { files: [], name: 'none', 'piece length': 16_384, pieces: '' } });
    const { status, out } = await swarmline(['magnet', '-'], { stdin: empty });
    expect([status, out.trimEnd()]).toEqual([0, expect.stringContaining('&dn=none&xl=0')]);
  });

  it('refuses what makes no sense, in a sentence', async () => {
    const refused = async (...options: string[]) => {
      const ran = await swarmline(['magnet', '-', ...options], { stdin: sampleTorrent('v1') });
      return `${ran.status} ${ran.out}${ran.err}`.trimEnd();
    };
    expect(await refused('--peer', 'nonsense')).toBe(
      '2 swarmline: "--peer nonsense" is wrong: "x.pe=nonsense" is no address.',
    );
    expect(await refused('--select', '3-1')).toBe(
      '2 swarmline: "--select 3-1" is wrong: "3-1" in "so" is no file number or range.',
    );
    expect(await refused('--select', '0-3')).toBe(
      '2 swarmline: --select names file 3, but the last of the torrent is 2.',
    );
    expect(await refused('--v2-only')).toBe(
      '1 swarmline: The torrent is v1 alone, so --v2-only leaves nothing to link to.',
    );
    expect(await refused('--v1-only', '--v2-only')).toMatch(/^2 /);
    expect(await refused('--exact-source', 'nonsense')).toBe(
      '2 swarmline: --exact-source: "nonsense" is no address, such as https://example.org/a.torrent.',
    );
    expect(await refused('--json', '--qr')).toMatch(/^2 swarmline: A QR code is for the eyes/);
  });

  it('warns that magnet links of private torrents are often refused', async () => {
    const ran = await swarmline(['magnet', '-'], { stdin: sampleTorrent('v1', { private: true }) });
    expect(ran.err).toContain('Note: the torrent is private');
    expect(ran.out).toMatch(/^magnet:\S+\n$/);
  });

  it('draws a QR code: square, with its quiet zone, black on white where there are colours', async () => {
    const { out } = await swarmline(['magnet', '--qr', '--no-trackers', '-'], { stdin: hybrid });
    const lines = out.trimEnd().split('\n').slice(2);
    const side = lines[0]!.length;
    expect(side % 4).toBe(1);
    expect(lines.length).toBe((side + 1) / 2);
    expect(lines[0]).toBe('█'.repeat(side));
    expect(lines[2]).toMatch(/^█{4} ▄▄▄▄▄ █.*█ ▄▄▄▄▄ █{4}$/);
    const coloured = await swarmline(['magnet', '--qr', '--no-trackers', '-'], {
      stdin: hybrid,
      columns: 40,
    });
    expect(coloured.out.split('\n')[2]).toBe(`\u001b[38;5;16;48;5;231m${' '.repeat(side)}\u001b[0m`);
    expect(coloured.err).toContain(`the code is ${side} columns wide, the terminal 40`);
  });

  it('says so where a link is too long for a QR code', async () => {
    const trackers = Array.from({ length: 100 }, (_, i) => [
      `https://tracker-${i}.example/announce/of/some/length`,
    ]);
    const ran = await swarmline(['magnet', '--qr', '-'], { stdin: sampleTorrent('v1', { trackers }) });
    expect(ran.status).toBe(1);
    expect(ran.err).toContain('more than a QR code holds; --no-trackers makes it shorter.');
  });

  it('runs as the real program', () => {
    const at = folderWith({ 'a.torrent': hybrid });
    const ran = realSwarmline(['magnet', at('a.torrent')]);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toMatch(/^magnet:\?xt=/);
  });
});
