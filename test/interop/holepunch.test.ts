// Two peers that nobody can dial, each behind a router of its own, and one between that has nothing of what they exchange: they
// come together by its word (BEP 55), and what they exchange goes from one to the other by uTP.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { noise } from '../torrents.ts';
import { type Machine, namespaces } from './namespaces.ts';
import { crossed, HOMES, type Mapping, natNetwork, PORT, PUBLIC } from './nat-network.ts';
import { foreignProgram, interopTest, type RunningProgram, temporaryFolder } from './peers.ts';
import { create } from './transfer-peers.ts';

const nft = foreignProgram('nft');
const KNOCK = fileURLToPath(new URL('knock.mjs', import.meta.url));
/** On a machine that has much else to do. */
const WAIT_MS = 25_000;
const TEST_MS = 150_000;
const LENGTH = 3 * 1_048_576;
const OURS = ['--no-resume', '--no-port-forward', '--no-dht', '--no-lsd', '--port', `${PORT}`, '--json'];

// The second proves that it is the third's word that counts: exchange of peers tells of ports that lead nowhere there.
const THROUGH: readonly (readonly [Mapping, string])[] = [
  ['kept', 'two peers behind two routers connect by holepunch through a third'],
  ['changed', 'two behind routers that change ports are told by the third which ports it sees'],
];

for (const [mapping, sentence] of THROUGH)
  interopTest(
    sentence,
    [namespaces, nft],
    async () => {
      const { network, data, between, seed, get, copy } = await meeting(mapping);
      expect(await get.exited, `${get.output()}\n${between.output()}\n${seed.output()}`).toBe(0);
      expect(readFileSync(join(copy, 'pair', 'wanted')).equals(data)).toBe(true);
      // It never had a piece that it could have given.
      expect(between.output()).toMatch(/"piecesHave":0/);
      expect(between.output()).not.toMatch(/"piecesHave":[1-9]/);
      // Attempts by TCP are some SYNs; the data and what acknowledges it crossed by UDP.
      const { tcp, udp } = crossed(network.internet);
      expect(udp.bytes).toBeGreaterThan(LENGTH);
      expect(tcp.bytes).toBeLessThan(10_000);
    },
    TEST_MS,
  );

interopTest(
  'two behind routers with another port for everybody try it and stay apart',
  [namespaces, nft],
  async () => {
    const { network, get, seed } = await meeting('by-destination');
    // Both were told to, and have dialled the ports that the third sees.
    await expect
      .poll(() => crossed(network.internet).punches.packets, { timeout: 60_000 })
      .toBeGreaterThanOrEqual(4);
    expect(joined(get)).toBe(1);
    expect(joined(seed)).toBe(1);
    expect(crossed(network.internet).udp.bytes).toBeLessThan(10_000);
  },
  TEST_MS,
);

/** One between, a seed and one who fetches, each where it belongs; strangers have knocked at both doors in vain. */
async function meeting(mapping: Mapping) {
  const network = await natNetwork(mapping);
  const folder = temporaryFolder();
  const source = join(folder, 'pair');
  const data = Buffer.from(noise(LENGTH, 7));
  mkdirSync(source);
  writeFileSync(join(source, 'wanted'), data);
  writeFileSync(join(source, "nobody's"), noise(100_000, 8));
  const { torrent } = await create(source, 'hybrid');
  writeFileSync(join(source, "nobody's"), '');
  const tracker = network.outside.swarmline(['tracker', '--port', '6969']);
  await says(tracker, /6969/);

  const args = (output: string, which: string) => [
    ...['get', torrent, '-o', output, '--files', which, ...OURS],
    ...['--tracker', `http://${PUBLIC}:6969/announce`],
  ];
  // It wants what nobody has: so it stays, and is of no use but as the one between.
  const between = network.outside.swarmline(args(temporaryFolder(), "nobody's"));
  await says(between, /"event":"ready"/);
  // Named, for the tracker may hear of it later than of the seed.
  const named = ['--peer', `${PUBLIC}:${PORT}`];
  const seed = network.first.swarmline([...args(folder, 'wanted'), ...named]);
  await says(seed, /"event":"complete"/);
  await says(between, /"event":"peer-joined"/);
  expect(knock(network.outside, PUBLIC)).toEqual({ tcp: 'open', utp: 'open' });

  const copy = temporaryFolder();
  const get = network.second.swarmline([...args(copy, 'wanted'), ...named, '--no-seed']);
  await expect.poll(() => joined(between), { timeout: WAIT_MS }).toBe(2);
  for (const home of Object.values(HOMES))
    expect(knock(network.outside, home)).toEqual({ tcp: 'silent', utp: 'silent' });
  return { network, data, between, seed, get, copy };
}

function joined(program: RunningProgram): number {
  return program.output().match(/"event":"peer-joined"/g)?.length ?? 0;
}

function knock(machine: Machine, host: string): unknown {
  return JSON.parse(machine.run(`${process.execPath} ${KNOCK} ${host} ${PORT}`));
}

function says(program: RunningProgram, what: RegExp): Promise<void> {
  return expect.poll(() => program.output(), { timeout: WAIT_MS, interval: 50 }).toMatch(what);
}
