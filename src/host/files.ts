// Looking at folders and files, to make a torrent of them and to check one. Control plane: promises.

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  /** Bytes. */
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** By its owner: as libtorrent has it, so that info hashes agree. */
  readonly isExecutable: boolean;
  /** The same for two paths that lead to one file or folder; of a file in a listing it may be empty. */
  readonly identity: string;
}

export interface FolderEntry extends FileFacts {
  readonly name: string;
  readonly path: string;
}

export interface Files {
  /**
   * What stands at a path, a symlink as itself unless `follow`; undefined where there is nothing.
   * @throws SwarmlineError `FILE_UNREADABLE`
   */
  look(path: string, options?: { readonly follow?: boolean }): Promise<FileFacts | undefined>;
  /** @throws SwarmlineError `FILE_UNREADABLE`, `FILE_MISSING` */
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** Where a symlink leads, as it is written. */
  readLink(path: string): Promise<string>;
  /** The absolute form of a path. */
  resolve(...parts: readonly string[]): string;
  /** The way from a folder to a path inside it, as elements; undefined where it is not inside. */
  elementsBelow(folder: string, path: string): readonly string[] | undefined;
  /** The last element of a path. */
  nameOf(path: string): string;
}
