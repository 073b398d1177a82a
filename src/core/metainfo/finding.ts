// What a check finds: how bad, a stable code, where, a sentence, and what to do.

/** `error`: peers or programs will not take it. `warning`: it will hurt some. `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** Upper case with underscores; stable across releases. */
  readonly code: string;
  /** A place in the torrent, such as `info.files[3].path`; empty for all of it. */
  readonly where: string;
  /** A sentence. */
  readonly message: string;
  /** What to do; a sentence. */
  readonly advice: string;
}

/** Findings as they are made; of one code only so many are kept, and the rest is counted. */
export class FindingList {
  readonly #maxPerCode: number;
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<string, { severity: Severity; count: number }>();

  constructor(maxPerCode: number) {
    this.#maxPerCode = maxPerCode;
  }

  error(code: string, where: string, message: string, advice: string): void {
    this.#add({ severity: 'error', code, where, message, advice });
  }

  warning(code: string, where: string, message: string, advice: string): void {
    this.#add({ severity: 'warning', code, where, message, advice });
  }

  note(code: string, where: string, message: string, advice: string): void {
    this.#add({ severity: 'note', code, where, message, advice });
  }

  /** The errors that were found so far. */
  get errors(): Finding[] {
    return this.#findings.filter(({ severity }) => severity === 'error');
  }

  /** The worst first; in the order of finding where they are equally bad. */
  finish(): Finding[] {
    for (const [code, { severity, count }] of this.#counts) {
      const more = count - this.#maxPerCode;
      if (more <= 0) continue;
      const message = `The same is so in ${more} more ${more === 1 ? 'place' : 'places'}.`;
      this.#findings.push({ severity, code, where: '', message, advice: '' });
    }
    return this.#findings.sort(
      (a, b) => RANK[a.severity] - RANK[b.severity] || this.#order(a.code) - this.#order(b.code),
    );
  }

  #add(given: Finding): void {
    const finding = { ...given, where: cut(given.where) };
    const known = this.#counts.get(finding.code);
    if (known === undefined) this.#counts.set(finding.code, { severity: finding.severity, count: 1 });
    else known.count++;
    if ((known?.count ?? 1) <= this.#maxPerCode) this.#findings.push(finding);
  }

  #order(code: string): number {
    return [...this.#counts.keys()].indexOf(code);
  }
}

/** A stranger's text in quotes, cut where it is longer than a sentence bears. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** A path may have megabytes. */
function cut(where: string): string {
  return where.length > MAX_WHERE ? `${where.slice(0, MAX_WHERE)}…` : where;
}

const MAX_QUOTED = 100;
const MAX_WHERE = 500;
const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };
