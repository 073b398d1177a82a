import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockFolder } from './folder-lock.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'swarmline-lock-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it('gives a folder to one alone, until it is released', async () => {
  const state = join(folder(), 'state');
  const lock = await lockFolder(state);
  await expect(lockFolder(state)).rejects.toMatchObject({
    code: 'STATE_LOCKED',
    message: expect.stringContaining(`(process ${process.pid}) uses "${state}"`),
  });
  await lock.release();
  const again = await lockFolder(state);
  await again.release();
  expect(readdirSync(state)).toEqual([]);
});

it('is never held by two, however many want it at once', async () => {
  const state = folder();
  for (let round = 0; round < 20; round++) {
    const locks = await Promise.allSettled(Array.from({ length: 5 }, () => lockFolder(state)));
    const held = locks.filter(({ status }) => status === 'fulfilled');
    expect(held.length).toBeLessThanOrEqual(1);
    for (const lock of locks) if (lock.status === 'fulfilled') await lock.value.release();
  }
});

it.skipIf(process.platform === 'win32')('is left behind by nobody who was killed', async () => {
  const state = folder();
  const holder = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(join(state, 'lock-1-aa'))}, () => console.log('held'))`,
  ]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  await expect(lockFolder(state)).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  holder.kill('SIGKILL');
  await once(holder, 'close');
  // Its name is there still.
  expect(readdirSync(state)).toEqual(['lock-1-aa']);
  const lock = await lockFolder(state);
  expect(readdirSync(state)).toHaveLength(1);
  await lock.release();
});

it('works where the folder’s path is longer than a socket’s name may be', async () => {
  const state = join(folder(), 'deep'.repeat(30));
  const lock = await lockFolder(state);
  await expect(lockFolder(state)).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  await lock.release();
});
