import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('each begins when the one before has ended, though that failed', async () => {
  const events: string[] = [];
  const ends: (() => void)[] = [];
  const work = oneAtATime(async (name: string) => {
    events.push(`${name} begins`);
    await new Promise<void>(resolve => ends.push(resolve));
    events.push(`${name} ends`);
    if (name === 'first') throw new Error('no room');
  });
  const [first, second] = [work('first'), work('second')];
  await expect.poll(() => events).toEqual(['first begins']);
  ends[0]!();
  await expect(first).rejects.toThrow('no room');
  await expect.poll(() => events).toEqual(['first begins', 'first ends', 'second begins']);
  ends[1]!();
  await second;
});
