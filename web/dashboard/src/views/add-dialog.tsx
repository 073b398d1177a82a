// Adds torrents: files, magnet links, info hashes, addresses, as many as are given. What could not be added stays, with why.

import { useState } from 'preact/hooks';
import { open, tell } from '../actions.ts';
import { ask, sentenceOf } from '../api.ts';
import { isSource } from '../drop.ts';
import { formatBytes, formatPlural } from '../figures.ts';
import { dialog, session } from '../state.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { Check, Field, isChecked, LabelField, labelsIn, textOf } from './fields.tsx';

export interface AddDialogProps {
  readonly files: readonly File[];
  readonly text: string;
}

export function AddDialog({ files, text }: AddDialogProps) {
  const [fault, setFault] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const setFiles = (chosen: readonly File[], lines = text) => {
    dialog.value = { name: 'add', files: chosen, text: lines };
  };
  const submit = async (form: HTMLFormElement) => {
    const lines = linesIn(textOf(form, 'sources'));
    if (files.length + lines.length === 0) {
      setFault('Choose a .torrent file, or give a magnet link, an info hash or an address.');
      return;
    }
    setIsBusy(true);
    const { leftFiles, leftLines, faults } = await addAll(files, lines, form);
    setIsBusy(false);
    if (faults.length === 0) closeDialog();
    else {
      setFault(faults.join(' '));
      setFiles(leftFiles, leftLines.join('\n'));
    }
  };
  return (
    <DialogFrame
      title="Add torrents"
      action="Add"
      isBusy={isBusy}
      fault={fault}
      onSubmit={form => void submit(form)}
    >
      <div class="field">
        <label for="field-files">Torrent files</label>
        <input
          id="field-files"
          type="file"
          multiple
          accept=".torrent,application/x-bittorrent"
          onChange={({ currentTarget }) => {
            setFiles(
              [...files, ...(currentTarget.files ?? [])],
              currentTarget.form ? textOf(currentTarget.form, 'sources') : text,
            );
            currentTarget.value = '';
          }}
        />
        {files.length > 0 && (
          <ul class="chosen-files">
            {files.map((file, i) => (
              <li key={`${file.name} ${i}`}>
                <span class="ellipsis">{file.name}</span> <span class="note">{formatBytes(file.size)}</span>{' '}
                <button
                  type="button"
                  class="plain"
                  aria-label={`Leave out ${file.name}`}
                  onClick={() => setFiles(files.filter(other => other !== file))}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="field">
        <label for="field-sources">Magnet links, info hashes, addresses</label>
        <textarea
          id="field-sources"
          name="sources"
          rows={3}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setFiles(files, currentTarget.value)}
          placeholder="magnet:?xt=urn:btih:…"
          aria-describedby="note-sources"
        />
        <p class="note" id="note-sources">
          One a line.
        </p>
      </div>
      <Field
        name="folder"
        label="Folder"
        placeholder={session.value?.downloadDir ?? ''}
        note="Below the daemon's download folder, or one that it was allowed to use."
      />
      <LabelField />
      <div class="checks">
        <Check name="isPaused">Add it paused</Check>
        <Check name="isSequential">Pieces in order, to watch while it comes</Check>
      </div>
    </DialogFrame>
  );
}

async function addAll(files: readonly File[], lines: readonly string[], form: HTMLFormElement) {
  const folder = textOf(form, 'folder');
  const options = {
    ...(folder !== '' && { downloadDir: folder }),
    labels: labelsIn(textOf(form, 'labels')),
    isPaused: isChecked(form, 'isPaused'),
    isSequential: isChecked(form, 'isSequential'),
  };
  const leftFiles: File[] = [];
  const leftLines: string[] = [];
  const faults: string[] = [];
  const added: string[] = [];
  let there = 0;
  const add = async (source: { torrent?: string; magnet?: string; url?: string }, name: string) => {
    try {
      const { torrent, wasThere } = await ask('torrents.add', { ...source, ...options });
      if (wasThere) there++;
      added.push(torrent.id);
      return true;
    } catch (error) {
      faults.push(`${name}: ${sentenceOf(error)}`);
      return false;
    }
  };
  for (const file of files)
    if (!(await add({ torrent: await base64Of(file) }, file.name))) leftFiles.push(file);
  for (const line of lines) {
    const source = /^https?:/i.test(line) ? { url: line } : { magnet: line };
    if (!(await add(source, line.slice(0, 60)))) leftLines.push(line);
  }
  const isNew = added.length - there;
  if (isNew > 0) tell('complete', `${formatPlural(isNew, 'torrent')} added.`);
  if (there > 0)
    tell('complete', `${formatPlural(there, 'torrent')} ${there === 1 ? 'was' : 'were'} here already.`);
  if (added.length === 1) open(added[0]);
  return { leftFiles, leftLines, faults };
}

function linesIn(text: string): string[] {
  const lines = text.split(/[\r\n]+/).map(line => line.trim());
  // A list of addresses has comments.
  return lines.filter(line => line !== '' && (isSource(line) || !line.startsWith('#')));
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
