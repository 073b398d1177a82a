import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { World } from '../lab/sim/world.ts';
import { DHT_DEFAULTS } from './dht-settings.ts';
import { DhtTurns, type SeekOutcome } from './dht-turns.ts';
import { Schedule } from './schedule.ts';

function turnsOf(count: number, isInNeed: (n: number) => boolean = () => false) {
  const world = new World({ seed: 1 });
  let timers = 0;
  const clock = {
    ...world.clock,
    after: (delayMs: number, call: () => void) => {
      timers++;
      return world.after(delayMs, call);
    },
  };
  const schedule = new Schedule(clock);
  const turns = new DhtTurns(DHT_DEFAULTS, { clock, random: seededRandom(1), schedule });
  const sought: { readonly n: number; readonly at: number }[] = [];
  let outcome: SeekOutcome = { isStoredWell: true };
  const places = Array.from({ length: count }, (_, n) =>
    turns.join({
      isInNeed: () => isInNeed(n),
      seek: done => {
        sought.push({ n, at: world.now });
        world.after(1000, () => done(outcome));
      },
    }),
  );
  turns.open();
  for (const place of places) turns.start(place);
  return {
    world,
    turns,
    places,
    sought,
    schedule,
    timers: () => timers,
    say: (said: SeekOutcome) => {
      outcome = said;
    },
  };
}

describe('turns in the DHT', () => {
  it('spread ten thousand torrents over time, with one timer for all, and come again after 15 to 30 minutes', async () => {
    const { world, sought, schedule, timers } = turnsOf(10_000);
    await world.pass(1_260_000);
    const firsts = sought.slice(0, 10_000);
    expect(new Set(firsts.map(({ n }) => n)).size).toBe(10_000);
    const perSecond = new Map<number, number>();
    for (const { at } of sought) {
      const second = Math.floor(at / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...[...perSecond.values()].slice(1))).toBeLessThanOrEqual(9);
    // One that waits has an alarm and no timer: a timer is set once a turn.
    expect(schedule.count).toBeGreaterThan(5000);
    expect(timers()).toBeLessThan(4 * sought.length);
  });

  it('come again between 15 and 30 minutes, by chance', async () => {
    const { world, sought } = turnsOf(50);
    await world.pass(1_900_000);
    const waits = Array.from({ length: 50 }, (_, n) => {
      const [first, second] = sought.filter(each => each.n === n);
      return (second!.at - first!.at) / 60_000;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...waits)).toBeLessThan(30.2);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(10);
  });

  it('go first to those that have nobody, and come again soon for them', async () => {
    const { world, sought } = turnsOf(100, n => n === 99);
    await world.pass(120_000);
    expect(sought.findIndex(({ n }) => n === 99)).toBeLessThanOrEqual(8);
    // After 15, 30 and 60 seconds.
    expect(sought.filter(({ n }) => n === 99).length).toBe(4);
    expect(sought.filter(({ n }) => n === 5).length).toBe(1);
  });

  it('come again as soon as there are more nodes, where what was stored is with too few', async () => {
    const { world, turns, sought, say } = turnsOf(3);
    say({ isStoredWell: false });
    await world.pass(10_000);
    expect(sought).toHaveLength(3);
    say({ isStoredWell: true });
    turns.grown();
    turns.grown();
    await world.pass(10_000);
    expect(sought).toHaveLength(6);
    turns.grown();
    await world.pass(10_000);
    expect(sought).toHaveLength(6);
  });

  it('come again at once for all where we are reached at another port, also for those that are under way', async () => {
    const { world, turns, places, sought } = turnsOf(10);
    turns.stop(places[9]!);
    // Eight at once, then one: that one is under way.
    await world.pass(500);
    expect(sought).toHaveLength(9);
    turns.hurryAll();
    turns.hurryAll();
    await world.pass(60_000);
    expect(sought.map(({ n }) => n).toSorted()).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8,
    ]);
    await world.pass(700_000);
    expect(sought).toHaveLength(18);
    turns.hurryAll();
    await world.pass(60_000);
    expect(sought).toHaveLength(27);
  });

  it('end with the torrent, also while it is looked up', async () => {
    const { world, turns, places, sought } = turnsOf(2);
    await world.pass(500);
    turns.stop(places[0]!);
    await world.pass(4_000_000);
    expect(sought.filter(({ n }) => n === 0)).toHaveLength(1);
    expect(sought.filter(({ n }) => n === 1).length).toBeGreaterThan(2);
    turns.start(places[0]!);
    await world.pass(10_000);
    expect(sought.filter(({ n }) => n === 0)).toHaveLength(2);
  });
});
