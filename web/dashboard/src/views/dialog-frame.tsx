// A dialog's frame: its title, what is in it, its buttons. Closed by Escape, by the cross, or beside it.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { dialog } from '../state.ts';

export interface DialogFrameProps {
  readonly title: string;
  /** Of the button that does it; none: there is nothing to do but to read. */
  readonly action?: string | undefined;
  readonly isDangerous?: boolean;
  /** It is being done. */
  readonly isBusy?: boolean;
  readonly fault?: string;
  readonly onSubmit?: (form: HTMLFormElement) => void;
  readonly children: ComponentChildren;
}

export function DialogFrame({
  title,
  action,
  isDangerous = false,
  isBusy = false,
  fault = '',
  onSubmit,
  children,
}: DialogFrameProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = element;
    const before = document.activeElement;
    current!.showModal();
    return () => {
      current!.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector<HTMLElement>('.list')?.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby="dialog-title"
      onCancel={event => {
        event.preventDefault();
        closeDialog();
      }}
      onMouseDown={event => {
        if (event.target === element.current) closeDialog();
      }}
    >
      <form
        onSubmit={event => {
          event.preventDefault();
          onSubmit?.(event.currentTarget);
        }}
      >
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="plain" aria-label="Close" onClick={closeDialog}>
            ×
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {fault !== '' && (
          <p class="failed fault" role="alert">
            ✗ {fault}
          </p>
        )}
        {action !== undefined && (
          <footer>
            <button type="button" onClick={closeDialog}>
              Cancel
            </button>
            <button type="submit" class={isDangerous ? 'danger' : 'chief'} disabled={isBusy}>
              {action}
            </button>
          </footer>
        )}
      </form>
    </dialog>
  );
}

export function closeDialog(): void {
  dialog.value = undefined;
}
