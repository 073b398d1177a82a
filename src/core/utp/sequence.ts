// Sequence numbers are of 16 bits and go round. Of two, the one that lies less than half of them ahead is later.

/** The number after it. */
export function next(sequence: number): number {
  return (sequence + 1) & SEQUENCES;
}

/** From `from` on to `to`; below zero where `to` is the earlier one. */
export function distance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** All of a sequence number's bits. */
export const SEQUENCES = 0xffff;
