// Makes a torrent of a path on the daemon's machine, and shows how far the hashing is. It goes on where the dialog is closed.

import { useState } from 'preact/hooks';
import { act, open } from '../actions.ts';
import { ask, sentenceOf } from '../api.ts';
import { formatBytes, formatPercent, formatPieceLength } from '../figures.ts';
import { session } from '../state.ts';
import { closeDialog, DialogFrame } from './dialog-frame.tsx';
import { Check, Field, isChecked, LabelField, labelsIn, textOf } from './fields.tsx';
import { usePolled } from './polled.ts';

export function CreateDialog() {
  const [fault, setFault] = useState('');
  const [id, setId] = useState<string>();
  if (id !== undefined) return <Creating id={id} onAgain={() => setId(undefined)} />;
  const submit = async (form: HTMLFormElement) => {
    try {
      const pieceLength = textOf(form, 'pieceLength');
      const comment = textOf(form, 'comment');
      const creation = await ask('create.start', {
        path: textOf(form, 'path'),
        version: textOf(form, 'version') as 'v1' | 'v2' | 'hybrid',
        ...(pieceLength !== '' && { pieceLength: Number(pieceLength) }),
        ...(comment !== '' && { comment }),
        trackers: tiersIn(textOf(form, 'trackers')),
        private: isChecked(form, 'private'),
        labels: labelsIn(textOf(form, 'labels')),
      });
      setId(creation.id);
    } catch (error) {
      setFault(sentenceOf(error));
    }
  };
  return (
    <DialogFrame
      title="Create a torrent"
      action="Create and seed"
      fault={fault}
      onSubmit={form => void submit(form)}
    >
      <Field
        name="path"
        label="File or folder, on the daemon's machine"
        isRequired
        placeholder={`${session.value?.downloadDir ?? ''}/album`}
        note="Below the download folder, or one that the daemon was allowed to use."
      />
      <div class="field">
        <label for="field-trackers">Trackers</label>
        <textarea
          id="field-trackers"
          name="trackers"
          rows={3}
          spellcheck={false}
          placeholder="https://tracker.example/announce"
          aria-describedby="note-trackers"
        />
        <p class="note" id="note-trackers">
          One a line; an empty line begins the next tier.
        </p>
      </div>
      <div class="pairs">
        <div class="field">
          <label for="field-version">Version</label>
          <select id="field-version" name="version">
            <option value="hybrid">Hybrid: old clients and new ones</option>
            <option value="v1">v1</option>
            <option value="v2">v2</option>
          </select>
        </div>
        <div class="field">
          <label for="field-pieceLength">Pieces</label>
          <select id="field-pieceLength" name="pieceLength">
            <option value="">By the size</option>
            {PIECE_LENGTHS.map(length => (
              <option key={length} value={length}>
                {formatPieceLength(length)}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Field name="comment" label="Comment" />
      <LabelField />
      <div class="checks">
        <Check name="private">Private: peers from its trackers alone</Check>
      </div>
    </DialogFrame>
  );
}

function Creating({ id, onAgain }: { readonly id: string; readonly onAgain: () => void }) {
  const { answer } = usePolled('create.get', { id }, 300);
  if (answer === undefined) return null;
  const { state, done, total, error, torrent, path } = answer;
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const isGoing = state === 'walking' || state === 'hashing';
  return (
    <DialogFrame
      title={
        isGoing ? 'Creating a torrent' : state === 'done' ? 'It is made, and seeds' : 'No torrent was made'
      }
      fault={error ?? ''}
    >
      <p class="path">{path}</p>
      {state !== 'failed' && state !== 'cancelled' && (
        <>
          <progress value={state === 'done' ? 1 : share} max={1} aria-label="Hashed" />
          <p class="note">
            {state === 'walking'
              ? 'Looking at what is there.'
              : `${formatBytes(state === 'done' ? total : done)} of ${formatBytes(total)} hashed, ${formatPercent(state === 'done' ? 1 : Math.min(share, 0.999))}`}
          </p>
        </>
      )}
      {state === 'cancelled' && <p>It was stopped; nothing was written.</p>}
      <p class="row">
        {isGoing && (
          <button type="button" onClick={() => void act('create.cancel', { id })}>
            Stop
          </button>
        )}
        {torrent !== null && (
          <button
            type="button"
            class="chief"
            onClick={() => {
              closeDialog();
              open(torrent);
            }}
          >
            Show it
          </button>
        )}
        {(state === 'failed' || state === 'cancelled') && (
          <button type="button" onClick={onAgain}>
            Again
          </button>
        )}
      </p>
    </DialogFrame>
  );
}

function tiersIn(text: string): string[][] {
  return text
    .split(/\n\s*\n/)
    .map(tier =>
      tier
        .split(/[\s,]+/)
        .map(url => url.trim())
        .filter(url => url !== ''),
    )
    .filter(tier => tier.length > 0);
}

const PIECE_LENGTHS = Array.from({ length: 11 }, (_, i) => 16_384 * 2 ** i);
