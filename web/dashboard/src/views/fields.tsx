// Fields of the dialogs, each with its label, and what is read from them.

import type { ComponentChildren } from 'preact';
import { session } from '../state.ts';

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly note?: string;
  readonly type?: 'text' | 'number';
  readonly placeholder?: string;
  readonly unit?: string;
  readonly isRequired?: boolean;
  readonly list?: string;
  readonly step?: string;
}

export function Field({
  name,
  label,
  value,
  note,
  type = 'text',
  placeholder,
  unit,
  isRequired = false,
  list,
  step,
}: FieldProps) {
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      <span class="row">
        <input
          id={`field-${name}`}
          name={name}
          type={type}
          min={type === 'number' ? 0 : undefined}
          step={step ?? (type === 'number' ? 'any' : undefined)}
          value={value}
          placeholder={placeholder}
          required={isRequired}
          list={list}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={note === undefined ? undefined : `note-${name}`}
        />
        {unit !== undefined && <span class="unit">{unit}</span>}
      </span>
      {note !== undefined && (
        <p class="note" id={`note-${name}`}>
          {note}
        </p>
      )}
    </div>
  );
}

/** The two rates of a set of limits: `PREFIXdown` and `PREFIXup`, read by `ratesOf`. */
export function RateFields({ prefix = '', rates }: { readonly prefix?: string; readonly rates: Rates }) {
  const field = (name: string, label: string, value: number | null) => (
    <Field name={prefix + name} label={label} type="number" unit="KiB/s" value={limitText(value, KIB)} />
  );
  return (
    <>
      {field('down', '↓ Receive at most', rates.downloadBytesPerSecond)}
      {field('up', '↑ Give at most', rates.uploadBytesPerSecond)}
    </>
  );
}

export function ratesOf(form: HTMLFormElement, prefix = ''): Rates {
  return {
    downloadBytesPerSecond: limitOf(form, `${prefix}down`, KIB),
    uploadBytesPerSecond: limitOf(form, `${prefix}up`, KIB),
  };
}

interface Rates {
  readonly downloadBytesPerSecond: number | null;
  readonly uploadBytesPerSecond: number | null;
}

export function Check({
  name,
  checked = false,
  children,
}: {
  readonly name: string;
  readonly checked?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <label class="inline check">
      <input type="checkbox" name={name} defaultChecked={checked} /> <span>{children}</span>
    </label>
  );
}

/** Labels that there are already, to choose from. */
export function LabelField({ value = '' }: { readonly value?: string }) {
  const known = Object.keys(session.value?.labels ?? {});
  return (
    <>
      <Field
        name="labels"
        label="Labels"
        value={value}
        placeholder="music, to keep"
        note="With commas between them."
        list="known-labels"
      />
      <datalist id="known-labels">
        {known.map(label => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </>
  );
}

export function textOf(form: HTMLFormElement, name: string): string {
  return `${new FormData(form).get(name) ?? ''}`.trim();
}

export function isChecked(form: HTMLFormElement, name: string): boolean {
  return new FormData(form).has(name);
}

/** Empty: no limit. Else the number times `unit`. */
export function limitOf(form: HTMLFormElement, name: string, unit = 1): number | null {
  const text = textOf(form, name);
  return text === '' ? null : Math.round(Number(text) * unit * 1000) / 1000;
}

/** As it is shown in a field. */
export function limitText(value: number | null | 'rate', unit = 1): string {
  return value === null || value === 'rate' ? '' : `${Math.round((value / unit) * 100) / 100}`;
}

export function labelsIn(text: string): string[] {
  return [...new Set(text.split(',').map(label => label.trim()))].filter(label => label !== '');
}

const KIB = 1024;
