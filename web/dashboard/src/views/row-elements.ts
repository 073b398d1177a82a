// One torrent's line, as elements that stay while what stands in them changes: wide, or in two lines for a phone. What is set to
// what it is already is not touched.

import type { TorrentRow } from '../api-types.ts';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatRateCell,
  formatRatio,
} from '../figures.ts';
import { STATES } from '../words.ts';

/** A sum: 1 the keyboard is at it, 2 its details are shown, 4 it is selected. */
export type RowLook = number;

export interface RowShape {
  readonly element: HTMLElement;
  moveTo(top: number): void;
  setLook(look: RowLook): void;
  /** The row's name alone, as the list flies past. Undefined: it has not come yet. */
  setPassing(row: TorrentRow | undefined): void;
  /** All of it, and its position. */
  setRow(index: number, row: TorrentRow | undefined): void;
  hide(): void;
}

/** What both have. */
abstract class Row implements RowShape {
  readonly element = make('div', 'row-line');
  protected readonly name = new Words(make('span', 'name'));
  protected readonly state = new StateWords();
  readonly #bar = hidden(make('span', 'progress'));
  #barClass = '';
  #progress = -1;
  #look: RowLook = -1;
  #index = -1;
  #isWaiting = false;
  #isPassing = false;

  constructor() {
    this.element.setAttribute('role', 'row');
    const check = cell('cell-check');
    check.append(hidden(make('span', 'box')));
    this.element.append(check);
  }

  moveTo(top: number): void {
    this.element.hidden = false;
    this.element.style.transform = `translateY(${top}px)`;
  }

  setLook(look: RowLook): void {
    if (look === this.#look) return;
    this.#look = look;
    const { classList } = this.element;
    classList.toggle('is-at', (look & 1) > 0);
    classList.toggle('is-open', (look & 2) > 0);
    classList.toggle('is-selected', (look & 4) > 0);
    this.element.setAttribute('aria-selected', look & 4 ? 'true' : 'false');
  }

  hide(): void {
    this.element.hidden = true;
    this.element.removeAttribute('id');
    this.#index = -1;
  }

  setPassing(row: TorrentRow | undefined): void {
    this.#show(row === undefined, true);
    if (row !== undefined) this.name.set(row.name);
  }

  setRow(index: number, row: TorrentRow | undefined): void {
    this.#show(row === undefined, false);
    if (index !== this.#index) {
      this.#index = index;
      this.element.id = `row-${index}`;
      this.element.setAttribute('aria-rowindex', `${index + 2}`);
    }
    if (row === undefined) return;
    this.name.set(row.name);
    const colour = `progress state-${row.state}`;
    if (colour !== this.#barClass) this.#bar.className = colour;
    this.#barClass = colour;
    // An element of that width would be laid out anew, and cut off at the bar's corners.
    if (row.progress !== this.#progress) this.#bar.style.backgroundSize = `${row.progress * 100}% 100%`;
    this.#progress = row.progress;
    this.fill(row);
  }

  #show(isWaiting: boolean, isPassing: boolean): void {
    const { classList } = this.element;
    if (this.#isWaiting !== isWaiting) classList.toggle('is-waiting', isWaiting);
    if (this.#isPassing !== isPassing) classList.toggle('is-passing', isPassing);
    this.#isWaiting = isWaiting;
    this.#isPassing = isPassing;
  }

  protected abstract fill(row: TorrentRow): void;

  protected bar(): HTMLElement {
    return this.#bar;
  }
}

export class WideRow extends Row {
  readonly #name = cell('cell-name');
  readonly #labels = make('span', 'labels');
  #labelText = '';
  readonly #size = new Words(cell('cell-size'));
  readonly #done = new Words(cell('cell-done'));
  readonly #down = new Words(cell('cell-down received'));
  readonly #up = new Words(cell('cell-up given'));
  readonly #ratio = new Words(cell('cell-ratio'));
  readonly #left = new Words(cell('cell-left'));
  readonly #peers = new Words(cell('cell-peers'));
  readonly #queue = new Words(cell('cell-queue'));

  constructor() {
    super();
    this.#name.append(this.name.element, this.#labels, this.bar());
    const state = cell('cell-state');
    state.append(this.state.element);
    const { element } = this;
    element.append(this.#name, this.#size.element, this.#done.element, state);
    element.append(this.#down.element, this.#up.element);
    element.append(this.#ratio.element, this.#left.element, this.#peers.element, this.#queue.element);
    this.setLook(0);
  }

  protected fill(row: TorrentRow): void {
    this.name.element.title = row.name;
    const labels = row.labels.join('\0');
    if (labels !== this.#labelText) {
      this.#labels.replaceChildren(...row.labels.map(labelOf));
      this.#name.classList.toggle('has-labels', row.labels.length > 0);
    }
    this.#labelText = labels;
    this.#size.set(formatBytes(row.length));
    this.#done.set(row.length === null ? '' : formatPercent(row.progress));
    this.state.set(row);
    this.#down.set(formatRateCell(row.downRate));
    this.#up.set(formatRateCell(row.upRate));
    this.#ratio.set(formatRatio(row.ratio));
    this.#left.set(row.state === 'downloading' ? formatDuration(row.eta) : '');
    this.#peers.set(row.peers === 0 ? '' : `${row.peers}`);
    this.#queue.set(`${row.queue + 1}`);
  }
}

export class NarrowRow extends Row {
  readonly #done = new Words(make('span', ''));
  readonly #down = new Words(make('span', 'received'));
  readonly #up = new Words(make('span', 'given'));
  readonly #left = new Words(make('span', ''));

  constructor() {
    super();
    const second = make('span', 'second');
    second.append(this.state.element, this.#done.element, this.#down.element, this.#up.element);
    second.append(this.#left.element);
    const name = cell('cell-name');
    name.append(this.name.element, second, this.bar());
    this.element.append(name);
    this.setLook(0);
  }

  protected fill(row: TorrentRow): void {
    const { downRate, upRate, eta } = row;
    this.state.set(row);
    this.#done.set(doneOf(row));
    this.#down.set(downRate > 0 ? `↓ ${formatRate(downRate)}` : '');
    this.#up.set(upRate > 0 ? `↑ ${formatRate(upRate)}` : '');
    this.#left.set(downRate > 0 && upRate === 0 && eta !== null ? formatDuration(eta) : '');
  }
}

/** Where there are rates to show there is no room for more. */
function doneOf({ length, progress, downRate }: TorrentRow): string {
  if (length === null) return 'size not known yet';
  return downRate > 0 ? formatPercent(progress) : `${formatPercent(progress)} of ${formatBytes(length)}`;
}

/** An element with one text. */
class Words {
  readonly element: HTMLElement;
  readonly #text = document.createTextNode('');

  constructor(element: HTMLElement) {
    this.element = element;
    element.append(this.#text);
  }

  set(text: string): void {
    if (this.#text.data !== text) this.#text.data = text;
  }
}

/** A torrent's state: a mark, a word, a colour. */
class StateWords {
  readonly element = make('span', '');
  readonly #mark = new Words(hidden(make('span', '')));
  readonly #word = document.createTextNode('');
  #state: TorrentRow['state'] | undefined;

  constructor() {
    this.element.append(this.#mark.element, this.#word);
  }

  set({ state, error }: TorrentRow): void {
    if ((this.element.title || null) !== error) this.element.title = error ?? '';
    if (state === this.#state) return;
    this.#state = state;
    const { mark, text, colour } = STATES[state];
    this.#mark.set(mark);
    this.#word.data = ` ${text}`;
    this.element.className = colour;
  }
}

function labelOf(text: string): HTMLElement {
  const label = make('span', 'label');
  label.textContent = text;
  return label;
}

function cell(place: string): HTMLElement {
  const element = make('span', place);
  element.setAttribute('role', 'gridcell');
  return element;
}

function hidden(element: HTMLElement): HTMLElement {
  element.setAttribute('aria-hidden', 'true');
  return element;
}

function make(name: 'div' | 'span', className: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
