// The limits of one torrent, or the same for several: rates, peers, how long it is seeded.

import { useEffect, useState } from 'preact/hooks';
import { act, tellError } from '../actions.ts';
import { ask } from '../api.ts';
import type { TorrentDetails } from '../api-types.ts';
import { formatCount } from '../figures.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { Field, limitOf, limitText, RateFields, ratesOf, textOf } from './fields.tsx';

export function LimitsDialog({ ids }: { readonly ids: readonly string[] }) {
  const [first, setFirst] = useState<TorrentDetails>();
  useEffect(() => {
    ask('torrents.get', { id: ids[0]! }).then(setFirst, error => {
      tellError(error);
      closeDialog();
    });
  }, []);
  const submit = async (form: HTMLFormElement) => {
    const isDone = await act('torrents.set', {
      ids: [...ids],
      limits: {
        ...ratesOf(form),
        maxPeers: limitOf(form, 'peers'),
      },
      // What stays as it was shown stays the session's, where it is the session's.
      seedLimits: {
        ...changed(form, 'ratio', 1, 'seedRatio', first),
        ...changed(form, 'time', MINUTE, 'seedTimeMs', first),
        ...changed(form, 'idle', MINUTE, 'seedIdleMs', first),
      },
    });
    if (isDone) closeDialog();
  };
  if (first === undefined) return null;
  const { limits, seedLimits } = first;
  return (
    <DialogFrame
      title={ids.length === 1 ? 'Limits of this torrent' : `Limits of ${formatCount(ids.length)} torrents`}
      action="Set"
      onSubmit={form => void submit(form)}
    >
      <p class="note">
        Empty: no limit; of rates and peers the session's hold all the same.
        {ids.length > 1 && ' These are those of the first; all of them get what stands here.'}
      </p>
      <div class="pairs">
        <RateFields rates={limits} />
        <Field name="peers" label="Peers at most" type="number" step="1" value={limitText(limits.maxPeers)} />
        <Field
          name="ratio"
          label="Seed until it was given"
          type="number"
          unit="times"
          value={limitText(seedLimits.seedRatio)}
        />
        <Field
          name="time"
          label="Seed for at most"
          type="number"
          unit="minutes"
          value={limitText(seedLimits.seedTimeMs, MINUTE)}
        />
        <Field
          name="idle"
          label="Until nobody wants it for"
          type="number"
          unit="minutes"
          value={limitText(seedLimits.seedIdleMs, MINUTE)}
        />
      </div>
    </DialogFrame>
  );
}

function changed(
  form: HTMLFormElement,
  field: string,
  unit: number,
  name: keyof TorrentDetails['seedLimits'],
  before: TorrentDetails | undefined,
): Partial<TorrentDetails['seedLimits']> {
  const isSame = textOf(form, field) === limitText(before?.seedLimits[name] ?? null, unit);
  return isSame ? {} : { [name]: limitOf(form, field, unit) };
}

const MINUTE = 60_000;
