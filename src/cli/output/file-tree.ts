// Files as a tree with their sizes, folders with their sums; folders first, then by name, numbers in names as numbers.
//
//   album/                 128 MiB
//   ├─ scans/              8.4 MiB
//   │  └─ cover.png        8.4 MiB
//   └─ 01 intro.flac        120 MiB

import { displayText, padEnd, padStart, widthOf } from './display-text.ts';
import { formatBytes, formatPlural } from './figures.ts';
import type { Paint } from './paint.ts';

export interface TreeFile {
  readonly path: readonly string[];
  readonly length: number;
  readonly executable?: boolean;
  readonly hidden?: boolean;
  readonly symlinkTarget?: readonly string[];
}

export interface TreeOptions {
  readonly paint: Paint;
  /** How many levels of folders to open; what lies deeper is counted. @default all */
  readonly depth?: number;
  /** Show each file's place in the torrent, as `so` of a magnet names it. @default false */
  readonly numbers?: boolean;
  /** Columns to keep within, where names allow it. @default 100 */
  readonly columns?: number;
}

/** The lines of the tree. */
export function drawFileTree(files: readonly TreeFile[], options: TreeOptions): string[] {
  const rows: Row[] = [];
  const numberWidth = options.numbers === true ? `${Math.max(0, files.length - 1)}`.length + 2 : 0;
  addRows(growTree(files), '', 0, options.depth ?? Number.POSITIVE_INFINITY, rows);

  let nameWidth = 0;
  let sizeWidth = 0;
  const limit = Math.max(20, (options.columns ?? 100) - numberWidth - 14);
  for (const row of rows) {
    const width = widthOf(row.branch) + widthOf(row.name);
    if (width <= limit) nameWidth = Math.max(nameWidth, width);
    sizeWidth = Math.max(sizeWidth, row.size.length);
  }
  return rows.map(row => drawRow(row, { nameWidth, sizeWidth, numberWidth }, options.paint));
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: { readonly name: string; readonly file: TreeFile; readonly index: number }[];
  length: number;
  fileCount: number;
}

interface Row {
  readonly branch: string;
  readonly name: string;
  readonly size: string;
  readonly isFolder: boolean;
  /** Stands after the size. */
  readonly note: string;
  readonly index?: number;
}

function growTree(files: readonly TreeFile[]): Folder {
  const root = emptyFolder();
  for (const [index, file] of files.entries()) {
    let folder = root;
    count(folder, file);
    for (const element of file.path.slice(0, -1)) {
      let next = folder.folders.get(element);
      if (next === undefined) {
        next = emptyFolder();
        folder.folders.set(element, next);
      }
      folder = next;
      count(folder, file);
    }
    folder.files.push({ name: file.path.at(-1)!, file, index });
  }
  return root;
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: [], length: 0, fileCount: 0 };
}

function count(folder: Folder, file: TreeFile): void {
  folder.length += file.length;
  folder.fileCount++;
}

function addRows(folder: Folder, indent: string, level: number, depth: number, rows: Row[]): void {
  const folders = [...folder.folders].sort(([a], [b]) => compareNames(a, b));
  const files = folder.files.sort((a, b) => compareNames(a.name, b.name));
  const last = folders.length + files.length - 1;
  for (const [i, [name, child]] of folders.entries()) {
    const isOpen = level < depth;
    rows.push({
      branch: level === 0 ? '' : indent + (i === last ? '└─ ' : '├─ '),
      name: `${displayText(name)}/`,
      size: formatBytes(child.length),
      isFolder: true,
      note: isOpen ? '' : formatPlural(child.fileCount, 'file'),
    });
    if (isOpen)
      addRows(child, level === 0 ? '' : indent + (i === last ? '   ' : '│  '), level + 1, depth, rows);
  }
  for (const [i, { name, file, index }] of files.entries()) {
    rows.push({
      branch: level === 0 ? '' : indent + (folders.length + i === last ? '└─ ' : '├─ '),
      name: displayText(name),
      size: file.symlinkTarget === undefined ? formatBytes(file.length) : '',
      isFolder: false,
      note: noteOn(file),
      index,
    });
  }
}

function noteOn(file: TreeFile): string {
  const notes: string[] = [];
  if (file.symlinkTarget !== undefined) notes.push(`→ ${displayText(file.symlinkTarget.join('/'))}`);
  // A link's own bits mean nothing; libtorrent writes them, and info hashes should agree.
  if (file.executable === true && file.symlinkTarget === undefined) notes.push('executable');
  if (file.hidden === true) notes.push('hidden');
  return notes.join(', ');
}

function drawRow(
  row: Row,
  widths: { readonly nameWidth: number; readonly sizeWidth: number; readonly numberWidth: number },
  paint: Paint,
): string {
  const number =
    widths.numberWidth === 0 ? '' : padEnd(row.index === undefined ? '' : `${row.index}`, widths.numberWidth);
  const name = padEnd(row.name, widths.nameWidth - widthOf(row.branch));
  const size = padStart(row.size, widths.sizeWidth);
  const note = row.note === '' ? '' : `  ${row.note}`;
  const line = `${paint.idle(number + row.branch)}${row.isFolder ? paint.strong(name) : name}  ${size}${paint.idle(note)}`;
  return row.size === '' && note === '' ? line.trimEnd() : line;
}

function compareNames(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

// Made when the first names are compared: it costs 13 ms, which every command would pay at its start.
let collator: Intl.Collator | undefined;
