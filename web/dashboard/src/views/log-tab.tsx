// What has happened to a torrent lately, the latest first.

import { formatDate, formatTime } from '../figures.ts';
import { usePolled } from './polled.ts';
import type { TabProps } from './tab-props.ts';

export function LogTab({ details: { id } }: TabProps) {
  const { answer } = usePolled('torrents.log', { id }, 2000);
  if (answer === undefined) return null;
  if (answer.lines.length === 0)
    return <p class="note">Nothing has happened to it since this was started.</p>;
  return (
    <ol class="log">
      {[...answer.lines].reverse().map(({ time, level, text }, i) => (
        <li key={`${time} ${i}`}>
          <time title={formatDate(time)}>{formatTime(time)}</time>
          <span class={COLOURS[level]}>
            {MARKS[level]} {text}
          </span>
        </li>
      ))}
    </ol>
  );
}

const COLOURS = { info: '', warning: 'given', error: 'failed' } as const;
const MARKS = { info: '', warning: '!', error: '✗' } as const;
