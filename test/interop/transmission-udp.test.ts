// Transmission at our tracker over UDP, with nothing else to find peers by: one finds the other through it, and we find both.
// Transmission dials nobody on loopback, so all of it runs in a network of its own, at an address that looks like any other.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type ForeignProgram, foreignProgram, interopTest, start, temporaryFolder } from './peers.ts';
import { SwarmlineProcess } from './swarmline-process.ts';
import { isThere, transmission } from './transfer-peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
const ADDRESS = '10.9.8.7';
const enter = foreignProgram('nsenter');
const network: ForeignProgram = {
  name: 'unshare, for a network of its own,',
  path: spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0 ? 'unshare' : undefined,
};

interopTest(
  'two Transmissions find each other by our tracker over UDP',
  [transmission, network, enter],
  async () => {
    const tracker = await startTracker();
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const torrent = join(temporaryFolder(), 'made.torrent');
    const url = `udp://${ADDRESS}:6969/announce`;
    const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', 'v1', '-t', url]);
    expect(await made.ended(), made.transcript()).toBe(0);

    tracker.startTransmission(torrent, dirname(root), 51_001);
    await tracker.counts('seed', 1);
    const folder = temporaryFolder();
    const leecher = tracker.startTransmission(torrent, folder, 51_002);
    await expect
      .poll(() => isThere(join(folder, basename(root)), root), { timeout: 50_000, interval: 100 })
      .toBe(true)
      .catch(error => {
        throw new Error(leecher.output(), { cause: error });
      });
    // It says that it has all now.
    await tracker.counts('seed', 2);
    await tracker.counts('leecher', 0);

    const third = temporaryFolder();
    const ours = tracker.start(process.execPath, [PROGRAM, 'get', torrent, '-o', third, '--no-seed']);
    expect(await ours.exited, ours.output()).toBe(0);
    expect(plainTreeOf(join(third, basename(root)))).toEqual(plainTreeOf(root));
  },
  120_000,
);

/** `swarmline tracker` in a network of its own, and programs beside it. */
async function startTracker() {
  const up = `ip link set lo up && ip address add ${ADDRESS}/32 dev lo && exec "$0" "$@"`;
  const wish = ['tracker', '--host', ADDRESS, '--port', '6969', '--interval', '60', '--min-interval', '5'];
  const child = spawn('unshare', ['-rn', 'sh', '-c', up, process.execPath, PROGRAM, ...wish], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += text;
    if (said.includes('udp://')) break;
  }
  // It stays one process from unshare to the tracker.
  const here = ['--target', `${child.pid}`, '--net', '--user', '--preserve-credentials'];
  const startBeside = (program: string, args: readonly string[], env: Record<string, string> = {}) =>
    start(enter, [...here, program, ...args], env);
  return {
    start: startBeside,
    startTransmission: (torrent: string, folder: string, port: number) => {
      const config = temporaryFolder();
      const watched = temporaryFolder(); // it renames the torrent files that it finds
      copyFileSync(torrent, join(watched, 'made.torrent'));
      const settings = { 'pex-enabled': false, 'rpc-enabled': false, 'rename-partial-files': false };
      writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
      const quiet = ['--foreground', '--no-dht', '--no-lpd', '--no-utp', '--no-portmap'];
      const places = ['-g', config, '-w', folder, '-c', watched, '-P', `${port}`];
      return startBeside(transmission.path!, [...quiet, ...places], { HOME: config });
    },
    /** Waits until the tracker counts so many. */
    counts: async (role: 'seed' | 'leecher', count: number) => {
      const script = `process.stdout.write(await (await fetch('http://${ADDRESS}:6969/metrics')).text())`;
      await expect
        .poll(
          async () => {
            const asked = startBeside(process.execPath, ['--input-type=module', '-e', script]);
            await asked.exited;
            return Number(new RegExp(`reached="address",role="${role}"\\} (\\d+)`).exec(asked.output())?.[1]);
          },
          { timeout: 20_000, interval: 300 },
        )
        .toBe(count);
    },
  };
}
