// The parts of `npm run record`: the screen that it draws on, and the picture and the recording that it makes of that. What the
// README shows is held against them as it lies there.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Run {
  readonly text: string;
  readonly column: number;
  readonly style: string;
}
interface Size {
  readonly columns: number;
  readonly rows: number;
}
interface ScreenLike {
  write(text: string): void;
  text(): string[];
  rows(): Run[][];
}
type Told = readonly { readonly atMs: number; readonly text: string }[];
interface Pane extends Size {
  readonly title: string;
  readonly frames: Run[][][];
}

const { Screen, framesOf } = (await recordModule('screen')) as {
  readonly Screen: new (size: Size) => ScreenLike;
  framesOf(events: Told, how: Size & { readonly stepMs: number; readonly count: number }): Run[][][];
};
const { animatedSvg } = (await recordModule('animated-svg')) as {
  animatedSvg(what: {
    readonly title: string;
    readonly description: string;
    readonly panes: readonly Pane[];
    readonly stepMs: number;
    readonly holdMs: number;
  }): string;
};
const { asciicast } = (await recordModule('asciicast')) as {
  asciicast(events: Told, how: Size & { readonly title: string }): string;
};

describe('the screen', () => {
  const shown = (...writes: string[]) => {
    const screen = new Screen({ columns: 10, rows: 4 });
    for (const text of writes) screen.write(text);
    return screen.text();
  };

  it('goes on in the next row where a line is longer than the terminal, and only when more comes', () => {
    expect(shown('0123456789abc')).toEqual(['0123456789', 'abc', '', '']);
    expect(shown('0123456789\r\nabc')).toEqual(['0123456789', 'abc', '', '']);
  });

  it('scrolls at its end', () => {
    expect(shown('a\r\nb\r\nc\r\nd\r\ne')).toEqual(['b', 'c', 'd', 'e']);
  });

  it('redraws a block in place', () => {
    expect(
      shown('$ x\r\n', 'one 1\u001b[K\r\ntwo\u001b[K\r\n\u001b[J', '\r\u001b[2Aone\u001b[K\r\n\u001b[J'),
    ).toEqual(['$ x', 'one', '', '']);
  });

  it('knows the colours by what they mean, each until it ends', () => {
    const screen = new Screen({ columns: 40, rows: 1 });
    screen.write(
      '\u001b[34m↓\u001b[39m 1 \u001b[1mfoo \u001b[33mbar\u001b[39m\u001b[22m \u001b[2mwaiting\u001b[22m  ',
    );
    expect(screen.rows()[0]).toEqual([
      { text: '↓', column: 0, style: 'received' },
      { text: ' 1 ', column: 1, style: '' },
      { text: 'foo ', column: 4, style: 'strong' },
      { text: 'bar', column: 8, style: 'given strong' },
      { text: ' ', column: 11, style: '' },
      { text: 'waiting', column: 12, style: 'idle' },
    ]);
  });

  it('shows the same, wherever the text is cut in two', () => {
    const text = '\u001b[?25lab\u001b[1mc\u001b[22m\r\nd\u001b[K\r\n\u001b[1Ae\u001b[J\u001b[?25h';
    for (let at = 0; at <= text.length; at++)
      expect(shown(text.slice(0, at), text.slice(at))).toEqual(shown(text));
  });

  it.each([
    '\u001b[2J',
    '\u001b[1K',
    '\u001b[4m',
    '\u001b[1;2m',
    '\u001b[?1049h',
    '\u001b]0;x\u0007',
    '\t',
    '\u0007',
    '漢',
    '🙂',
  ])('refuses %j, which it does not know', text => {
    expect(() => shown(text)).toThrow('The screen does not know');
  });

  it('is looked at every so often, and at the end', () => {
    const events = [
      { atMs: 0, text: 'a' },
      { atMs: 150, text: 'b' },
      { atMs: 320, text: 'c' },
    ];
    const frames = framesOf(events, { columns: 10, rows: 1, stepMs: 100, count: 4 });
    expect(frames.map(([row]) => row?.[0]?.text)).toEqual(['a', 'a', 'ab', 'abc']);
  });
});

describe('the picture', () => {
  const run = (text: string, column = 0, style = ''): Run => ({ text, column, style });
  const drawn = (...frames: Run[][]) =>
    animatedSvg({
      title: 'a & b',
      description: 'c',
      panes: [{ title: 'The <sender>', columns: 20, rows: 1, frames: frames.map(row => [row]) }],
      stepMs: 500,
      holdMs: 1_000,
    });

  it('writes once what stands still, and what changes for the time that it shows', () => {
    const svg = drawn([run('peer  1 %')], [run('peer  2 %')], [run('peer  2 %')]);
    expect(svg.match(/>peer</g)).toHaveLength(1);
    expect(svg.match(/>1 %</g)).toHaveLength(1);
    expect(svg.match(/>2 %</g)).toHaveLength(1);
    // Three frames: half a second each, and the last for one.
    expect(svg).toContain('animation:2000ms step-end infinite');
    expect(svg).toContain('@keyframes k0-1{0%{visibility:visible}25%{visibility:hidden}}');
    expect(svg).toContain('@keyframes k1-3{0%{visibility:hidden}25%{visibility:visible}}');
  });

  it('shows its last frame to who wants no motion', () => {
    const svg = drawn([run('first')], [run('last')]);
    expect(svg).toContain('@media (prefers-reduced-motion:reduce){g{animation:none}}');
    expect(svg).toMatch(/<g class="k1-2 end"><text[^>]*>last</);
    expect(svg).toMatch(/<g class="k0-1"><text[^>]*>first</);
  });

  it('draws bars as shapes, and holes in them as dots', () => {
    const svg = drawn([run('▇▇▁', 2, 'received'), run('·▇', 6, 'complete')]);
    expect(svg).toMatch(
      /<path class="received" d="M37\.6 53v-14\.88h15\.6v14\.88zM53\.2 53v-2\.13h7\.8v2\.13z"\/>/,
    );
    expect(svg).toMatch(/<path class="complete" d="M\S+ \S+h2v2h-2zM\S+ 53v-14\.88h7\.8v14\.88z"\/>/);
    expect(svg).not.toContain('▇');
  });

  it('escapes what SVG would read as its own, and has no script', () => {
    const svg = drawn([run("get 'x&y' <z>")]);
    expect(svg).toContain("get 'x&#38;y' &#60;z&#62;");
    expect(svg).toContain('<title id="t">a &#38; b</title>');
    expect(svg).toContain('>The &#60;sender&#62;<');
    expect(svg).not.toMatch(/<script|javascript:|\son\w+=/);
  });
});

describe('what lies in docs/images', () => {
  it('is a picture that loads nothing and is no larger than 150 KiB', () => {
    const svg = readFileSync('docs/images/share.svg', 'utf8');
    expect(Buffer.byteLength(svg)).toBeLessThan(150 * 1024);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/<script|<image|href=|url\(|@import/);
  });

  it('is a recording whose every escape sequence the screen knows, and which ends well', () => {
    const [header, ...lines] = readFileSync('docs/images/share.cast', 'utf8').trimEnd().split('\n');
    const { version, width, height } = JSON.parse(header!) as {
      version: number;
      width: number;
      height: number;
    };
    expect(version).toBe(2);
    const screen = new Screen({ columns: width, rows: height });
    for (const line of lines) screen.write((JSON.parse(line) as [number, 'o', string])[2]);
    expect(screen.text().join('')).toContain('2 of 2 receivers have everything.');
  });
});

it('writes asciicast v2: a header, and a line for each piece with its time in seconds', () => {
  const cast = asciicast([{ atMs: 1_234.5, text: 'a\r\n' }], { columns: 100, rows: 16, title: 'x' });
  expect(cast).toBe(
    '{"version":2,"width":100,"height":16,"title":"x","env":{"TERM":"xterm-256color"}}\n[1.235,"o","a\\r\\n"]\n',
  );
});

/** The scripts have no types of their own. */
function recordModule(name: string): Promise<unknown> {
  return import(new URL(`../docs/record/${name}.mjs`, import.meta.url).href);
}
