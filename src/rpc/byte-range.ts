// Which bytes of a file a request wants. RFC 9110, section 14: one range; of several the whole file is sent, as is allowed.

export interface ByteRange {
  readonly start: number;
  /** One past the last. */
  readonly end: number;
}

/** Undefined: the whole file. `unsatisfiable`: none of its bytes. What cannot be understood is as if it were not there. */
export function rangeOf(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const count = Number(last);
    return count === 0 || length === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, length - count), end: length };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= length) return 'unsatisfiable';
  return { start, end: last === '' ? length : Math.min(length, Number(last) + 1) };
}
