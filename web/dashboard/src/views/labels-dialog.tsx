// The labels of one torrent, or the same for several.

import { act, rows } from '../actions.ts';
import { formatCount } from '../figures.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { LabelField, labelsIn, textOf } from './fields.tsx';

export function LabelsDialog({ ids }: { readonly ids: readonly string[] }) {
  const before = ids.map(id => rows.rowOf(id)?.labels.join(', ') ?? '');
  const value = before.every(labels => labels === before[0]) ? before[0]! : '';
  const submit = async (form: HTMLFormElement) => {
    if (await act('torrents.set', { ids: [...ids], labels: labelsIn(textOf(form, 'labels')) })) closeDialog();
  };
  return (
    <DialogFrame
      title={ids.length === 1 ? 'Labels' : `Labels of ${formatCount(ids.length)} torrents`}
      action="Set"
      onSubmit={form => void submit(form)}
    >
      <LabelField value={value} />
      {ids.length > 1 && <p class="note">All of them get these, in place of those that they have.</p>}
    </DialogFrame>
  );
}
