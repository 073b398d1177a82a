// The names of Transmission's RPC. Those of 4.1 (snake_case) are the names of this folder's tables; before it each was in
// one of three styles, by no rule. What comes in is understood in any; what goes out is in the style of who asked.

/** Where a name stands: methods and the session's fields had hyphens, a torrent's were in camel case. */
export type NameStyle = 'hyphens' | 'camel';

/** `downloadDir`, `download-dir` and `download_dir` are one name. */
export function snakeName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** As it was before 4.1. */
export function oldName(name: string, style: NameStyle): string {
  const irregular = IRREGULAR.get(name);
  if (irregular !== undefined) return irregular;
  return style === 'hyphens' ? name.replaceAll('_', '-') : camelName(name);
}

/** The same value, its objects' fields with their names of before 4.1. */
export function withOldNames(value: unknown, style: NameStyle, exceptions: OldNames = NONE): unknown {
  if (Array.isArray(value)) return value.map(item => withOldNames(item, style, exceptions));
  if (typeof value !== 'object' || value === null) return value;
  const renamed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value))
    renamed[exceptions[name] ?? oldName(name, style)] = withOldNames(field, style, exceptions);
  return renamed;
}

/** What a method's fields were called, where its style does not say it. */
export type OldNames = Readonly<Record<string, string>>;

function camelName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const NONE: OldNames = {};
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['cache_size_mib', 'cache-size-mb'],
  ['file_count', 'file-count'],
  ['is_utp', 'isUTP'],
  ['peer_limit', 'peer-limit'],
  ['preferred_transports', 'preferred_transports'],
  ['primary_mime_type', 'primary-mime-type'],
  ['seed_ratio_limit', 'seedRatioLimit'],
  ['seed_ratio_limited', 'seedRatioLimited'],
]);
