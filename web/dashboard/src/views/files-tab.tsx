// The files, with how much each is wanted. Of very many a page at a time.

import { useState } from 'preact/hooks';
import { act } from '../actions.ts';
import type { FilePriority, FileRow } from '../api-types.ts';
import { formatBytes, formatCount, formatPercent } from '../figures.ts';
import { isReadOnly } from '../page-view.ts';
import { PRIORITIES } from '../words.ts';
import { usePolled } from './polled.ts';
import type { TabProps } from './tab-props.ts';

export function FilesTab({ details }: TabProps) {
  const { id } = details;
  const [offset, setOffset] = useState(0);
  const { answer, again } = usePolled('torrents.files', { id, offset, limit: PAGE }, 2000);
  if (answer === undefined) return null;
  const { total, files } = answer;
  if (total === 0) return <p class="note">It is not known yet what is in it.</p>;
  const hasPlaylist = !isReadOnly && files.some(({ path }) => PLAYABLE.test(path));
  const set = async (chosen: readonly FileRow[], priority: FilePriority) => {
    await act('torrents.setFiles', { id, files: chosen.map(({ index }) => ({ index, priority })) });
    again();
  };
  return (
    <>
      {(files.length > 1 || hasPlaylist) && (
        <p class="files-all">
          {!isReadOnly && files.length > 1 && (
            <Priority
              label={total > PAGE ? 'All on this page' : 'All files'}
              isLabelShown
              value={
                files.every(({ priority }) => priority === files[0]!.priority)
                  ? files[0]!.priority
                  : undefined
              }
              onChoose={priority => void set(files, priority)}
            />
          )}
          {hasPlaylist && (
            <a href={`stream/${id}.m3u`} title="For a player: what can be played, while it comes">
              Playlist
            </a>
          )}
          {total > PAGE && (
            <span class="pager">
              <button type="button" disabled={offset === 0} onClick={() => setOffset(offset - PAGE)}>
                Before
              </button>
              <span>
                {formatCount(offset + 1)}–{formatCount(Math.min(total, offset + PAGE))} of{' '}
                {formatCount(total)}
              </span>
              <button
                type="button"
                disabled={offset + PAGE >= total}
                onClick={() => setOffset(offset + PAGE)}
              >
                Next
              </button>
            </span>
          )}
        </p>
      )}
      <div class="scroll">
        <table class="files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col" class="number">
                Done
              </th>
              {!isReadOnly && <th scope="col">Wanted</th>}
            </tr>
          </thead>
          <tbody>
            {files.map(file => {
              const share = file.length === 0 ? 1 : file.have / file.length;
              return (
                <tr key={file.index} class={file.priority === 'skip' ? 'is-skipped' : ''}>
                  <td class="path">{isReadOnly ? file.path : <FileLink id={id} file={file} />}</td>
                  <td class="number">{formatBytes(file.length)}</td>
                  <td class="number">{formatPercent(share)}</td>
                  {!isReadOnly && (
                    <td>
                      <Priority
                        label={`How much ${file.path} is wanted`}
                        value={file.priority}
                        onChoose={priority => void set([file], priority)}
                      />
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** To open it or to save it, while it comes too; what will not come has none. */
function FileLink({ id, file: { index, path, priority, have, length } }: { id: string; file: FileRow }) {
  if (priority === 'skip' && have < length) return path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    <a
      class="file-link"
      href={`stream/${id}/${index}/${encodeURIComponent(name)}`}
      target="_blank"
      rel="noreferrer"
    >
      {path}
    </a>
  );
}

interface PriorityProps {
  readonly label: string;
  readonly isLabelShown?: boolean;
  /** Undefined: several. */
  readonly value: FilePriority | undefined;
  readonly onChoose: (priority: FilePriority) => void;
}

function Priority({ label, isLabelShown = false, value, onChoose }: PriorityProps) {
  return (
    <label class="inline">
      <span class={isLabelShown ? '' : 'visually-hidden'}>{label}</span>{' '}
      <select
        value={value ?? ''}
        onChange={({ currentTarget }) => onChoose(currentTarget.value as FilePriority)}
      >
        {value === undefined && <option value="">Mixed</option>}
        {Object.entries(PRIORITIES).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const PAGE = 500;
/** As src/rpc/media-type.ts has it. */
const PLAYABLE =
  /\.(?:3gp|aac|avi|flac|flv|m4[abv]|mk[av]|mov|mp[34]|mpe?g|og[agv]|opus|ts|wav|webm|wm[av])$/i;
