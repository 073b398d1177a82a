import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderWith, MemoryStream, realSwarmline, swarmline } from '../../test/command-line.ts';
import { sampleTorrent } from '../../test/sample-torrents.ts';
import { COMMANDS } from './command-table.ts';
import { didYouMean } from './did-you-mean.ts';
import { reportError } from './report-error.ts';
import { Output } from './terminal.ts';

describe('the front door', () => {
  it('shows every command with one line, on stdout where it was asked for', async () => {
    const asked = await swarmline(['--help']);
    expect(asked).toMatchObject({ status: 0, err: '' });
    for (const { name, summary } of COMMANDS)
      expect(asked.out).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
    expect((await swarmline(['help'])).out).toBe(asked.out);
    expect(await swarmline([])).toMatchObject({ status: 2, out: '', err: asked.out });
  });

  it.each(COMMANDS.map(({ name }) => name))('has help with examples for %s, both ways', async name => {
    const { status, out, err } = await swarmline([name, '--help']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: swarmline ${name}`);
    expect(out).toContain(`Examples:\n  $ swarmline ${name}`);
    expect((await swarmline(['help', name])).out).toBe(out);
    const said = out.split('\n').filter(line => !line.startsWith('  $ '));
    for (const line of said) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('tells its version', async () => {
    expect((await swarmline(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await swarmline(['-V'])).toMatchObject({ status: 0 });
  });

  it('guesses what a mistyped command was meant to be', async () => {
    const said = async (...argv: string[]) => {
      const { status, err } = await swarmline(argv);
      expect(status).toBe(2);
      return err.trimEnd();
    };
    expect(await said('shwo')).toBe('swarmline: There is no command "shwo". Did you mean "show"?');
    expect(await said('mag')).toBe('swarmline: There is no command "mag". Did you mean "magnet"?');
    expect(await said('frobnicate')).toBe(
      'swarmline: There is no command "frobnicate". See "swarmline --help".',
    );
    expect(await said('a.torrent')).toBe(
      'swarmline: A command goes before a file, such as "swarmline show a.torrent".',
    );
    expect(await said('magnet:?xt=urn:btih:0')).toContain('A command goes before a magnet link');
    expect(await said('--frob')).toContain('There is no option "--frob".');
    expect(didYouMean('x', ['show', 'edit'])).toBeUndefined();
  });

  it('answers a wrong command line with a sentence and status 2', async () => {
    expect(await swarmline(['show'])).toMatchObject({
      status: 2,
      err: "swarmline: Missing required argument 'torrent'.\n",
    });
    const unknown = await swarmline(['show', '--jsn', 'x']);
    expect(unknown).toMatchObject({ status: 2, out: '' });
    expect(unknown.err).toBe("swarmline: Unknown option '--jsn' (Did you mean --json?)\n");
    expect((await swarmline(['show', '--depth', 'x', '-'])).err).toContain('It should be a whole number.');
  });

  it('answers what is no error of the user with the stack and status 70', async () => {
    const memory = new MemoryStream();
    expect(await reportError(new RangeError('index 7'), new Output(memory, {}))).toBe(70);
    expect(memory.text()).toMatch(
      /^swarmline: This is a bug in Swarmline; .* index 7\nRangeError: index 7\n {4}at /,
    );
  });

  it('does not mind a reader that has gone away', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const full = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });
    const broken = (error: Error) => new Output({ write: (_, done) => done(error), on: () => {} }, {});
    await broken(gone).line('x');
    await expect(broken(full).line('x')).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });
});

describe('the torrent that a command is given', () => {
  const said = async (argument: string, stdin?: string) => {
    const { status, err } = await swarmline(['show', argument], stdin === undefined ? {} : { stdin });
    expect(status).toBe(1);
    return err.trimEnd().replace(/^swarmline: /, '');
  };

  it('is missed with a sentence that helps', async () => {
    const at = folderWith({
      'album.torrent': sampleTorrent('v1'),
      empty: '',
      page: '<!DOCTYPE html><html><title>Log in</title>',
      photo: '\u00ff\u00d8\u00ff',
      broken: 'd4:infod4:name3:abce',
      wrong: 'd4:infod4:name3:abcee',
    });
    mkdirSync(at('folder'));
    expect(await said(at('album'))).toBe(
      `There is no file ${at('album')}. Did you mean ${at('album.torrent')}?`,
    );
    expect(await said(at('absent'))).toBe(`There is no file ${at('absent')}.`);
    expect(await said('10.0.0.4:6969')).toBe(
      'There is no file 10.0.0.4:6969. Did you mean http://10.0.0.4:6969?',
    );
    expect(await said('c'.repeat(39))).toBe(
      `There is no file ${'c'.repeat(39)}. An info hash has 40 hexadecimal digits, or 64, and this has 39.`,
    );
    expect(await said(at('page/below'))).toBe(`There is no file ${at('page/below')}.`);
    expect(await said(at('folder'))).toBe(
      `${at('folder')} is a folder, not a torrent file; "swarmline create" makes a torrent of it.`,
    );
    expect(await said(at('empty'))).toBe(`${at('empty')} is empty.`);
    expect(await said(at('page'))).toContain('is a web page, not a torrent file');
    expect(await said(at('photo'))).toBe(`${at('photo')} is not a torrent file.`);
    expect(await said(at('broken'))).toBe(
      `${at('broken')}: Not valid bencoding at byte 20: the input ends inside a dictionary.`,
    );
    expect(await said(at('wrong'))).toMatch(
      /wrong: Not a valid torrent: info has neither "length" nor "files"/,
    );
    expect(await said('-', '')).toBe('the standard input is empty.');
    expect(await said('https://example.org/a.torrent')).toContain(
      'is an address: fetch the torrent file first.',
    );
    expect(await said('magnet:?dn=x')).toContain('Not a valid magnet link: it names no torrent');
  });

  it('is not waited for where nothing is piped in', async () => {
    expect(await swarmline(['show', '-'])).toMatchObject({ status: 2 });
  });

  it('may come through a pipe to the real program', () => {
    expect(realSwarmline(['show', '-'], sampleTorrent('v2')).out).toMatch(/^album\n/);
    expect(realSwarmline(['shwo'])).toMatchObject({ status: 2, out: '' });
  });
});
