import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { Alarm, Schedule } from './schedule.ts';

test('rings each alarm when it is due, by one timer', () => {
  const clock = new HandClock();
  const schedule = new Schedule(clock);
  const rung: string[] = [];
  for (const at of [30, 10, 20]) schedule.set(new Alarm(() => rung.push(`${at} at ${clock.time}`)), at);
  expect(clock.timers).toHaveLength(1);
  clock.pass(25);
  expect(rung).toEqual(['10 at 10', '20 at 20']);
  clock.pass(25);
  expect(rung).toEqual(['10 at 10', '20 at 20', '30 at 30']);
  expect(clock.timers).toEqual([]);
});

test('an alarm that is set anew rings once, and one that is taken off does not', () => {
  const clock = new HandClock();
  const schedule = new Schedule(clock);
  const rung: number[] = [];
  const alarm = new Alarm(() => rung.push(clock.time));
  schedule.set(alarm, 10);
  schedule.set(alarm, 40);
  schedule.set(alarm, 20);
  const other = new Alarm(() => rung.push(-1));
  schedule.set(other, 5);
  schedule.set(other, undefined);
  schedule.set(other, undefined);
  clock.pass(100);
  expect(rung).toEqual([20]);
});

test('an alarm that sets itself for now does not keep others from ringing', () => {
  const clock = new HandClock();
  const schedule = new Schedule(clock);
  let rounds = 0;
  const eager: Alarm = new Alarm(() => {
    if (++rounds < 3) schedule.set(eager, 0);
  });
  const rung: number[] = [];
  schedule.set(eager, 0);
  schedule.set(new Alarm(() => rung.push(rounds)), 0);
  clock.pass(0);
  expect(rung).toEqual([1]);
  expect(rounds).toBe(3);
});

test('ten thousand that wait cost few timers', () => {
  const clock = new HandClock();
  const schedule = new Schedule(clock);
  let rung = 0;
  for (let i = 0; i < 10_000; i++) {
    const alarm: Alarm = new Alarm(() => {
      rung++;
      schedule.set(alarm, clock.time + 1_800_000);
    });
    schedule.set(alarm, 1_000 + i);
  }
  clock.pass(12_000);
  expect(rung).toBe(10_000);
  expect(schedule.count).toBe(10_000);
  expect(clock.timers).toHaveLength(1);
});

test('whatever is set and taken off, alarms ring in order and once', () => {
  const step = fc.record({
    alarm: fc.nat(9),
    at: fc.option(fc.nat(50), { nil: undefined }),
    pass: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const clock = new HandClock();
      const schedule = new Schedule(clock);
      const due = new Map<number, number>();
      const alarms = Array.from({ length: 10 }, (_, i) => {
        const alarm: Alarm = new Alarm(() => {
          expect(clock.time).toBe(due.get(i));
          due.delete(i);
        });
        return alarm;
      });
      for (const { alarm, at, pass } of steps) {
        const time = at === undefined ? undefined : clock.time + at;
        schedule.set(alarms[alarm]!, time);
        if (time === undefined) due.delete(alarm);
        else due.set(alarm, time);
        expect(schedule.count).toBe(due.size);
        clock.pass(pass);
      }
      clock.pass(100);
      expect(due.size).toBe(0);
    }),
  );
});
