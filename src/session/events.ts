// Typed events: listeners by name, called in the order in which they were added. One that throws does not stop the
// others, or the exchange: its error is handed to `onFault`, which must not lose it.

import { LazyMap } from '../core/bytes/lazy-map.ts';

export type EventSink<EventMap extends object> = <Name extends keyof EventMap>(
  name: Name,
  event: EventMap[Name],
) => void;

export class Events<EventMap extends object> {
  readonly #listeners = new LazyMap<keyof EventMap, Set<(event: never) => void>>();
  readonly #onFault: (error: unknown) => void;
  readonly #onAny: EventSink<EventMap> | undefined;

  /** `onAny` hears of every event, before the listeners. */
  constructor(onFault: (error: unknown) => void, onAny?: EventSink<EventMap>) {
    this.#onFault = onFault;
    this.#onAny = onAny;
  }

  /** Returns a function that removes the listener. */
  on<Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Whether anybody listened. */
  emit<Name extends keyof EventMap>(name: Name, event: EventMap[Name]): boolean {
    this.#onAny?.(name, event);
    const known = this.#listeners.get(name);
    if (known === undefined || known.size === 0) return false;
    const listeners = [...known];
    for (const listener of listeners) {
      try {
        (listener as (event: EventMap[Name]) => void)(event);
      } catch (error) {
        this.#onFault(error);
      }
    }
    return true;
  }
}
