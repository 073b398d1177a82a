// The README's TypeScript, run as it stands: one block after the other in one module, in a folder that has what they speak of.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './interop/peers.ts';
import { noise } from './torrents.ts';

/** Every block of a page in this language. */
function blocksOf(page: string, language: string): string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(
    new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'),
  );
  return [...blocks].map(([, block]) => block!);
}

it('has examples that compile and run one after the other', { timeout: 120_000 }, async () => {
  const blocks = blocksOf('README.md', 'ts');
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'album'));
  writeFileSync(join(folder, 'album', 'song'), noise(3_000_000, 1));
  // The package, as whoever installs it has it: by its name.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules', 'swarmline'), 'dir');
  symlinkSync(resolve('node_modules/@types'), join(folder, 'node_modules', '@types'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

  const [create, exchange, stream, ...others] = blocks;
  expect(others).toEqual([]);
  // Around them is what they take for granted: a peer that has the data, and whoever is answered.
  const module = [
    "import { seedFor } from './peer.js';",
    create!,
    'const peer = await seedFor(metainfo);',
    exchange!.replace("{ host: '192.168.1.4', port: 6881 }", 'peer.address'),
    'const response = { bytes: 0, write(chunk: Uint8Array) { this.bytes += chunk.length; } };',
    'const { signal } = new AbortController();',
    stream!,
    'console.log(response.bytes, torrent.stats().isComplete);',
    'await session.close();',
    'await host.disk.close();',
    'await peer.close();',
  ].join('\n');
  // Imports may stand anywhere; a second module has the peer, so that its names are its own.
  writeFileSync(join(folder, 'readme.ts'), module);
  writeFileSync(
    join(folder, 'peer.ts'),
    `
import { type Metainfo, nodeHost, Session } from 'swarmline';
export async function seedFor(info: Metainfo) {
  const host = nodeHost();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, host);
  const address = (await session.listen())!;
  await session.add({ info, downloadDir: '.' }).completed();
  return { address, close: async () => { await session.close(); await host.disk.close(); } };
}
`,
  );
  const compile = [
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--strict',
    '--noUncheckedIndexedAccess',
    'false',
  ];
  const tsc = spawnSync(
    process.execPath,
    [resolve('node_modules/typescript/bin/tsc'), ...compile, '--types', 'node', 'readme.ts'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect(tsc.stdout).toBe('');
  const out = execFileSync(process.execPath, ['readme.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(out.trim().split('\n')).toEqual([
    expect.stringMatching(/^[0-9a-f]{40} [0-9a-f]{64} 1$/),
    '2000000 true',
  ]);
});
