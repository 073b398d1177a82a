// The folders that a daemon watches; what is put there is added as a client would add it.

import type { ActionDeps } from '../rpc/actions.ts';
import { dispatch } from '../rpc/dispatch.ts';
import { type WatchedFolder, WatchFolder, type WatchFolderOptions } from './watch-folder.ts';

export class WatchedFolders {
  readonly #deps: ActionDeps;
  readonly #onWarning: (error: unknown) => void;
  readonly #watched = new Map<string, WatchFolder>();
  readonly #closing = new Set<Promise<void>>();

  constructor(deps: ActionDeps, onWarning: (error: unknown) => void) {
    this.#deps = deps;
    this.#onWarning = onWarning;
  }

  /** In place of those before; what is as it was goes on. */
  set({
    watch = [],
    watchAdded = 'rename',
  }: {
    readonly watch?: readonly WatchedFolder[];
    readonly watchAdded?: WatchFolderOptions['added'];
  }): void {
    const wanted = new Map(watch.map(each => [`${watchAdded}\0${each.label ?? ''}\0${each.folder}`, each]));
    for (const [key, folder] of this.#watched) {
      if (wanted.has(key)) continue;
      this.#watched.delete(key);
      const closing = folder.close();
      this.#closing.add(closing);
      void closing.then(() => this.#closing.delete(closing));
    }
    for (const [key, { folder, label }] of wanted) {
      if (this.#watched.has(key)) continue;
      const watching = new WatchFolder({
        folder,
        label,
        added: watchAdded,
        add: (source, toLabel) => this.#add(source, toLabel),
        onWarning: this.#onWarning,
      });
      this.#watched.set(key, watching);
    }
  }

  async close(): Promise<void> {
    this.set({});
    await Promise.all(this.#closing);
  }

  async #add(source: { torrent: Uint8Array } | { magnet: string }, label: string | undefined): Promise<void> {
    const what = 'torrent' in source ? { torrent: Buffer.from(source.torrent).toString('base64') } : source;
    await dispatch('torrents.add', { ...what, labels: label === undefined ? [] : [label] }, this.#deps);
  }
}
