// What a torrent mostly is, told by its files' names: that of which there are most bytes.

import { mediaTypeOf } from '../media-type.ts';

export interface SizedFile {
  readonly path: readonly string[];
  readonly length: number;
}

export function mimeTypeOf(files: readonly SizedFile[]): string {
  const lengths = new Map<string, number>();
  for (const { path, length } of files) {
    const type = mediaTypeOf(path.at(-1) ?? '').split(';', 1)[0]!;
    lengths.set(type, (lengths.get(type) ?? 0) + length);
  }
  let [most, mostBytes] = ['application/octet-stream', -1];
  for (const [type, bytes] of lengths) if (bytes > mostBytes) [most, mostBytes] = [type, bytes];
  return most;
}
