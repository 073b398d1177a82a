import { expect, test } from 'vitest';
import { clusterSlot } from './redis-slot.ts';

test('slots are those of the specification', () => {
  // Redis Cluster specification, "Appendix A": the CRC of "123456789" is 0x31C3.
  expect(clusterSlot('123456789')).toBe(0x31c3);
  expect(clusterSlot('foo')).toBe(12_182);
  expect(clusterSlot('{user1000}.following')).toBe(clusterSlot('user1000'));
  expect(clusterSlot('foo{}{bar}')).not.toBe(clusterSlot('bar'));
  expect(clusterSlot('foo{{bar}}zap')).toBe(clusterSlot('{bar'));
  expect(clusterSlot('foo{bar}{zap}')).toBe(clusterSlot('bar'));
});
