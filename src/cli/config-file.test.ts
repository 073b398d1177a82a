import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../../test/command-line.ts';
import { defaultConfigPath, readPreset } from './config-file.ts';

function config(text: string): string {
  return folderWith({ 'config.toml': text })('config.toml');
}

describe('a preset', () => {
  it('stands for the words of a command line', async () => {
    const path = config(`
      [presets.release]
      tracker = ["https://one.example/a", "udp://two.example:1"]
      private = true
      hidden = false
      piece-length = "1MiB"
      target-pieces = 1000
      date = 2026-01-31
      comment = "it's = a \\"comment\\""
    `);
    expect(await readPreset('release', path)).toEqual([
      '--tracker=https://one.example/a',
      '--tracker=udp://two.example:1',
      '--private',
      '--no-hidden',
      '--piece-length=1MiB',
      '--target-pieces=1000',
      '--date=2026-01-31',
      '--comment=it\'s = a "comment"',
    ]);
  });

  it('has tiers of trackers as lists in a list', async () => {
    const path = config(
      '[presets.a]\ntracker = [["http://a.example", "http://b.example"], ["http://c.example"]]',
    );
    expect(await readPreset('a', path)).toEqual([
      '--tracker=http://a.example,http://b.example',
      '--tracker=http://c.example',
    ]);
  });

  it('that is not there is told, with those that are', async () => {
    const path = config('[presets.one]\n[presets.two]');
    await expect(readPreset('three', path)).rejects.toMatchObject({
      code: 'PRESET_UNKNOWN',
      message: `There is no preset "three" in "${path}": it has one, two.`,
    });
    await expect(readPreset('toString', path)).rejects.toMatchObject({ code: 'PRESET_UNKNOWN' });
    await expect(readPreset('a', config('other = 1'))).rejects.toThrow(/: it has none\.$/);
  });

  it('that is no table of options is refused', async () => {
    const invalid = (text: string, message: RegExp) =>
      expect(readPreset('a', config(text))).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
      });
    await invalid('[presets]\na = 1', /"presets\.a" should be a table of options\.$/);
    await invalid('[presets.a]\ntracker = { url = 1 }', /"tracker" should be a text, a number, true, false/);
    await invalid('[presets.a', /The config file ".*" is not valid: /);
  });
});

describe('the config file', () => {
  it('that cannot be read is told in words', async () => {
    await expect(readPreset('a', '/none/config.toml')).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: 'The config file "/none/config.toml" cannot be read: no such file or folder.',
    });
  });

  it('is where the system keeps such, or where it is said to be', () => {
    expect(defaultConfigPath({ SWARMLINE_CONFIG: '/x.toml', XDG_CONFIG_HOME: '/y' })).toBe('/x.toml');
    if (process.platform === 'win32') return;
    expect(defaultConfigPath({ XDG_CONFIG_HOME: '/y' })).toBe('/y/swarmline/config.toml');
    expect(defaultConfigPath({})).toBe(join(homedir(), '.config/swarmline/config.toml'));
  });
});
