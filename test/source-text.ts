// TypeScript source as rules see it: comments and texts blanked to spaces, every other character where it was, so
// that a word in a comment breaks no rule and an offset is still a line. A scanner, not a parser: it knows just
// enough of the language to tell `a / b` from `/a/` and to find its way out of a template.

/** A specifier that a source names: what it imports, exports from, or loads by URL. */
export interface Import {
  readonly specifier: string;
  /** True where nothing is left of it at run time. */
  readonly typeOnly: boolean;
  /** Offset in the source. */
  readonly at: number;
}

/** The source without its comments, and without the insides of texts, templates and regular expressions. */
export function codeOnly(source: string): string {
  return scan(source, { texts: false });
}

/** All that a source imports: `import`, `export … from`, `import()`, and `new URL('…', import.meta.url)`. */
export function importsOf(source: string): Import[] {
  const code = codeOnly(source);
  const withTexts = scan(source, { texts: true });
  const imports: Import[] = [];
  for (const { pattern, typeOnly } of IMPORT_FORMS) {
    // The shape is looked for where texts are blank, so that none can look like an import; then its text is read.
    for (const match of code.matchAll(pattern)) {
      const quote = match.index + match[0].length - 1;
      const specifier = withTexts.slice(quote + 1, code.indexOf(code[quote]!, quote + 1));
      imports.push({
        specifier,
        typeOnly: typeOnly && /^\s*(import|export)\s+type\b/.test(match[0]),
        at: quote,
      });
    }
  }
  return imports.sort((a, b) => a.at - b.at);
}

export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

function scan(source: string, keep: { texts: boolean }): string {
  let out = '';
  let at = 0;
  /** For each template that is open: how many braces are open inside its `${`. */
  const templates: number[] = [];
  const blank = (end: number, keepIt: boolean): void => {
    const part = source.slice(at, end);
    out += keepIt ? part : part.replace(/[^\n]/g, ' ');
    at = end;
  };
  const copy = (length: number): void => blank(at + length, true);
  const template = (): void => {
    blank(at + /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*/.exec(source.slice(at))![0].length, keep.texts);
    if (source[at] === '`') copy(1);
    else if (at < source.length) {
      copy(2);
      templates.push(0);
    }
  };
  while (at < source.length) {
    const rest = source.slice(at, at + 2);
    const first = rest[0]!;
    if (rest === '//') blank(endOf(source, at, '\n', 0), false);
    else if (rest === '/*') blank(endOf(source, at + 2, '*/', 2), false);
    else if (first === "'" || first === '"') {
      const inside = /(?:\\[\s\S]|[^\\\n])*?(?=['"\n])/y;
      copy(1);
      for (;;) {
        inside.lastIndex = at;
        blank(at + (inside.exec(source)?.[0].length ?? source.length - at), keep.texts);
        if (source[at] === first || source[at] === '\n' || at >= source.length) break;
        blank(at + 1, keep.texts);
      }
      copy(1);
    } else if (first === '`') {
      copy(1);
      template();
    } else if (first === '/' && startsRegExp(out)) {
      const end = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y;
      end.lastIndex = at;
      const length = end.exec(source)?.[0].length ?? 1;
      copy(1);
      blank(at + length - 1, keep.texts);
    } else if (templates.length > 0 && first === '}' && templates.at(-1) === 0) {
      templates.pop();
      copy(1);
      template();
    } else {
      if (templates.length > 0 && first === '{') templates[templates.length - 1]!++;
      if (templates.length > 0 && first === '}') templates[templates.length - 1]!--;
      copy(1);
    }
  }
  return out;
}

function endOf(source: string, from: number, mark: string, length: number): number {
  const found = source.indexOf(mark, from);
  return found < 0 ? source.length : found + length;
}

/** A slash after a value divides; after anything else it begins a regular expression. */
function startsRegExp(before: string): boolean {
  const word = /[\w$]+\s*$/.exec(before);
  if (word !== null) return /^(return|typeof|case|in|of|void|delete)\s*$/.test(word[0]);
  return !/[)\]}'"`/]\s*$/.test(before);
}

const IMPORT_FORMS = [
  { pattern: /\b(?:import|export)\b(?:\s+type\b)?[\s\w$*,{}]*?\bfrom\s*['"]/g, typeOnly: true },
  { pattern: /\bimport\s*['"]/g, typeOnly: false },
  { pattern: /\bimport\s*\(\s*['"]/g, typeOnly: false },
  { pattern: /\bnew\s+URL\s*\(\s*['"](?=[^'"]*['"]\s*,\s*import\.meta\.url)/g, typeOnly: false },
];
