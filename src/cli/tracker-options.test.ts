import { expect, test } from 'vitest';
import { folderWith, swarmline } from '../../test/command-line.ts';
import { optionsOfTable, readTrackerConfig } from './tracker-options.ts';

test('a config file has every option by its long name', async () => {
  const files = folderWith({
    'tracker.toml': `
      port = 7000
      mode = "listed"
      allow = ["a.txt", "b.txt"]
      deny = "c.txt"
      interval = "20m"
      min-interval = 60
      near-share = 0.4
      zones = [["10.0.0.0/8", "192.168.0.0/16"], "2001:db8::/32"]
      full-scrape = true
      memory = "1 GiB"
      trusted-proxy = ["127.0.0.1"]`,
  });
  expect(await readTrackerConfig(files('tracker.toml'))).toEqual({
    port: 7_000,
    mode: 'listed',
    allow: ['a.txt', 'b.txt'],
    deny: ['c.txt'],
    intervalSeconds: 1_200,
    minIntervalSeconds: 60,
    nearShare: 0.4,
    zones: [['10.0.0.0/8', '192.168.0.0/16'], ['2001:db8::/32']],
    fullScrape: true,
    memoryBytes: 2 ** 30,
    trustedProxies: ['127.0.0.1'],
  });
});

test.each([
  [{ prot: 1 }, 'there is no option "prot"; did you mean "port"?'],
  [{ port: 70_000 }, '"port" is 70000. It should be a port number, 0 to 65535.'],
  [{ mode: 'closed' }, '"mode" is "closed". It should be open, listed, private.'],
  [{ 'full-scrape': 'yes' }, '"full-scrape" should be true or false.'],
  [
    { interval: '1d' },
    '"interval" is "1d". It should be a time such as 1800, 30m or 2h, from 5 s to a week.',
  ],
  [{ interval: 1 }, '"interval" is 1. It should be a time such as 1800, 30m or 2h, from 5 s to a week.'],
  [{ 'near-share': 1 }, '"near-share" is 1. It should be a share of 0 to 0.9.'],
  [{ allow: [{}] }, '"allow" should be a text or a number.'],
])('%j is refused with a sentence', (table, sentence) => {
  expect(() => optionsOfTable(table, 't.toml')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: `The config file "t.toml" is not valid: ${sentence}`,
    }),
  );
});

test('a file that is no TOML, or is not there, ends the command with a sentence', async () => {
  const files = folderWith({ 'bad.toml': 'port = 1\ninterval =' });
  expect(await swarmline(['tracker', '--config', files('bad.toml')])).toMatchObject({
    status: 1,
    err: expect.stringContaining('is not valid: line 2'),
  });
  expect(await swarmline(['tracker', '--config', files('none.toml')])).toMatchObject({
    status: 1,
    err: expect.stringContaining('none.toml" cannot be read: '),
  });
});

test('flags are judged before anything starts', async () => {
  expect(await swarmline(['tracker', '--interval', 'soon'])).toMatchObject({ status: 2 });
  expect(await swarmline(['tracker', '--mode', 'private', '--port', '0'])).toMatchObject({
    status: 1,
    err: expect.stringContaining('The mode "private" needs "keys".'),
  });
});
