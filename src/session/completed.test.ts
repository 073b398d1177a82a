import { expect, test } from 'vitest';
import { SwarmlineError } from '../core/errors.ts';
import { type CompletingTorrent, completed } from './completed.ts';
import { Events } from './events.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';

class ScriptedTorrent implements CompletingTorrent {
  state: SessionTorrentState = 'downloading';
  error: SwarmlineError | undefined;
  isComplete = false;
  listening = 0;
  readonly events = new Events<SessionTorrentEvents>(fault => {
    throw fault;
  });

  stats() {
    return { isComplete: this.isComplete };
  }

  on<Name extends 'complete' | 'error' | 'state'>(
    name: Name,
    listener: (event: SessionTorrentEvents[Name]) => void,
  ): () => void {
    this.listening++;
    const off = this.events.on(name, listener);
    return () => {
      this.listening--;
      off();
    };
  }

  enter(state: SessionTorrentState): void {
    this.state = state;
    this.events.emit('state', state);
  }
}

test('waits for the event, and listens no longer then', async () => {
  const torrent = new ScriptedTorrent();
  const waiting = completed(torrent);
  torrent.enter('paused');
  torrent.enter('downloading');
  torrent.events.emit('complete', { wasThere: false });
  await expect(waiting).resolves.toBeUndefined();
  expect(torrent.listening).toBe(0);
});

test('is there at once where everything is', async () => {
  const torrent = new ScriptedTorrent();
  torrent.isComplete = true;
  torrent.state = 'seeding';
  await expect(completed(torrent)).resolves.toBeUndefined();
  expect(torrent.listening).toBe(0);
});

test('ends with what stopped the torrent', async () => {
  const full = new SwarmlineError('DISK_FULL', 'The disk is full.');
  const failing = new ScriptedTorrent();
  const waiting = completed(failing);
  failing.events.emit('error', full);
  await expect(waiting).rejects.toBe(full);
  failing.state = 'failed';
  failing.error = full;
  await expect(completed(failing)).rejects.toBe(full);

  const closed = new ScriptedTorrent();
  const other = completed(closed);
  closed.enter('closed');
  await expect(other).rejects.toMatchObject({ code: 'TORRENT_CLOSED' });
  expect([failing.listening, closed.listening]).toEqual([0, 0]);
});

test('ends with the reason of its signal, and the torrent goes on', async () => {
  const torrent = new ScriptedTorrent();
  const controller = new AbortController();
  const waiting = completed(torrent, { signal: controller.signal });
  controller.abort('enough');
  await expect(waiting).rejects.toBe('enough');
  await expect(completed(torrent, { signal: controller.signal })).rejects.toBe('enough');
  expect([torrent.listening, torrent.state]).toEqual([0, 'downloading']);
});
