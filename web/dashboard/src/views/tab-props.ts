// What each tab of a torrent's details is given.

import type { TorrentDetails } from '../api-types.ts';

export interface TabProps {
  readonly details: TorrentDetails;
  /** Something was changed: ask again now. */
  readonly again: () => void;
}
