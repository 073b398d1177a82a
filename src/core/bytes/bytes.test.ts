import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, plainBytes } from './bytes.ts';

fc.configureGlobal({ seed: 2026 });

const anyBytes = fc.uint8Array({ maxLength: 20 });

describe('byte strings', () => {
  it('are equal where every byte is', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  it('are not equal where one is the other’s beginning', () => {
    expect(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2, 3]))).toBe(false);
    expect(equalBytes(new Uint8Array([1, 2, 0]), new Uint8Array([1, 2]))).toBe(false);
  });

  it('are joined in order, into new memory', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 6 }), parts => {
        expect([...concatBytes(parts)]).toEqual(parts.flatMap(part => [...part]));
      }),
    );
    const part = new Uint8Array([1]);
    const whole = concatBytes([part]);
    part[0] = 2;
    expect([...whole]).toEqual([1]);
  });

  it('are a view of the same memory where they are no plain ones', () => {
    const plain = new Uint8Array([1, 2]);
    expect(plainBytes(plain)).toBe(plain);
    const buffer = Buffer.from([1, 2, 3]);
    const same = plainBytes(buffer);
    buffer[1] = 9;
    expect(same).toEqual(new Uint8Array([1, 9, 3]));
  });
});
