// What the daemon says, by the types that it is made from: nothing of the daemon's code comes into the page.

import type * as methods from '../../../src/rpc/methods.ts';

export type { Changes, FileRow, PeerRow, TorrentDetails, TorrentRow } from '../../../src/rpc/methods.ts';

export type SessionFacts = methods.SessionFacts;
export type TrackerRow = methods.TrackerRow;
export type LogLine = methods.TorrentLogLine;
export type TorrentState = methods.TorrentRow['state'];
export type FilePriority = methods.FileRow['priority'];
export type PieceCells = methods.Result<'torrents.pieces'>;
export type Creation = methods.Result<'create.get'>;
