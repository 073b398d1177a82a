import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

function setUp(max: number) {
  const turns = new Turns(max);
  const begun: string[] = [];
  const take = (name: string) => turns.take(() => begun.push(name));
  return { turns, begun, take };
}

test('so many have their turn, the others in the order in which they came', () => {
  const { begun, take } = setUp(2);
  const [a, b] = [take('a'), take('b'), take('c'), take('d')];
  expect(begun).toEqual(['a', 'b']);
  b!.end();
  b!.end();
  expect(begun).toEqual(['a', 'b', 'c']);
  a!.end();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('one that does not want its turn any more takes none', () => {
  const { begun, take } = setUp(1);
  const a = take('a');
  const b = take('b');
  take('c');
  b.end();
  a.end();
  expect(begun).toEqual(['a', 'c']);
});

test('one that ends within its turn makes room for the next', () => {
  const turns = new Turns(1);
  const begun: number[] = [];
  for (let i = 0; i < 10_000; i++)
    turns.take(turn => {
      begun.push(i);
      turn.end();
    });
  expect(begun).toHaveLength(10_000);
});

test('there may be more at a time, or fewer, from any moment on', () => {
  const { turns, begun, take } = setUp(1);
  const taken = ['a', 'b', 'c', 'd'].map(take);
  turns.setMax(3);
  expect(begun).toEqual(['a', 'b', 'c']);
  turns.setMax(1);
  taken[0]!.end();
  taken[1]!.end();
  expect(begun).toEqual(['a', 'b', 'c']);
  taken[2]!.end();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});
