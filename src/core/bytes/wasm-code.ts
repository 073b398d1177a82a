// WebAssembly put together from TypeScript: a module of one function and its memory, and the few instructions that our
// functions are made of. For inner loops that JavaScript runs at a fraction of the speed; nothing is compiled elsewhere,
// so there is no binary to trust. Checks nothing: `WebAssembly.validate` does.

export interface WasmFunction {
  /** The memory, in pages of 64 KiB, exported as `memory`. */
  readonly pages: number;
  /** What the function is exported as. */
  readonly name: string;
  /** All of them are i32; it returns nothing. */
  readonly parameters: number;
  /** How many of which type, in order, behind the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  /** Its instructions, without the last `end`. */
  readonly body: readonly number[];
}

export function assemble(wasm: WasmFunction): Uint8Array<ArrayBuffer> {
  const { pages, parameters, locals } = wasm;
  const body = [
    ...[locals.length, ...locals.flatMap(([count, type]) => [...unsigned(count), type])],
    ...wasm.body,
    END,
  ];
  const takes = new Array<number>(parameters).fill(I32);
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, parameters, ...takes, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x00, ...unsigned(pages)]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name(wasm.name), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

export function get(local: number): number[] {
  return [0x20, local];
}

export function set(local: number): number[] {
  return [0x21, local];
}

export function tee(local: number): number[] {
  return [0x22, local];
}

/** A constant. */
export function i32(value: number): number[] {
  return [0x41, ...signed(value)];
}

/** Alignment as a power of two, and an offset. */
export function memArg(align: number, offset: number): number[] {
  return [align, ...unsigned(offset)];
}

function section(id: number, contents: number[]): number[] {
  return [id, ...unsigned(contents.length), ...contents];
}

function name(text: string): number[] {
  return [text.length, ...[...text].map(letter => letter.charCodeAt(0))];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x3f || rest < -0x40; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
}

export const I32 = 0x7f;
export const VOID = 0x40;
export const BLOCK = 0x02;
export const LOOP = 0x03;
export const END = 0x0b;
export const BR = 0x0c;
export const BR_IF = 0x0d;
export const I32_LOAD = 0x28;
export const I32_STORE = 0x36;
export const I32_EQZ = 0x45;
export const I32_LT_U = 0x49;
export const I32_ADD = 0x6a;
export const I32_SUB = 0x6b;
export const I32_AND = 0x71;
export const I32_OR = 0x72;
export const I32_XOR = 0x73;
export const I32_SHL = 0x74;
export const I32_SHR_U = 0x76;
