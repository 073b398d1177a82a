// The methods of Transmission's RPC, by their names since 4.1, and what each does.

import type { LibraryTorrent } from '../../daemon/library.ts';
import { ACTIONS, remembered } from '../actions.ts';
import { reachView } from '../reach-view.ts';
import { addTorrent } from './add.ts';
import type { Arguments } from './arguments.ts';
import { groupsNamed, setGroup } from './groups.ts';
import { asksForRecent, torrentsOf } from './ids.ts';
import type { NameStyle, OldNames } from './names.ts';
import { renamePath, setLocation } from './place.ts';
import { RpcFault } from './rpc-fault.ts';
import { readSession, type SessionContext, writeSession } from './session-fields.ts';
import { sessionStats } from './session-stats.ts';
import { askedFields } from './torrent-fields.ts';
import { setTorrent } from './torrent-settings.ts';
import { TorrentView } from './torrent-view.ts';

export interface Method {
  /** An object, or nothing; or the promise of one. */
  call(given: Arguments, context: SessionContext): unknown;
  /** How the fields of its answer were called before 4.1; `asked`: the method has named them itself. @default camel */
  readonly style?: NameStyle | 'asked';
  readonly oldNames?: OldNames;
}

export const METHODS: Readonly<Record<string, Method>> = {
  torrent_start: eachStopped(({ torrent }) => {
    torrent.setForced(false);
    torrent.resume();
  }),
  torrent_start_now: eachStopped(({ torrent }) => {
    torrent.setForced(true);
    torrent.resume();
  }),
  torrent_stop: each((entry, { register }) => {
    register.notesOf(entry).stopsAfterCheck = false;
    entry.torrent.pause();
  }),
  torrent_verify: each((entry, { register }) => {
    // It is hashed as one that runs: who was stopped is stopped again.
    if (entry.torrent.state === 'paused' && entry.torrent.info !== undefined)
      register.notesOf(entry).stopsAfterCheck = true;
    entry.torrent.recheck();
  }),
  torrent_reannounce: each(({ torrent }) => torrent.reannounce()),
  torrent_set: {
    call: async (given, context) => {
      const entries = torrentsOf(given, context);
      try {
        await eachDone(entries, entry => setTorrent(entry, given, context));
      } finally {
        await remembered(context.daemon, entries);
      }
    },
  },
  torrent_get: { style: 'asked', call: getTorrents },
  torrent_add: {
    call: addTorrent,
    oldNames: { torrent_added: 'torrent-added', torrent_duplicate: 'torrent-duplicate' },
  },
  torrent_remove: {
    call: async (given, context) => {
      const { daemon } = context;
      const deleteData = given.flag('delete_local_data') ?? false;
      try {
        await eachDone(torrentsOf(given, context), entry => daemon.library.remove(entry, deleteData));
      } finally {
        await daemon.saved();
      }
    },
  },
  torrent_set_location: {
    call: async (given, context) => {
      const location = given.text('location');
      if (location === undefined) throw new RpcFault('INVALID_PARAMS', 'no location');
      const moves = given.flag('move') ?? false;
      await eachDone(torrentsOf(given, context), entry => setLocation(entry, location, moves, context));
    },
  },
  torrent_rename_path: {
    call: (given, context) => {
      const [entry, ...others] = torrentsOf(given, context);
      if (entry === undefined || others.length > 0)
        throw new RpcFault('INVALID_PARAMS', 'torrent-rename-path requires 1 torrent');
      return renamePath(entry, given, context);
    },
  },
  session_get: { style: 'asked', call: (given, context) => readSession(given.list('fields'), context) },
  session_set: {
    call: async (given, context) => {
      try {
        await writeSession(given, context);
      } finally {
        await context.daemon.saved();
        await context.settings.saved();
      }
    },
  },
  session_stats: {
    call: (_, context) => sessionStats(context),
    oldNames: { cumulative_stats: 'cumulative-stats', current_stats: 'current-stats' },
  },
  session_close: {
    call: (_, { close }) => {
      if (close === undefined)
        throw new RpcFault(
          'SYSTEM_ERROR',
          'This daemon is not for its clients to end: ask whoever started it.',
        );
      close();
    },
  },
  port_test: {
    style: 'hyphens',
    call: (_, { daemon }) => {
      const { isReachable, verdict } = reachView(daemon.session.reach);
      if (isReachable === null)
        throw new RpcFault(
          'HTTP_ERROR',
          `Swarmline asks nobody outside whether its port is open. ${verdict}`,
        );
      return { port_is_open: isReachable };
    },
  },
  blocklist_update: {
    call: () => {
      throw new RpcFault(
        'SYSTEM_ERROR',
        'The list is a file of whoever runs the daemon, which reads it anew on SIGHUP.',
      );
    },
  },
  free_space: {
    style: 'hyphens',
    oldNames: { total_size: 'total_size' },
    call: async (given, { daemon, diskSpace, isAbsolutePath }) => {
      const path = given.text('path');
      if (path === undefined) throw new RpcFault('INVALID_PARAMS', 'directory path argument is missing');
      if (!isAbsolutePath(path)) throw new RpcFault('PATH_NOT_ABSOLUTE', 'directory path is not absolute');
      const space = await diskSpace(await daemon.deps.admitFolder(path));
      if (space === undefined)
        throw new RpcFault('SYSTEM_ERROR', `It cannot be told how much room ${path} has.`);
      return { path, size_bytes: space.free, total_size: space.total };
    },
  },
  queue_move_top: moveInQueue('top'),
  queue_move_up: moveInQueue('up'),
  queue_move_down: moveInQueue('down'),
  queue_move_bottom: moveInQueue('bottom'),
  group_get: {
    style: 'hyphens',
    oldNames: { honors_session_limits: 'honorsSessionLimits' },
    call: (given, context) => ({ group: groupsNamed(given.get('name'), context) }),
  },
  group_set: {
    call: async (given, context) => {
      setGroup(given, context);
      await context.settings.saved();
    },
  },
};

function getTorrents(given: Arguments, context: SessionContext): object {
  const { isOld, register } = context;
  const asked = given.list('fields');
  if (asked === undefined) throw new RpcFault('INVALID_PARAMS', 'no fields specified');
  const fields = askedFields(asked, isOld);
  const views = torrentsOf(given, context).map(entry => new TorrentView(entry, context));
  const torrents =
    given.text('format') === 'table'
      ? [fields.map(({ name }) => name), ...views.map(view => fields.map(field => field.read(view)))]
      : views.map(view => Object.fromEntries(fields.map(field => [field.name, field.read(view)])));
  return { torrents, ...(asksForRecent(given) && { removed: register.recentlyRemoved() }) };
}

function each(act: (entry: LibraryTorrent, context: SessionContext) => void): Method {
  return {
    call: async (given, context) => {
      const entries = torrentsOf(given, context);
      // Those that come first in the queue first.
      entries.sort((a, b) => a.torrent.queuePosition - b.torrent.queuePosition);
      for (const entry of entries) {
        act(entry, context);
        context.daemon.library.touch(entry);
      }
      await remembered(context.daemon, entries);
    },
  };
}

function eachStopped(act: (entry: LibraryTorrent, context: SessionContext) => void): Method {
  return each((entry, context) => {
    context.register.notesOf(entry).stopsAfterCheck = false;
    const { state } = entry.torrent;
    if (state === 'paused' || state === 'failed') act(entry, context);
  });
}

/** All are tried, whatever becomes of one. @throws what the first of those that failed has thrown */
async function eachDone(
  entries: readonly LibraryTorrent[],
  act: (entry: LibraryTorrent) => Promise<void>,
): Promise<void> {
  for (const done of await Promise.allSettled(entries.map(act)))
    if (done.status === 'rejected') throw done.reason;
}

function moveInQueue(to: 'top' | 'up' | 'down' | 'bottom'): Method {
  return {
    call: async (given, context) => {
      const ids = torrentsOf(given, context).map(({ id }) => id);
      await ACTIONS['torrents.queue']({ ids, to }, context);
    },
  };
}
