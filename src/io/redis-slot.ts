// Where a key lies in a Redis cluster: CRC-16 (XMODEM) of what stands in its first braces, or of all of it, modulo 16,384
// (Redis Cluster specification, "Key distribution model", "Hash tags").

export function clusterSlot(key: string): number {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  const isTagged = open >= 0 && close > open + 1;
  const end = isTagged ? close : key.length;
  let crc = 0;
  for (let i = isTagged ? open + 1 : 0; i < end; i++)
    crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >>> 8) ^ (key.charCodeAt(i) & 0xff)]!;
  return crc & (SLOTS - 1);
}

export const SLOTS = 16_384;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});
