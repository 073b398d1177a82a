// Torrent files, magnet links and addresses that are dropped or pasted anywhere on the page: they open the dialog that adds them.

import { signal } from '@preact/signals';
import { dialog } from './state.ts';

/** Something that can be added is held over the page. */
export const isOverPage = signal(false);

export function listenToFiles(target: Document): void {
  let depth = 0;
  const over = (change: number) => {
    depth = Math.max(0, depth + change);
    isOverPage.value = depth > 0;
  };
  target.addEventListener('dragenter', event => {
    if (canTake(event.dataTransfer)) over(1);
  });
  target.addEventListener('dragleave', event => {
    if (canTake(event.dataTransfer)) over(-1);
  });
  target.addEventListener('dragover', event => {
    if (canTake(event.dataTransfer)) event.preventDefault();
  });
  target.addEventListener('drop', event => {
    depth = 0;
    isOverPage.value = false;
    if (!canTake(event.dataTransfer)) return;
    event.preventDefault();
    take(event.dataTransfer!);
  });
  target.addEventListener('paste', event => {
    const { clipboardData, target: element } = event;
    const isTyping = element instanceof Element && element.closest('input, textarea, dialog') !== null;
    if (isTyping || clipboardData === null) return;
    const text = clipboardData.getData('text/plain');
    if (clipboardData.files.length > 0 || isSource(text)) take(clipboardData);
  });
}

function take(data: DataTransfer): void {
  const files = [...data.files];
  const text = files.length > 0 ? '' : data.getData('text/uri-list') || data.getData('text/plain');
  if (files.length === 0 && text.trim() === '') return;
  const before = dialog.value?.name === 'add' ? dialog.value : { files: [], text: '' };
  dialog.value = {
    name: 'add',
    files: [...before.files, ...files],
    text: [before.text, text].filter(part => part !== '').join('\n'),
  };
}

function canTake(data: DataTransfer | null): boolean {
  return data?.types.some(type => type === 'Files' || type.startsWith('text/')) ?? false;
}

/** A magnet link, an info hash or an http address. */
export function isSource(text: string): boolean {
  return /^\s*(?:magnet:\?|https?:\/\/|[0-9a-f]{40}\s*$|[0-9a-f]{64}\s*$)/i.test(text);
}
