// Moves a torrent's files to another folder, or gives what holds them another name, while it goes on.

import { useState } from 'preact/hooks';
import { ask, sentenceOf } from '../api.ts';
import type { TorrentRow } from '../api-types.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { Field, textOf } from './fields.tsx';

export function MoveDialog({ row: { id, name, downloadDir } }: { readonly row: TorrentRow }) {
  const [fault, setFault] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    const to = textOf(form, 'folder');
    const newName = textOf(form, 'name');
    setIsBusy(true);
    try {
      if (newName !== '' && newName !== name) await ask('torrents.rename', { id, name: newName });
      if (to !== '' && to !== downloadDir) await ask('torrents.move', { id, to });
      closeDialog();
    } catch (error) {
      setFault(sentenceOf(error));
    }
    setIsBusy(false);
  };
  return (
    <DialogFrame
      title="Move or rename"
      action="Do it"
      isBusy={isBusy}
      fault={fault}
      onSubmit={form => void submit(form)}
    >
      <Field
        name="folder"
        label="Folder"
        value={downloadDir}
        note="To another disk the files are copied first."
      />
      <Field name="name" label="Name of its file or folder" value={name} />
    </DialogFrame>
  );
}
