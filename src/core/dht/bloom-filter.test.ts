import { expect, it } from 'vitest';
import { addressBytes } from '../bytes/compact-address.ts';
import { toHex } from '../bytes/hex.ts';
import { enterAddress, estimateCount, FILTER_LENGTH, joinFilter } from './bloom-filter.ts';

// BEP 33, "Test Vectors".
const VECTOR = `
 F6C3F5EA A07FFD91 BDE89F77 7F26FB2B FF37BDB8 FB2BBAA2 FD3DDDE7 BACFFF75 EE7CCBAE
 FE5EEDB1 FBFAFF67 F6ABFF5E 43DDBCA3 FD9B9FFD F4FFD3E9 DFF12D1B DF59DB53 DBE9FA5B
 7FF3B8FD FCDE1AFB 8BEDD7BE 2F3EE71E BBBFE93B CDEEFE14 8246C2BC 5DBFF7E7 EFDCF24F
 D8DC7ADF FD8FFFDF DDFFF7A4 BBEEDF5C B95CE81F C7FCFF1F F4FFFFDF E5F7FDCB B7FD79B3
 FA1FC77B FE07FFF9 05B7B7FF C7FEFEFF E0B8370B B0CD3F5B 7F2BD93F EB4386CF DD6F7FD5
 BFAF2E9E BFFFFEEC D67ADBF7 C67F17EF D5D75EBA 6FFEBA7F FF47A91E B1BFBB53 E8ABFB57
 62ABE8FF 237279BF EFBFEEF5 FFC5FEBF DFE5ADFF ADFEE1FB 737FFFFB FD9F6AEF FEEE76B6
 FD8F72EF`;

it('a filter and its estimate are those of BEP 33', () => {
  const filter = new Uint8Array(FILTER_LENGTH);
  const other = new Uint8Array(FILTER_LENGTH);
  for (let i = 0; i < 256; i++) enterAddress(filter, Uint8Array.of(192, 0, 2, i));
  for (let i = 0; i < 1000; i++) enterAddress(other, addressBytes(`2001:db8::${i.toString(16)}`)!);
  joinFilter(filter, other);
  expect(toHex(filter).toUpperCase()).toBe(VECTOR.replaceAll(/\s/g, ''));
  expect(estimateCount(filter)).toBeCloseTo(1224.9309, 4);
});

it('an empty filter has nobody in it', () => {
  expect(estimateCount(new Uint8Array(FILTER_LENGTH))).toBe(0);
});
