// The session's limits, the second set of rates, and when that comes on by itself.

import { useState } from 'preact/hooks';
import { act } from '../actions.ts';
import { formatAgo, formatBytes, formatDate, formatPlural } from '../figures.ts';
import { session } from '../state.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { Field, isChecked, limitOf, limitText, RateFields, ratesOf, textOf } from './fields.tsx';

export function SettingsDialog() {
  // What is typed is not to be overtaken by the daemon's next answer.
  const [facts] = useState(session.peek());
  const [hasPlan, setHasPlan] = useState(facts?.alternative.schedule != null);
  if (facts === undefined) return null;
  const { limits, alternative } = facts;
  const { schedule } = alternative;
  const submit = async (form: HTMLFormElement) => {
    const isDone = await act('session.set', {
      limits: {
        ...ratesOf(form),
        maxConnections: limitOf(form, 'connections'),
        maxActiveDownloads: limitOf(form, 'downloads'),
        maxActiveSeeds: limitOf(form, 'seeds'),
        seedRatio: limitOf(form, 'ratio'),
      },
      alternative: {
        ...ratesOf(form, 'slow-'),
        schedule: isChecked(form, 'plan')
          ? {
              beginMinute: minutesIn(textOf(form, 'begin')),
              endMinute: minutesIn(textOf(form, 'end')),
              days: DAYS.map((_, day) => day).filter(day => isChecked(form, `day-${day}`)),
            }
          : null,
      },
    });
    if (isDone) closeDialog();
  };
  return (
    <DialogFrame title="Limits and settings" action="Save" onSubmit={form => void submit(form)}>
      <p class="note">Empty: no limit.</p>
      <div class="pairs">
        <RateFields rates={limits} />
        <Field
          name="connections"
          label="Peers at most"
          type="number"
          step="1"
          value={limitText(limits.maxConnections)}
        />
        <Field
          name="ratio"
          label="Seed until it was given"
          type="number"
          unit="times"
          value={limitText(limits.seedRatio)}
        />
        <Field
          name="downloads"
          label="Downloads at a time"
          type="number"
          step="1"
          value={limitText(limits.maxActiveDownloads)}
        />
        <Field
          name="seeds"
          label="Seeds at a time"
          type="number"
          step="1"
          value={limitText(limits.maxActiveSeeds)}
        />
      </div>
      <h3>Slow limits</h3>
      <p class="note">They hold in place of the rates above while the switch on top is on.</p>
      <div class="pairs">
        <RateFields prefix="slow-" rates={alternative} />
      </div>
      <label class="inline check">
        <input
          type="checkbox"
          name="plan"
          checked={hasPlan}
          onChange={({ currentTarget }) => setHasPlan(currentTarget.checked)}
        />{' '}
        <span>Switch them by the clock</span>
      </label>
      {hasPlan && (
        <fieldset class="plan">
          <legend class="visually-hidden">When they hold</legend>
          <label class="inline">
            from{' '}
            <input
              type="time"
              name="begin"
              required
              defaultValue={timeText(schedule?.beginMinute ?? 8 * 60)}
            />
          </label>
          <label class="inline">
            to{' '}
            <input type="time" name="end" required defaultValue={timeText(schedule?.endMinute ?? 18 * 60)} />
          </label>
          <span class="days">
            {DAYS.map((name, day) => (
              <label key={name} class="inline">
                <input
                  type="checkbox"
                  name={`day-${day}`}
                  defaultChecked={schedule?.days.includes(day) ?? (day > 0 && day < 6)}
                />{' '}
                {name}
              </label>
            ))}
          </span>
        </fieldset>
      )}
      <p class="note">
        Swarmline {facts.version}, running since{' '}
        <time title={formatDate(facts.startedAt)}>{formatAgo(facts.startedAt, Date.now())}</time>. Peers dial{' '}
        {facts.listening ?? 'nothing: it does not listen'}. {formatPlural(facts.torrents, 'torrent')}:{' '}
        {formatBytes(facts.downloaded)} received, {formatBytes(facts.uploaded)} given.
      </p>
    </DialogFrame>
  );
}

function minutesIn(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function timeText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map(part => `${part}`.padStart(2, '0')).join(':');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
