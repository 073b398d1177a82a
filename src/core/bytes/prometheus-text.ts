// Prometheus' text format, version 0.0.4: families of samples, one after the other.

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export class PrometheusText {
  text = '';
  readonly #prefix: string;
  #name = '';

  /** What the names of all families begin with: `swarmline_tracker_`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The samples that follow are of this. */
  family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): void {
    this.#name = `${this.#prefix}${name}`;
    this.text += `# HELP ${this.#name} ${help}\n# TYPE ${this.#name} ${type}\n`;
  }

  sample(labels: Readonly<Record<string, string>>, value: number, suffix = ''): void {
    const list = Object.entries(labels).map(
      ([name, text]) => `${name}="${text.replace(/[\\"\n]/g, escaped)}"`,
    );
    this.text += `${this.#name}${suffix}{${list.join(',')}} ${value}\n`;
  }

  gauge(name: string, help: string, value: number): void {
    this.#one(name, 'gauge', help, value);
  }

  counter(name: string, help: string, value: number): void {
    this.#one(name, 'counter', help, value);
  }

  /** One of the names that all programs have. */
  plain(name: string, type: string, help: string, value: number): void {
    this.text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
  }

  #one(name: string, type: 'counter' | 'gauge', help: string, value: number): void {
    this.family(name, type, help);
    this.text += `${this.#name} ${value}\n`;
  }
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
