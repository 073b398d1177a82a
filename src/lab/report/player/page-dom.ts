// What the script of the animation uses of a page, and no more: this ring knows no browser. The names are the browser's.

export interface PageElement {
  readonly dataset: Record<string, string | undefined>;
  readonly classList: { toggle(name: string, isOn: boolean): void };
  readonly clientWidth: number;
  textContent: string | null;
  /** Of the scrubber. */
  value: string;
  max: string;
  hidden: boolean;
  /** Of a canvas. */
  width: number;
  height: number;
  setAttribute(name: string, value: string): void;
  append(...children: readonly (PageElement | string)[]): void;
  querySelector(selector: string): PageElement | null;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getContext(kind: '2d'): PageCanvas | null;
  focus(): void;
}

export interface PageEvent {
  readonly key?: string;
  preventDefault(): void;
}

export interface PageCanvas {
  fillStyle: string;
  globalAlpha: number;
  scale(x: number, y: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
}

export interface PageDocument {
  readonly documentElement: PageElement;
  createElement(name: string): PageElement;
  createElementNS(space: string, name: string): PageElement;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

export interface PageWindow {
  readonly devicePixelRatio: number;
  addEventListener(type: string, listener: () => void): void;
  matchMedia(query: string): { addEventListener(type: 'change', listener: () => void): void };
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string };
  requestAnimationFrame(turn: (now: number) => void): number;
  cancelAnimationFrame(turn: number): void;
  readonly IntersectionObserver: new (
    seen: (entries: readonly { readonly isIntersecting: boolean; readonly target: PageElement }[]) => void,
    options: { readonly rootMargin: string },
  ) => { observe(element: PageElement): void; unobserve(element: PageElement): void };
}
