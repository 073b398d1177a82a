// As much XML as a router's description and its answers need: elements and their text. Names lose their prefix, attributes
// are passed over. What could make little into much, or lead elsewhere (DTDs, entities of one's own), is refused.
// Extensible Markup Language (XML) 1.0, Fifth Edition

import { ProtocolError } from '../errors.ts';

export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** What stands in it beside other elements, trimmed. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

export interface XmlLimits {
  /** @default 32 */
  readonly maxDepth?: number;
  /** @default 5000: routers' descriptions have some hundred */
  readonly maxElements?: number;
}

interface OpenElement {
  readonly name: string;
  /** As it was opened, prefix and all: so it has to be closed. */
  readonly fullName: string;
  readonly children: XmlElement[];
  text: string;
}

/** @throws ProtocolError `XML_INVALID` */
export function parseXml(source: string, { maxDepth = 32, maxElements = 5000 }: XmlLimits = {}): XmlElement {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  let at = source.startsWith('\ufeff') ? 1 : 0;
  const close = () => {
    const { name, text, children } = open.pop()!;
    const element = { name, text: text.trim(), children };
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  };
  while (at < source.length) {
    const tag = source.indexOf('<', at);
    const text = source.slice(at, tag < 0 ? source.length : tag);
    if (text !== '') {
      const parent = open.at(-1);
      if (parent !== undefined) parent.text += plainText(text, at);
      else if (text.trim() !== '') throw invalid('there is text outside of the root', at);
    }
    if (tag < 0) break;
    at = tag;
    if (source.startsWith('<!--', at)) at = endOf(source, '-->', at);
    else if (source.startsWith('<?', at)) at = endOf(source, '?>', at);
    else if (source.startsWith('<![CDATA[', at)) {
      const end = endOf(source, ']]>', at);
      const parent = open.at(-1);
      if (parent === undefined) throw invalid('there is text outside of the root', at);
      parent.text += source.slice(at + 9, end - 3);
      at = end;
    } else if (source.startsWith('<!', at)) throw invalid('it has a document type', at);
    else if (source.startsWith('</', at)) {
      const end = endOf(source, '>', at);
      if (open.at(-1)?.fullName !== source.slice(at + 2, end - 1).trimEnd())
        throw invalid('an end tag has no beginning', at);
      close();
      at = end;
    } else {
      const match = startTagAt(source, at);
      if (root !== undefined) throw invalid('it has more than one root', at);
      if (++count > maxElements) throw invalid(`it has more than ${maxElements} elements`, at);
      if (open.length >= maxDepth) throw invalid(`it is deeper than ${maxDepth}`, at);
      const { fullName, isEmpty, end } = match;
      open.push({ name: fullName.slice(fullName.indexOf(':') + 1), fullName, children: [], text: '' });
      if (isEmpty) close();
      at = end;
    }
  }
  if (open.length > 0) throw invalid(`"${open.at(-1)!.name.slice(0, 40)}" has no end`, at);
  if (root === undefined) throw invalid('there is nothing in it', at);
  return root;
}

/** The first element below of that name, at any depth; in the order of the text. */
export function findElement(root: XmlElement, name: string): XmlElement | undefined {
  for (const child of root.children) {
    const found = child.name === name ? child : findElement(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The text of a child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find(child => child.name === name)?.text;
}

function startTagAt(source: string, at: number): { fullName: string; isEmpty: boolean; end: number } {
  NAME.lastIndex = at + 1;
  const fullName = NAME.exec(source)?.[0];
  if (fullName === undefined) throw invalid('a tag has no name', at);
  let i = at + 1 + fullName.length;
  for (;;) {
    SPACE.lastIndex = i;
    const space = SPACE.exec(source)![0].length;
    i += space;
    if (source[i] === '>') return { fullName, isEmpty: false, end: i + 1 };
    if (source.startsWith('/>', i)) return { fullName, isEmpty: true, end: i + 2 };
    ATTRIBUTE.lastIndex = i;
    const attribute = space > 0 ? ATTRIBUTE.exec(source)?.[0] : undefined;
    if (attribute === undefined) throw invalid('a tag cannot be read', at);
    i += attribute.length;
  }
}

function endOf(source: string, mark: string, at: number): number {
  const found = source.indexOf(mark, at);
  if (found < 0) throw invalid(`"${mark}" is missing`, at);
  return found + mark.length;
}

/** Section 4.6, "Predefined Entities", and section 4.1 */
function plainText(text: string, at: number): string {
  return text.replace(/&([^;&]{0,10};)?/g, (whole, body: string | undefined) => {
    const known = ENTITIES[body ?? ''];
    if (known !== undefined) return known;
    const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(body ?? '');
    const code = number === null ? -1 : Number.parseInt(number[1] ?? number[2]!, number[1] ? 16 : 10);
    const isText = code >= 0x20 || code === 0x9 || code === 0xa || code === 0xd;
    if (!isText || code > 0x10_ffff || (code >= 0xd800 && code < 0xe000))
      throw invalid(`it has the entity "${whole.slice(0, 12)}"`, at);
    return String.fromCodePoint(code);
  });
}

function invalid(why: string, at: number): ProtocolError {
  return new ProtocolError('XML_INVALID', `The router's XML cannot be read: ${why}.`, {
    where: `character ${at}`,
  });
}

const NAME = /[A-Za-z_][\w.-]{0,100}(?::[A-Za-z_][\w.-]{0,100})?/y;
const SPACE = /\s*/y;
const ATTRIBUTE = /[A-Za-z_:][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*')/y;
const ENTITIES: Readonly<Record<string, string>> = {
  'amp;': '&',
  'lt;': '<',
  'gt;': '>',
  'quot;': '"',
  'apos;': "'",
};
