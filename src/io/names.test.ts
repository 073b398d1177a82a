import { expect, test } from 'vitest';
import { nodeNames, plainIp } from './names.ts';

test('a name becomes its addresses', async () => {
  expect(await nodeNames.resolve('localhost')).toContain('127.0.0.1');
});

test.each(['192.0.2.1', '2001:db8::1'])('the address %s stands for itself', async address => {
  expect(await nodeNames.resolve(address)).toEqual([address]);
});

test('a name that nobody has is said with the name', async () => {
  // RFC 6761: names under "invalid" are nobody's.
  await expect(nodeNames.resolve('tracker.invalid')).rejects.toMatchObject({
    code: 'NAME_NOT_FOUND',
    message: expect.stringMatching(
      /^tracker\.invalid: (there is no host of that name|its name could not be resolved at the moment)\.$/,
    ),
  });
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['nonsense', undefined],
])('%s in plain form is %s', (address, plain) => {
  expect(plainIp(address)).toBe(plain);
});
