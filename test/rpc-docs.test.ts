// docs/rpc.md, held against the methods: each is there, and what it shows as asked and answered is what the schemas take.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METHODS } from '../src/rpc/methods.ts';

const TEXT = readFileSync('docs/rpc.md', 'utf8');

it('has every method, and no other', () => {
  const described = [...TEXT.matchAll(/^### (\S+)$/gm)].map(([, name]) => name);
  expect(described.toSorted()).toEqual(Object.keys(METHODS).toSorted());
});

it.each(Object.entries(METHODS))('shows what %s is asked and what it answers', (name, { params, result }) => {
  const section = TEXT.split(`\n### ${name}\n`)[1]!.split(/\n##/)[0]!;
  const [asked, answered] = [...section.matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, text]) =>
    JSON.parse(text!),
  );
  expect(params.safeParse(asked)).toMatchObject({ success: true });
  expect(result.safeParse(answered)).toMatchObject({ success: true });
});
