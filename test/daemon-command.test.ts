// `swarmline daemon` as it is run: configured, told to read that anew, locked out, and killed.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { ask, testFolder } from './daemon-program.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const KILLS = 8;
const SEED = 20_261_126;
const ID = 'ab'.repeat(20);

interface Started {
  readonly process: SwarmlineProcess;
  readonly url: string;
}

describe.skipIf(process.platform === 'win32')('swarmline daemon', { timeout: 60_000 }, () => {
  it('reads its configuration anew on SIGHUP, and goes on with the old where the new is wrong', async () => {
    const folder = testFolder();
    write(folder, 'limit-up = "1K"\nmax-active = 3\n');
    const { process: daemon, url } = await started(folder);
    const limits = async () => (await ask(url, 'session.get', {})).limits;
    expect(await limits()).toMatchObject({ uploadBytesPerSecond: 1024, maxActive: 3, maxChecking: 4 });
    await ask(url, 'session.set', { limits: { uploadBytesPerSecond: 5, maxActive: 5 } });

    write(folder, 'limit-up = "2K"\nmax-active = 3\nallocate = "full"\nlog-level = "warn"\n');
    daemon.signal('SIGHUP');
    await daemon.said(/What is new of "allocate" holds when the daemon is started again/, 'err');
    // What is new holds; what was set by hand and is as before in the file does not change.
    await expect.poll(limits).toMatchObject({ uploadBytesPerSecond: 2048, maxActive: 5 });

    write(folder, 'limit-up = "3K"\nmax-activ = 3\n');
    daemon.signal('SIGHUP');
    await daemon.said(/did you mean "max-active"\? The daemon goes on as it was/, 'err');
    expect(await limits()).toMatchObject({ uploadBytesPerSecond: 2048, maxActive: 5 });
    expect(await daemon.interrupted()).toBe(0);

    // The same in its next run; then the file says something else.
    write(folder, 'limit-up = "2K"\nmax-active = 3\n');
    const second = await started(folder);
    expect((await ask(second.url, 'session.get', {})).limits).toMatchObject({ maxActive: 5 });
    await second.process.interrupted();
    write(folder, 'limit-up = "2K"\nmax-active = 4\n');
    const third = await started(folder);
    expect((await ask(third.url, 'session.get', {})).limits).toMatchObject({
      uploadBytesPerSecond: 2048,
      maxActive: 4,
    });
  });

  it('shares its state with no other, and leaves no lock behind where it is killed', async () => {
    const folder = testFolder();
    write(folder, '');
    const { process: first } = await started(folder);
    const other = new SwarmlineProcess(args(folder));
    expect(await other.ended()).toBe(1);
    expect(other.err).toMatch(/Another daemon \(process \d+\) uses ".*state"/);
    first.signal('SIGKILL');
    await first.exited;
    const { process: next } = await started(folder);
    expect(await next.interrupted()).toBe(0);
  });

  it('takes any port for peers where the usual one is taken, and fails where one was asked for', async () => {
    const taken = createServer();
    onTestFinished(() => void taken.close());
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const folder = testFolder();
    const common = ['daemon', '--bind', '127.0.0.1', '--rpc-port', '0', ...folders(folder)];
    const refused = new SwarmlineProcess([...common, '--port', `${port}`]);
    expect(await refused.ended()).toBe(1);
    expect(refused.err).toContain(`${port}`);
    // Whether the usual one is free here or not: it starts.
    const daemon = new SwarmlineProcess(common);
    const [url] = await daemon.said(/http:\/\/127\.0\.0\.1:\d+/);
    expect((await ask(url, 'session.get', {})).listening).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await daemon.interrupted()).toBe(0);
  });

  it('makes a token where it answers beyond this machine, and keeps it to itself', async () => {
    const folder = testFolder();
    write(folder, 'rpc-host = "0.0.0.0"\n');
    const { process: daemon } = await started(folder, '0.0.0.0');
    const path = join(folder, 'state', 'token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const token = readFileSync(path, 'utf8').trim();
    expect(token.length).toBeGreaterThan(30);
    expect(daemon.transcript()).not.toContain(token);
    const url = `http://127.0.0.1:${/:(\d+)\//.exec(daemon.out)![1]}`;
    await expect(ask(url, 'session.get', {})).rejects.toMatchObject({ status: 401 });
    await ask(url, 'session.get', {}, token);
    // `ctl` of the same user knows it.
    write(
      folder,
      `rpc-host = "0.0.0.0"\nrpc-port = ${new URL(url).port}\nstate-folder = '${join(folder, 'state')}'\n`,
    );
    const ctl = new SwarmlineProcess(['ctl', 'stats'], { SWARMLINE_CONFIG: join(folder, 'config.toml') });
    expect(await ctl.ended(), ctl.transcript()).toBe(0);
  });

  it(`keeps what it has answered for, killed ${KILLS} times amid changes (seed ${SEED})`, async () => {
    const folder = testFolder();
    write(folder, '');
    const random = seededRandom(SEED);
    let label = 0;
    let answered = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { process: daemon, url } = await started(folder);
      if (kill === 0) await ask(url, 'torrents.add', { magnet: ID, isPaused: true });
      else {
        const row = (await ask(url, 'torrents.get', { id: ID })) as { labels: string[]; state: string };
        const { maxActive } = (await ask(url, 'session.get', {})).limits;
        // The last that was answered for, or the one that was under way.
        expect([`${answered}`, `${answered + 1}`]).toContain(row.labels[0]);
        expect([answered, answered + 1]).toContain(maxActive);
        expect(row.state).toBe('paused');
        label = Math.max(Number(row.labels[0]), maxActive!);
      }
      const end = label + 3 + random.below(12);
      const changing = (async () => {
        for (;;) {
          label++;
          await Promise.all([
            ask(url, 'torrents.set', { ids: [ID], labels: [`${label}`] }),
            ask(url, 'session.set', { limits: { maxActive: label } }),
          ]);
          answered = label;
          if (label === end) setTimeout(() => daemon.signal('SIGKILL'), random.below(10));
        }
      })();
      await changing.catch(() => {});
      expect(await daemon.exited).toBe('SIGKILL');
    }
  });
});

function args(folder: string): string[] {
  return [
    'daemon',
    '--config',
    join(folder, 'config.toml'),
    '--port',
    '0',
    '--bind',
    '127.0.0.1',
    ...folders(folder),
  ];
}

function folders(folder: string): string[] {
  return ['--state-folder', join(folder, 'state'), '--download-dir', join(folder, 'downloads')];
}

async function started(folder: string, host = '127.0.0.1'): Promise<Started> {
  const daemon = new SwarmlineProcess(args(folder), { SWARMLINE_DAEMON_RPC_PORT: '0' });
  const [, port] = await daemon.said(new RegExp(`http://${host.replaceAll('.', '\\.')}:(\\d+)/`));
  return { process: daemon, url: `http://${host}:${port}` };
}

function write(folder: string, entries: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.toml'), `[daemon]\n${entries}`);
}
