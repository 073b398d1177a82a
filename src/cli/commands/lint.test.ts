import { describe, expect, it } from 'vitest';
import { folderWith, realSwarmline, swarmline } from '../../../test/command-line.ts';
import { sampleTorrent } from '../../../test/sample-torrents.ts';

const good = sampleTorrent('hybrid', { trackers: [['https://one.example/announce']] });
const bad = sampleTorrent('v1', {
  private: true,
  webSeeds: ['nonsense'],
  files: [{ path: ['con\u202e'], length: 20_000 }],
});

describe('lint', () => {
  it('has one line for a torrent that is fine', async () => {
    const { status, out } = await swarmline(['lint', '-'], { stdin: good });
    expect([status, out]).toEqual([0, '✓ Nothing in it will hurt.\n']);
  });

  it('tells each finding with what to do, the worst first', async () => {
    const { status, out } = await swarmline(['lint', '-'], { stdin: bad });
    expect(status).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "✗ error  PRIVATE_WITHOUT_TRACKER  info.private
        The torrent is private and has no tracker that can be asked, so that no peer will ever be found.
        → Add one with "swarmline edit --add-tracker".

      ! warning  NAME_BIDI  info.files[0].path[0]
        The name "con\\u{202e}" turns its reading order, which can hide what kind of file it is.
        → Rename it and make the torrent anew.

      ! warning  WEB_SEED_MALFORMED  url-list[0]
        The web seed "nonsense" is no URL with a scheme and a host.
        → Take it out with "swarmline edit --remove-web-seed".

      1 error, 2 warnings
      "
    `);
  });

  it('lets warnings pass, unless it is strict', async () => {
    const stdin = sampleTorrent('v1', { trackers: [['https://one.example/a']], webSeeds: ['nonsense'] });
    expect((await swarmline(['lint', '-'], { stdin })).status).toBe(0);
    expect((await swarmline(['lint', '--strict', '-'], { stdin })).status).toBe(1);
    expect((await swarmline(['lint', '--strict', '-'], { stdin: good })).status).toBe(0);
    // A note is none.
    expect((await swarmline(['lint', '--strict', '-'], { stdin: sampleTorrent('v1') })).status).toBe(0);
  });

  it('tells a program the same', async () => {
    const { status, out } = await swarmline(['lint', '--json', '-'], { stdin: bad });
    expect(status).toBe(1);
    const json = JSON.parse(out);
    expect(json).toMatchObject({ ok: false, errors: 1, warnings: 2, notes: 0 });
    expect(Object.keys(json.findings[0])).toEqual(['severity', 'code', 'where', 'message', 'advice']);
  });

  it('reports what is no torrent as one finding, and a missing file as an error', async () => {
    const said = async (stdin: string) =>
      JSON.parse((await swarmline(['lint', '--json', '-'], { stdin })).out).findings;
    expect(await said('<html>')).toMatchObject([{ severity: 'error', code: 'NOT_A_TORRENT' }]);
    expect(await said('')).toMatchObject([{ severity: 'error', code: 'FILE_EMPTY' }]);
    const broken = `magnet:?xt=urn:btih:${'0'.repeat(40)}&dn=100%&tr=http://a/announce`;
    expect(await said(broken)).toMatchObject([{ severity: 'warning', code: 'MAGNET_NAME_BROKEN' }]);
    expect(await said('magnet:?dn=x')).toMatchObject([{ severity: 'error', code: 'MAGNET_INVALID' }]);
    expect(await said('d4:infode')).toMatchObject([{ code: 'BENCODE_INVALID', where: 'byte 9' }]);
    expect(await swarmline(['lint', '/absent'])).toMatchObject({
      status: 1,
      out: '',
      err: 'swarmline: There is no file /absent.\n',
    });
  });

  it('looks over magnet links too', async () => {
    const ran = await swarmline(['lint', `magnet:?xt=urn:btih:${'0'.repeat(40)}&dn=a&tr=nonsense`]);
    expect(ran.out).toContain('TRACKER_MALFORMED');
  });

  it('runs as the real program', () => {
    const at = folderWith({ 'bad.torrent': bad, 'good.torrent': good });
    expect(realSwarmline(['lint', at('good.torrent')])).toMatchObject({ status: 0, err: '' });
    expect(realSwarmline(['lint', at('bad.torrent')])).toMatchObject({ status: 1, err: '' });
  });
});
