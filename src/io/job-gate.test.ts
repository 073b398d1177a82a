import { expect, it } from 'vitest';
import { JobGate } from './job-gate.ts';

it('lets jobs pass until it is shut; a change waits for those that are under way, and those that come wait for it', () => {
  const gate = new JobGate();
  const said: string[] = [];
  const job = (name: string) => gate.pass(() => said.push(name));
  let open = () => {};
  job('a');
  job('b');
  gate.shut(opened => {
    said.push('change');
    open = opened;
  });
  job('c');
  expect(said).toEqual(['a', 'b']);
  gate.left();
  expect(said).toEqual(['a', 'b']);
  gate.left();
  expect(said).toEqual(['a', 'b', 'change']);
  job('d');
  open();
  expect(said).toEqual(['a', 'b', 'change', 'c', 'd']);
  gate.left();
  gate.left();
  job('e');
  expect(said.at(-1)).toBe('e');
});

it('makes one change after the other, also one that a waiting job asks for', () => {
  const gate = new JobGate();
  const said: string[] = [];
  const opens: (() => void)[] = [];
  const change = (name: string) =>
    gate.shut(open => {
      said.push(name);
      opens.push(open);
    });
  change('1');
  change('2');
  gate.pass(() => {
    said.push('a');
    change('3');
    gate.left();
  });
  gate.pass(() => said.push('b'));
  expect(said).toEqual(['1']);
  opens[0]!();
  expect(said).toEqual(['1', '2']);
  opens[1]!();
  expect(said).toEqual(['1', '2', 'a', '3']);
  opens[2]!();
  expect(said).toEqual(['1', '2', 'a', '3', 'b']);
});
