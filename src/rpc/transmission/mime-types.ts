// What a torrent mostly is, told by the ends of its files' names: that of which there are most bytes.

export interface SizedFile {
  readonly path: readonly string[];
  readonly length: number;
}

export function mimeTypeOf(files: readonly SizedFile[]): string {
  const lengths = new Map<string, number>();
  for (const { path, length } of files) {
    const type =
      TYPES.get(/\.([a-z0-9]{1,5})$/i.exec(path.at(-1) ?? '')?.[1]?.toLowerCase() ?? '') ?? UNKNOWN;
    lengths.set(type, (lengths.get(type) ?? 0) + length);
  }
  let [most, mostBytes] = [UNKNOWN, -1];
  for (const [type, bytes] of lengths) if (bytes > mostBytes) [most, mostBytes] = [type, bytes];
  return most;
}

const UNKNOWN = 'application/octet-stream';
/** Media types of IANA's registry, for what is shared most. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['7z', 'application/x-7z-compressed'],
  ['aac', 'audio/aac'],
  ['apk', 'application/vnd.android.package-archive'],
  ['avi', 'video/x-msvideo'],
  ['bz2', 'application/x-bzip2'],
  ['deb', 'application/vnd.debian.binary-package'],
  ['epub', 'application/epub+zip'],
  ['flac', 'audio/flac'],
  ['gif', 'image/gif'],
  ['gz', 'application/gzip'],
  ['htm', 'text/html'],
  ['html', 'text/html'],
  ['iso', 'application/x-iso9660-image'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['json', 'application/json'],
  ['m4a', 'audio/mp4'],
  ['m4v', 'video/mp4'],
  ['mkv', 'video/x-matroska'],
  ['mov', 'video/quicktime'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
  ['mpg', 'video/mpeg'],
  ['ogg', 'audio/ogg'],
  ['ogv', 'video/ogg'],
  ['opus', 'audio/ogg'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['rar', 'application/vnd.rar'],
  ['srt', 'application/x-subrip'],
  ['tar', 'application/x-tar'],
  ['ts', 'video/mp2t'],
  ['txt', 'text/plain'],
  ['wav', 'audio/wav'],
  ['webm', 'video/webm'],
  ['webp', 'image/webp'],
  ['xz', 'application/x-xz'],
  ['zip', 'application/zip'],
  ['zst', 'application/zstd'],
]);
