import { expect, it } from 'vitest';
import { sharedNames } from './shared-names.ts';

/** A resolver that answers when it is told to. */
function slowNames() {
  const asked: string[] = [];
  const settle = new Map<string, { found: () => void; failed: (error: Error) => void }>();
  return {
    asked,
    settle,
    resolve: (name: string) => {
      asked.push(name);
      return new Promise<readonly string[]>((resolve, reject) =>
        settle.set(name, { found: () => resolve([`of ${name}`]), failed: reject }),
      );
    },
  };
}

/** Until all that waits for nothing else has happened. */
const settled = () => new Promise<void>(resolve => setImmediate(resolve));

it('asks once for a name that is wanted twice at a time, and again afterwards', async () => {
  const slow = slowNames();
  const names = sharedNames(slow);
  const both = ['a.example', 'A.Example.'].map(name => names.resolve(name));
  await settled();
  expect(slow.asked).toEqual(['a.example']);
  slow.settle.get('a.example')!.found();
  expect(await Promise.all(both)).toEqual([['of a.example'], ['of a.example']]);
  const again = names.resolve('a.example');
  await settled();
  expect(slow.asked).toEqual(['a.example', 'a.example']);
  slow.settle.get('a.example')!.failed(new Error('gone'));
  await expect(again).rejects.toThrow('gone');
});

it('looks up so many at a time, in the order in which they were asked for, whether they are found or not', async () => {
  const slow = slowNames();
  const names = sharedNames(slow, { max: 2 });
  const all = ['a', 'b', 'c', 'd', 'e'].map(name => names.resolve(name).catch(() => 'none'));
  await settled();
  expect(slow.asked).toEqual(['a', 'b']);
  slow.settle.get('b')!.failed(new Error('none'));
  await settled();
  expect(slow.asked).toEqual(['a', 'b', 'c']);
  for (const [name, after] of [
    ['a', 'abcd'],
    ['c', 'abcde'],
    ['d', 'abcde'],
    ['e', 'abcde'],
  ] as const) {
    slow.settle.get(name)!.found();
    await settled();
    expect(slow.asked.join('')).toBe(after);
  }
  expect(await Promise.all(all)).toEqual([['of a'], 'none', ['of c'], ['of d'], ['of e']]);
});

it('turns away what would wait behind too many, and only that', async () => {
  const slow = slowNames();
  const names = sharedNames(slow, { max: 1, maxWaiting: 1 });
  const [a, b] = ['a', 'b'].map(name => names.resolve(name));
  await expect(names.resolve('c')).rejects.toMatchObject({ code: 'NAME_NOT_FOUND' });
  const [sameA, sameB] = ['a', 'b'].map(name => names.resolve(name));
  slow.settle.get('a')!.found();
  await settled();
  slow.settle.get('b')!.found();
  expect(await Promise.all([a, b, sameA, sameB])).toEqual([['of a'], ['of b'], ['of a'], ['of b']]);
  const c = names.resolve('c');
  await settled();
  slow.settle.get('c')!.found();
  expect(await c).toEqual(['of c']);
});
