import { expect, test } from 'vitest';
import { MemoryStream } from '../../test/command-line.ts';
import { Output, type Terminal } from './terminal.ts';
import { type DnsFlags, runTrackerDns } from './tracker-dns.ts';

async function run(flags: Partial<DnsFlags>, records: readonly (readonly string[])[] | { code: string }) {
  const [out, err] = [new MemoryStream(), new MemoryStream()];
  const terminal: Terminal = {
    ...{ out: new Output(out, {}), err: new Output(err, {}), exitStatus: 0 },
    ...{ stdin: (async function* () {})(), stdinIsTerminal: false },
  };
  await runTrackerDns('t.example', { port: 6969, check: true, ...flags }, terminal, async () => {
    if ('code' in records) throw Object.assign(new Error(records.code), records);
    return records;
  });
  return `${out.text()}${err.text()}${terminal.exitStatus}`;
}

const RECORD = 't.example. 3600 IN TXT "BITTORRENT UDP:6969 TCP:6969"\n';

test('prints the record, and finds it where it is', async () => {
  const records = [['v=spf1 -all'], ['BITTORRENT UDP:6969', ' TCP:6969']];
  expect(await run({}, records)).toBe(`${RECORD}✓ t.example has this record.\n0`);
});

test('says what is there instead', async () => {
  expect(await run({}, [['BITTORRENT TCP:80']])).toBe(
    `${RECORD}✗ t.example has another record: BITTORRENT TCP:80\n1`,
  );
  expect(await run({}, [['BITTORRENT'], ['BITTORRENT TCP:80']])).toContain('has 2 records of a tracker');
  for (const none of [[], { code: 'ENOTFOUND' }, { code: 'ENODATA' }])
    expect(await run({}, none)).toContain('has no record of a tracker');
});

test('other ports, no UDP, no tracker, no look-up', async () => {
  const first = async (flags: Partial<DnsFlags>) => (await run({ check: false, ...flags }, [])).split('"')[1];
  expect(await first({ port: 80, udpPort: 1337 })).toBe('BITTORRENT UDP:1337 TCP:80');
  expect(await first({ udpPort: 0 })).toBe('BITTORRENT TCP:6969');
  expect(await first({ none: true })).toBe('BITTORRENT');
  expect(await run({ check: false }, { code: 'ETIMEOUT' })).toBe(`${RECORD}0`);
});

test('a look-up that fails says why', async () => {
  await expect(run({}, { code: 'ETIMEOUT' })).rejects.toMatchObject({
    code: 'DNS_FAILED',
    message: 'The records of t.example cannot be looked up: no name server answers.',
  });
});
