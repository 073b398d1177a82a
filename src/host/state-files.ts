// Small files in which a program remembers things from one run to the next. Control plane: promises.

export interface StateFiles {
  /** The names of the files in a folder; none where there is no such folder. @throws SwarmlineError `STATE_UNREADABLE` */
  list(folder: string): Promise<readonly string[]>;
  /** Undefined where there is no such file. @throws SwarmlineError `STATE_UNREADABLE` */
  read(folder: string, name: string): Promise<Uint8Array | undefined>;
  /**
   * Puts a file in the place of the old one, whole or not at all, and lastingly; makes the folder where it is not there.
   * @throws SwarmlineError `STATE_NOT_WRITTEN`
   */
  write(folder: string, name: string, bytes: Uint8Array): Promise<void>;
  /** Removes files, lastingly; nothing happens where one is not there. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  remove(folder: string, names: readonly string[]): Promise<void>;
}
