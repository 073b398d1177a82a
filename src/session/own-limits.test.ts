import { expect, it } from 'vitest';
import type { Torrent } from '../core/engine/torrent.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import type { Clock } from '../host/clock.ts';
import { OwnLimits } from './own-limits.ts';
import { SessionRates } from './rate-limits.ts';

const clock: Clock = { now: () => 0, wallTime: () => 0, after: () => () => {} };

/** The limits of a torrent in a session with eight slots, and what its engine is told of slots. */
function limitsIn(session: { slots: UploadSlots; areChosen: boolean }) {
  const told: UploadSlots[] = [];
  const engine = {
    setUploadSlots: (slots: UploadSlots) => told.push(slots),
    limitRates: () => {},
  } as unknown as Torrent;
  const limits = new OwnLimits(
    { tell: fact => fact(engine, 0), holdReading: () => {} },
    {
      rates: new SessionRates(clock, false),
      settings: { engine: { maxPeers: 100 } },
      uploadSlots: () => session.slots,
      areSlotsChosen: () => session.areChosen,
    },
  );
  return { limits, told };
}

it('leaves the slots to the engine until somebody chooses them', () => {
  const session = { slots: 8, areChosen: false };
  const { limits, told } = limitsIn(session);
  limits.sessionChanged();
  expect(told).toEqual([]);
  // Eight that were chosen are eight, where by itself the engine opens more.
  session.areChosen = true;
  limits.sessionChanged();
  limits.sessionChanged();
  expect(told).toEqual([8]);
  expect(limitsIn(session).told).toEqual([8]);
});

it('has a number of its own in place of the session’s, once that is set', () => {
  const session = { slots: 8, areChosen: false };
  const { limits, told } = limitsIn(session);
  limits.set({ uploadSlots: 8 });
  limits.set({ uploadBytesPerSecond: 1000 });
  session.slots = 3;
  session.areChosen = true;
  limits.sessionChanged();
  expect(told).toEqual([8]);
  limits.set({ uploadSlots: 'rate' });
  expect(told).toEqual([8, 'rate']);
});
