// Asks before a torrent goes: from the list alone, or with its data, which cannot be had back.

import { useState } from 'preact/hooks';
import { remove, rows } from '../actions.ts';
import { formatBytes, formatCount } from '../figures.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { isChecked } from './fields.tsx';

export function RemoveDialog({ ids }: { readonly ids: readonly string[] }) {
  const [isBusy, setIsBusy] = useState(false);
  const [withData, setWithData] = useState(false);
  const known = ids.map(id => rows.rowOf(id)).filter(row => row !== undefined);
  const here = known.reduce((sum, { length, left }) => sum + Math.max(0, (length ?? 0) - left), 0);
  const submit = async (form: HTMLFormElement) => {
    setIsBusy(true);
    const isDone = await remove(ids, isChecked(form, 'deleteData'));
    setIsBusy(false);
    if (isDone) closeDialog();
  };
  return (
    <DialogFrame
      title={ids.length === 1 ? 'Remove this torrent?' : `Remove ${formatCount(ids.length)} torrents?`}
      action={withData ? 'Remove with data' : 'Remove'}
      isDangerous
      isBusy={isBusy}
      onSubmit={form => void submit(form)}
    >
      <ul class="names">
        {known.slice(0, MAX_NAMES).map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
        {ids.length > MAX_NAMES && <li class="note">and {formatCount(ids.length - MAX_NAMES)} more</li>}
      </ul>
      <label class="inline check">
        <input
          type="checkbox"
          name="deleteData"
          checked={withData}
          onChange={({ currentTarget }) => setWithData(currentTarget.checked)}
        />{' '}
        <span>
          Delete what is on the disk too
          {known.length === ids.length && here > 0 && `: ${formatBytes(here)}, which cannot be had back`}
        </span>
      </label>
      <p class="note">
        {withData
          ? 'Files in the folder that are not part of the torrent stay.'
          : 'The files stay where they are.'}
      </p>
    </DialogFrame>
  );
}

const MAX_NAMES = 6;
