import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { folderWith, swarmline } from '../../test/command-line.ts';
import { resolveDaemonConfig } from './daemon-config.ts';
import { DAEMON_OPTIONS, environmentName } from './daemon-options.ts';

function config(text: string): string {
  return folderWith({ 'config.toml': text })('config.toml');
}

const NOWHERE = { SWARMLINE_CONFIG: '', XDG_CONFIG_HOME: '/none' };

describe('the configuration of a daemon', () => {
  it('takes a flag before the environment, that before the file, that before the default', async () => {
    const path = config('[daemon]\nrpc-port = 1\nmax-active = 1\nlimit-up = "1K"\nlimit-down = "1K"\n');
    const env = {
      ...NOWHERE,
      SWARMLINE_DAEMON_RPC_PORT: '2',
      SWARMLINE_DAEMON_MAX_ACTIVE: '2',
      SWARMLINE_DAEMON_SEED_RATIO: '2.5',
    };
    const { config: read, sources, file } = await resolveDaemonConfig({ flags: { rpcPort: 3 }, env, path });
    expect(file).toBe(path);
    expect(read).toMatchObject({ rpcPort: 3, maxActive: 2, seedRatio: 2.5, limitUp: 1024, maxChecking: 4 });
    const names = ['rpc-port', 'max-active', 'limit-up', 'max-checking'];
    expect(names.map(name => sources.get(name))).toEqual(['flag', 'environment', 'file', 'default']);
  });

  it('has for each option a flag, a variable and an entry of its own', async () => {
    const { out } = await swarmline(['daemon', '--help']);
    for (const option of DAEMON_OPTIONS) {
      expect(out).toContain(`--${option.name}`);
      expect(environmentName(option)).toMatch(/^SWARMLINE_DAEMON_[A-Z_]+$/);
    }
    expect(new Set(DAEMON_OPTIONS.map(({ key }) => key)).size).toBe(DAEMON_OPTIONS.length);
  });

  it('has lists, switches, times of the week and no limit in each form', async () => {
    const path = config(`
      [daemon]
      allow-folder = ["/a", "/b"]
      watch = "/w=music"
      open-metrics = true
      alternative-schedule = "sat 10:00-11:00"
      limit-down = "none"
      upload-slots = "rate"
    `);
    const read = await resolveDaemonConfig({ env: NOWHERE, path });
    const expected = {
      allowFolder: [resolve('/a'), resolve('/b')],
      watch: [{ folder: resolve('/w'), label: 'music' }],
      openMetrics: true,
      alternativeSchedule: { days: [6], beginMinute: 600, endMinute: 660 },
      limitDown: Number.POSITIVE_INFINITY,
      uploadSlots: 'rate',
    };
    expect(read.config).toMatchObject(expected);
    const env = {
      ...NOWHERE,
      SWARMLINE_DAEMON_ALLOW_FOLDER: '/a, /b',
      SWARMLINE_DAEMON_WATCH: '/w=music',
      SWARMLINE_DAEMON_OPEN_METRICS: 'yes',
      SWARMLINE_DAEMON_ALTERNATIVE_SCHEDULE: 'sat 10:00-11:00',
      SWARMLINE_DAEMON_UPLOAD_SLOTS: 'rate',
    };
    expect((await resolveDaemonConfig({ env })).config).toMatchObject(expected);
  });

  it.each([
    ['[daemon]\nrpc-prot = 1', 'there is no option of the daemon "rpc-prot"; did you mean "rpc-port"?'],
    ['[deamon]\nrpc-port = 1', 'there is no table "deamon"; did you mean "daemon"?'],
    ['daemon = 1', '"daemon" should be a table of options.'],
    ['[daemon]\nrpc-port = 70000', '"rpc-port" is 70000. It should be a port number, 0 to 65535.'],
    ['[daemon]\nopen-metrics = "yes"', '"open-metrics" should be true or false.'],
    ['[daemon]\nlimit-up = [1]', '"limit-up" should be a text or a number.'],
    ['[daemon]\nencryption = "maybe"', '"encryption" is "maybe". It should be off, allow, prefer, require.'],
    ['[daemon', 'line 1'],
  ])('refuses %j', async (text, message) => {
    const path = config(text);
    // Also where a flag would have come before it.
    await expect(
      resolveDaemonConfig({ env: NOWHERE, path, flags: { rpcPort: 1, limitUp: 1 } }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });
  });

  it.each([
    ['SWARMLINE_DAEMON_RPC_PROT', '1', ': did you mean SWARMLINE_DAEMON_RPC_PORT?'],
    ['SWARMLINE_DAEMON_OPEN_METRICS', 'perhaps', 'should be true or false.'],
    ['SWARMLINE_DAEMON_MAX_ACTIVE', 'many', 'is "many". It should be a whole number, or none.'],
  ])('refuses the variable %s=%s', async (name, value, message) => {
    await expect(resolveDaemonConfig({ env: { ...NOWHERE, [name]: value } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      where: name,
      message: expect.stringContaining(message),
    });
  });

  it('needs no file, but one that is named has to be there', async () => {
    expect((await resolveDaemonConfig({ env: NOWHERE })).file).toBeUndefined();
    for (const given of [{ path: '/none.toml' }, { env: { SWARMLINE_CONFIG: '/none.toml' } }])
      await expect(resolveDaemonConfig({ env: NOWHERE, ...given })).rejects.toMatchObject({
        code: 'CONFIG_UNREADABLE',
      });
  });
});

describe('swarmline config show', () => {
  it('takes the flags of the daemon, and says which value is of them', async () => {
    const path = config('[daemon]\nlimit-up = "1M"\nmax-active = 3\n');
    // What all tests are run with.
    for (const name of ['PORT_FORWARD', 'LSD']) vi.stubEnv(`SWARMLINE_DAEMON_${name}`, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { out } = await swarmline([
      'config',
      'show',
      '--set',
      '--config',
      path,
      '--limit-up',
      '2M',
      '--watch',
      '/srv/watch=music',
    ]);
    expect(
      out
        .split('\n')
        .slice(1, 4)
        .map(line => line.split(/ {2,}/)),
    ).toEqual([
      ['watch', `${resolve('/srv/watch')}=music`, '--watch'],
      ['limit-up', '2097152', '--limit-up'],
      ['max-active', '3', path],
    ]);
  });

  it('says of each option what holds and where it comes from', async () => {
    const path = config('[daemon]\nlimit-up = "1M"\nwatch = ["/w=a", "/v"]\n');
    vi.stubEnv('SWARMLINE_DAEMON_SEED_TIME', '2h');
    // What all tests are run with.
    for (const name of ['PORT_FORWARD', 'LSD']) vi.stubEnv(`SWARMLINE_DAEMON_${name}`, undefined);
    try {
      const { out } = await swarmline(['config', 'show', '--config', path]);
      expect(out).toMatch(/^Option +Value +From\n/);
      expect(out).toContain(`${resolve('/w')}=a, ${resolve('/v')}`);
      expect(out).toMatch(/\nseed-time +7200s +SWARMLINE_DAEMON_SEED_TIME\n/);
      expect(out).toMatch(/\nrpc-port +9797 +default\n/);
      expect(out).toContain(`limit-up`);
      const { file, options } = JSON.parse(
        (await swarmline(['config', 'show', '--set', '--json', '--config', path])).out,
      );
      expect(file).toBe(path);
      expect(options).toHaveLength(3);
      expect(options).toContainEqual({ name: 'limit-up', value: 1_048_576, source: 'file', where: path });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
