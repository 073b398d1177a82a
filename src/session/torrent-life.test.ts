// A life by itself, with parts that do what the test says.

import { describe, expect, it } from 'vitest';
import { INFO, LifelessTorrent } from '../../test/lifeless-torrent.ts';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Remembered } from './resume-store.ts';

const NOTHING: Remembered = { resume: undefined, info: undefined };
const NONE = Bitfield.fromBytes(Uint8Array.of(0), 4)!;
const ALL = Bitfield.full(4);
const DISK_FULL = new SwarmlineError('DISK_FULL', 'The disk is full.');

/** Its files are being looked at. */
function checking(options?: { isPaused: boolean }): LifelessTorrent {
  const torrent = new LifelessTorrent('file', options);
  torrent.life.start(NOTHING);
  torrent.opened!();
  torrent.log.length = 0;
  return torrent;
}

function downloading(): LifelessTorrent {
  const torrent = checking();
  torrent.check(NONE);
  torrent.log.length = 0;
  return torrent;
}

/** It waits for its turn: there is no room. */
function queued(): LifelessTorrent {
  const torrent = checking();
  torrent.hasRoom = false;
  torrent.check(NONE);
  torrent.log.length = 0;
  return torrent;
}

describe('a torrent that is added', () => {
  it('is looked at when it is known what is remembered of it, and exchanged', () => {
    const torrent = new LifelessTorrent('file');
    torrent.life.start();
    expect(torrent.news).toEqual(['-> checking']);
    torrent.loaded!(NOTHING);
    expect(torrent.news).toEqual(['open']);
    torrent.opened!();
    expect(torrent.news).toEqual(['check']);
    torrent.check(NONE);
    expect(torrent.news).toEqual(['record: started', 'exchange', '-> downloading', 'ready']);
  });

  it('of which all is there seeds, when its files are finished', () => {
    const torrent = checking();
    torrent.check(ALL);
    expect(torrent.news.slice(0, 4)).toEqual([
      'record: started',
      'exchange',
      'record: was complete',
      'finish',
    ]);
    expect([torrent.life.state, torrent.life.isFinished]).toEqual(['seeding', false]);
    torrent.finishedFiles!();
    expect([torrent.news, torrent.life.isFinished]).toEqual([['complete: was there'], true]);
  });

  it('paused is looked at, and waits', async () => {
    const torrent = checking({ isPaused: true });
    expect(torrent.life.state).toBe('paused');
    torrent.check(NONE);
    expect(torrent.news).toEqual(['wait: TORRENT_PAUSED', 'ready']);
    torrent.life.resume();
    expect(torrent.life.state).toBe('checking');
    await torrent.record();
    torrent.look(false);
    expect(torrent.news).toEqual([
      '-> checking',
      'look',
      'resume as active',
      'record: started',
      'reserve',
      '-> downloading',
    ]);
  });

  it('paused, and resumed while it is looked at, does not begin anew', () => {
    const torrent = checking({ isPaused: true });
    torrent.life.resume();
    torrent.check(NONE);
    expect(torrent.news).toEqual(['-> checking', 'record: started', 'exchange', '-> downloading', 'ready']);
  });

  it('takes its room on the disk as a state of its own', () => {
    const torrent = checking();
    torrent.files.reserveProgress = 0.5;
    expect(torrent.life.state).toBe('allocating');
  });
});

describe('a magnet', () => {
  it('looks for its metadata, paused or where there is no room it does not', () => {
    const magnets = [{}, { isPaused: true }, { hasRoom: false }].map(
      ({ isPaused = false, hasRoom = true }) => {
        const torrent = new LifelessTorrent('magnet', { isPaused });
        torrent.hasRoom = hasRoom;
        torrent.life.start(NOTHING);
        return torrent;
      },
    );
    expect(magnets.map(({ log }) => log)).toEqual([
      ['-> metadata'],
      ['stop: TORRENT_PAUSED', '-> paused'],
      ['stop: TORRENT_QUEUED', '-> queued'],
    ]);
  });

  it('whose metadata comes is looked at, unless a listener has paused it', () => {
    const [one, other] = [new LifelessTorrent('magnet'), new LifelessTorrent('magnet')];
    for (const torrent of [one, other]) torrent.life.start(NOTHING);
    one.engine.infoFound(INFO);
    expect(one.news).toEqual(['-> metadata', 'open']);
    other.info = INFO;
    other.phase = 'checking';
    other.life.pause();
    other.life.infoKnown();
    expect(other.news).not.toContain('open');
  });

  it('whose metadata is remembered is looked at at once', () => {
    const torrent = new LifelessTorrent('magnet');
    torrent.life.start({ resume: undefined, info: INFO });
    expect(torrent.news).toEqual(['open', '-> checking']);
  });

  it('whose metadata is remembered is looked at where it is paused, too, and goes on from there', () => {
    const torrent = new LifelessTorrent('magnet', { isPaused: true });
    torrent.life.start({ resume: undefined, info: INFO });
    expect(torrent.news).toEqual(['open', '-> paused']);
    torrent.opened!();
    torrent.life.resume();
    torrent.check(NONE);
    expect(torrent.life.state).toBe('downloading');
  });

  it('that the queue ends by the listener of its metadata is looked at, and waits then', () => {
    const torrent = new LifelessTorrent('magnet');
    torrent.life.start(NOTHING);
    torrent.info = INFO;
    torrent.phase = 'checking';
    torrent.turn(false);
    torrent.life.infoKnown();
    expect(torrent.news.slice(-2)).toEqual(['-> queued', 'open']);
  });

  it('that is paused and resumed by the listener of its metadata is opened once', async () => {
    const torrent = new LifelessTorrent('magnet');
    torrent.life.start(NOTHING);
    torrent.info = INFO;
    torrent.phase = 'checking';
    torrent.life.pause();
    torrent.life.resume();
    torrent.life.infoKnown();
    await torrent.record();
    torrent.look(false);
    expect(torrent.news.filter(what => what === 'open')).toHaveLength(1);
  });

  it('waits for layers as for metadata', () => {
    const torrent = new LifelessTorrent('magnet');
    torrent.phase = 'layers';
    expect(torrent.life.state).toBe('metadata');
  });
});

describe('a pause', () => {
  it('ends the exchange; what is resumed looks whether somebody has changed the files', async () => {
    const torrent = downloading();
    torrent.life.pause();
    torrent.life.pause();
    expect(torrent.news).toEqual(['stop: TORRENT_PAUSED', '-> paused']);
    torrent.life.resume();
    expect(torrent.news).toEqual(['-> checking']);
    await torrent.record();
    torrent.look(true);
    expect(torrent.news).toEqual(['look', 'resume as checking', 'open']);
  });

  it('while files are looked at gives that up, and begins anew after it', async () => {
    const torrent = checking();
    torrent.life.pause();
    expect([torrent.files.isLooking, torrent.life.state]).toEqual([false, 'paused']);
    torrent.life.resume();
    await torrent.record();
    torrent.look(false);
    torrent.opened!();
    expect(torrent.news.slice(-4)).toEqual(['look', 'resume as checking', 'open', 'check']);
  });

  it('while the record is written stays, and another resume goes on once', async () => {
    const torrent = downloading();
    torrent.life.pause();
    torrent.life.resume();
    torrent.life.pause();
    await torrent.record();
    expect([torrent.life.state, torrent.news.includes('look')]).toEqual(['paused', false]);
    torrent.life.resume();
    torrent.life.pause();
    torrent.life.resume();
    await torrent.record();
    expect(torrent.news.filter(what => what === 'look')).toHaveLength(1);
  });

  it('in the listener of a state ends it there: the older state is not told after the newer', () => {
    const torrent = checking();
    torrent.reactions.set('-> downloading', () => torrent.life.pause());
    torrent.check(NONE);
    expect(torrent.news.filter(what => what.startsWith('->'))).toEqual(['-> downloading', '-> paused']);
    expect(torrent.phase).toBe('stopped');
  });
});

describe('in the queue', () => {
  it('one that was checked waits for its turn, and goes on after a look when it comes', async () => {
    const torrent = queued();
    expect([torrent.life.state, torrent.phase]).toEqual(['queued', 'stopped']);
    torrent.turn(true);
    expect(torrent.life.state).toBe('checking');
    await torrent.record();
    torrent.look(false);
    expect(torrent.life.state).toBe('downloading');
  });

  it('a turn that comes while the record is written waits for it, and ended before it does not come', async () => {
    const torrent = downloading();
    torrent.turn(false);
    expect(torrent.news).toEqual(['stop: TORRENT_QUEUED', '-> queued']);
    torrent.turn(true);
    expect(torrent.news).toEqual(['-> checking']);
    torrent.turn(false);
    await torrent.record();
    expect(torrent.news).toEqual(['stop: TORRENT_QUEUED', '-> queued']);
  });

  it('a turn that ends during a check lets it go on; the wait begins after it', () => {
    const torrent = checking();
    torrent.place.enter('download');
    torrent.turn(false);
    expect([torrent.files.isLooking, torrent.life.state]).toEqual([true, 'queued']);
    torrent.check(NONE);
    expect(torrent.news).toEqual(['-> queued', 'wait: TORRENT_QUEUED', 'ready']);
  });

  it('a turn that comes during a check begins nothing', () => {
    const torrent = checking();
    torrent.place.enter('download');
    torrent.turn(true);
    expect([torrent.news, torrent.life.state]).toEqual([[], 'checking']);
  });

  it('one that was paused meanwhile does not go on; resumed without room it waits', () => {
    const torrent = queued();
    torrent.life.pause();
    expect([torrent.life.state, torrent.place.kind]).toEqual(['paused', undefined]);
    torrent.life.resume();
    expect([torrent.life.state, torrent.news.includes('look')]).toEqual(['queued', false]);
  });

  it('one that is complete waits where there is room for fewer that seed', () => {
    const torrent = downloading();
    torrent.hasRoom = false;
    torrent.complete();
    torrent.finishedFiles!();
    expect(torrent.news).toEqual([
      'record: complete',
      'finish',
      'complete',
      'stop: TORRENT_QUEUED',
      '-> queued',
    ]);
  });

  it('one whose place is gone after the look waits again', async () => {
    const torrent = queued();
    torrent.turn(true);
    await torrent.record();
    torrent.place.isActive = false;
    torrent.look(false);
    expect(torrent.life.state).toBe('queued');
    expect(torrent.news.slice(-3)).toEqual(['resume as active', 'stop: TORRENT_QUEUED', '-> queued']);
  });
});

describe('a failure', () => {
  it('stops it, is told once, and leaves its place', () => {
    const torrent = downloading();
    torrent.life.diskFailed(DISK_FULL);
    torrent.life.diskFailed(DISK_FULL);
    torrent.life.failed(DISK_FULL);
    expect(torrent.news).toEqual(['stop: DISK_FULL', '-> failed', 'error: DISK_FULL']);
    expect([torrent.life.error, torrent.place.kind]).toEqual([DISK_FULL, undefined]);
  });

  it('that is over is tried again: all is looked at once more, when the record is written', async () => {
    const torrent = downloading();
    torrent.life.failed(DISK_FULL);
    torrent.life.resume();
    expect([torrent.life.state, torrent.life.error]).toEqual(['checking', undefined]);
    expect(torrent.news).not.toContain('open');
    await torrent.record();
    torrent.opened!();
    torrent.check(NONE);
    expect(torrent.news.filter(what => !what.startsWith('->'))).toEqual([
      'resume as checking',
      'open',
      'check',
      'record: started',
      'exchange',
      'ready',
    ]);
  });

  it('of the disk that is heard late says nothing about the next time', () => {
    const torrent = downloading();
    torrent.life.pause();
    torrent.life.diskFailed(DISK_FULL);
    expect(torrent.life.state).toBe('paused');
  });

  it('while it is paused is told; what was wanted is still to stand still', () => {
    const torrent = checking({ isPaused: true });
    torrent.life.failed(DISK_FULL);
    expect([torrent.life.state, torrent.life.isPaused]).toEqual(['failed', true]);
    torrent.life.resume();
    expect([torrent.life.state, torrent.life.isPaused]).toEqual(['checking', false]);
  });

  it('when the files are opened or finished ends it', () => {
    const opened = new LifelessTorrent('file');
    opened.life.start(NOTHING);
    opened.opened!(DISK_FULL);
    const finished = downloading();
    finished.complete();
    finished.finishedFiles!(DISK_FULL);
    expect([opened, finished].map(({ life }) => life.error)).toEqual([DISK_FULL, DISK_FULL]);
    expect(finished.life.isFinished).toBe(false);
  });

  it('again before it goes on: it does not', async () => {
    const torrent = downloading();
    torrent.life.failed(DISK_FULL);
    torrent.life.resume();
    torrent.life.failed(DISK_FULL);
    await torrent.record();
    expect([torrent.life.state, torrent.phase]).toEqual(['failed', 'stopped']);
  });
});

describe('a recheck', () => {
  it('forgets what is known when the record is written, and looks at everything; a pause or a failure is over', async () => {
    for (const before of [
      () => {},
      (torrent: LifelessTorrent) => torrent.life.pause(),
      (torrent: LifelessTorrent) => torrent.life.failed(DISK_FULL),
    ]) {
      const torrent = downloading();
      before(torrent);
      torrent.news;
      torrent.life.recheck();
      expect([torrent.life.state, torrent.life.isPaused]).toEqual(['checking', false]);
      expect(torrent.news).not.toContain('forget');
      await torrent.record();
      expect(torrent.news).toEqual(['forget', 'resume as checking', 'open']);
    }
  });

  it('is told at once, and is no other state on the way', async () => {
    const [one, other, third] = [downloading(), checking(), downloading()];
    for (const torrent of [one, other, third]) {
      if (torrent === third) torrent.life.pause();
      torrent.life.recheck();
      await torrent.record();
    }
    const states = [one, other, third].map(({ log }) => log.filter(what => what.startsWith('->')));
    expect(states).toEqual([['-> checking'], [], ['-> paused', '-> checking']]);
  });

  it('that a listener pauses does not begin', async () => {
    const torrent = downloading();
    torrent.reactions.set('-> checking', () => torrent.life.pause());
    torrent.life.recheck();
    await torrent.record();
    expect([torrent.life.state, torrent.news.includes('forget')]).toEqual(['paused', false]);
  });

  it('of a magnet whose metadata has not come does nothing', () => {
    const torrent = new LifelessTorrent('magnet');
    torrent.life.start(NOTHING);
    torrent.life.recheck();
    expect(torrent.news).toEqual(['-> metadata']);
  });

  it('in the place of another that has not begun is one', async () => {
    const torrent = downloading();
    torrent.life.recheck();
    torrent.life.recheck();
    await torrent.record();
    expect(torrent.news.filter(what => what === 'forget')).toHaveLength(1);
  });

  it('while a move of an earlier run goes on waits for it, and looks once', async () => {
    const torrent = new LifelessTorrent('file');
    torrent.life.start(NOTHING);
    const moved = torrent.opened!;
    torrent.life.recheck();
    await torrent.record();
    expect(torrent.news).toContain('forget');
    moved();
    expect(torrent.news).toEqual([]);
    torrent.opened!();
    expect(torrent.news).toEqual(['check']);
  });

  it('of what was complete: it was there', async () => {
    const torrent = downloading();
    torrent.complete();
    torrent.finishedFiles!();
    torrent.life.recheck();
    await torrent.record();
    torrent.opened!();
    torrent.check(ALL);
    torrent.finishedFiles!();
    expect(torrent.news.filter(what => what.startsWith('complete'))).toEqual([
      'complete',
      'complete: was there',
    ]);
  });
});

describe('closed', () => {
  const start = (torrent: LifelessTorrent) => torrent.life.start(NOTHING);
  it.each<[string, () => LifelessTorrent, (torrent: LifelessTorrent) => unknown]>([
    [
      'before it is known what is remembered',
      () => {
        const torrent = new LifelessTorrent('file');
        torrent.life.start();
        return torrent;
      },
      torrent => torrent.loaded!({ resume: undefined, info: INFO }),
    ],
    [
      'while its files are opened',
      () => {
        const torrent = new LifelessTorrent('file');
        start(torrent);
        return torrent;
      },
      torrent => torrent.opened!(),
    ],
    ['while they are looked at', checking, torrent => torrent.check(ALL)],
    [
      'while they are finished',
      () => {
        const torrent = downloading();
        torrent.complete();
        return torrent;
      },
      torrent => torrent.finishedFiles!(),
    ],
    [
      'while it waits for the record',
      () => {
        const torrent = queued();
        torrent.turn(true);
        return torrent;
      },
      torrent => torrent.record(),
    ],
    ['while it exchanges', downloading, torrent => torrent.life.diskFailed(DISK_FULL)],
    ['while it waits for its turn', queued, torrent => torrent.life.turnCame()],
  ])('%s, it stays so whatever comes', async (_, before, after) => {
    const torrent = before();
    torrent.news;
    const closed = torrent.life.close();
    expect(torrent.news).toEqual(['stop: TORRENT_CLOSED', '-> closed']);
    expect([torrent.life.close() === closed, torrent.life.isClosed]).toEqual([true, true]);
    await after(torrent);
    for (const name of ['pause', 'resume', 'recheck', 'turnCame'] as const) torrent.life[name]();
    torrent.life.failed(DISK_FULL);
    await torrent.record();
    await closed;
    expect(torrent.news.filter(what => what !== '-> closed')).toEqual([]);
    expect([torrent.phase, torrent.life.state]).toEqual(['stopped', 'closed']);
  });

  it('by the listener of its completion it asks for no place any more', () => {
    const torrent = downloading();
    torrent.reactions.set('complete', () => void torrent.life.close());
    torrent.complete();
    torrent.finishedFiles!();
    expect(torrent.news.slice(-3)).toEqual(['complete', 'stop: TORRENT_CLOSED', '-> closed']);
    expect(torrent.place.kind).toBe(undefined);
  });
});
