// Elements of HTML and SVG as text. Every value is escaped here, so that nothing that a result says becomes markup; children
// are markup already.

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name a="1">children</name>`; attributes that are undefined are left out, numbers have one decimal. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly string[]): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`;
  }
  if (VOID.has(name)) return `${text}>`;
  return children.length === 0 && SHAPES.has(name) ? `${text}/>` : `${text}>${children.join('')}</${name}>`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => ENTITIES[character]!);
}

/** A coordinate: one decimal is a tenth of a pixel. */
export function short(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const VOID = new Set(['input', 'link', 'meta', 'br']);
const SHAPES = new Set(['path', 'rect', 'circle', 'line', 'polygon']);
