// Of a tracker's URL what may be shown and counted by: neither a name and password nor a key in its path.

/** In lower case; undefined where it has none. */
export function hostOf(url: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(url)?.[1]?.toLowerCase();
}
