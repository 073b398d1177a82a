// Names that nobody answers for, and files: both are Node's threads' work, of which there are four. libuv gives look-ups two
// of them at the most (its "slow I/O"), so that files are opened and written while any number of names hang; this holds it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const dist = new URL('../dist/io/', import.meta.url);
// A network and mounts of its own: there a server of names that never answers can have the place of the system's.
const hasNamespaces =
  spawnSync('unshare', ['-rmn', 'sh', '-c', 'ip link set lo up && mount --bind /etc/hosts /etc/resolv.conf'])
    .status === 0;

test.skipIf(!hasNamespaces)('state is written while twenty names hang', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-names-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const servers = join(folder, 'resolv.conf');
  writeFileSync(servers, 'nameserver 127.0.0.99\noptions timeout:20\n');
  const script = join(folder, 'script.mjs');
  writeFileSync(
    script,
    `import { createSocket } from 'node:dgram';
    import { once } from 'node:events';
    import { nodeNames } from '${new URL('names.js', dist)}';
    import { nodeStateFiles } from '${new URL('state-files.js', dist)}';
    const silent = createSocket('udp4').bind(53, '127.0.0.99');
    await once(silent, 'listening');
    let settled = 0;
    for (let i = 0; i < 20; i++)
      nodeNames.resolve('host' + i + '.example.com').catch(() => {}).finally(() => settled++);
    await once(silent, 'message');
    for (let i = 0; i < 10; i++) await nodeStateFiles.write(${JSON.stringify(folder)}, 'state', new Uint8Array(1000));
    console.log(settled);
    // An exit would wait for the threads.
    process.kill(process.pid, 'SIGKILL');`,
  );
  const command = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const { stdout } = spawnSync('unshare', ['-rmn', 'sh', '-c', command, servers, process.execPath, script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stdout.trim()).toBe('0');
});
