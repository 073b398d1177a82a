// RC4, as Message Stream Encryption uses it: to be taken for something else, not to keep secrets (RFC 7465 says why).
// Runs through WebAssembly, where there is such a thing: 490 to 590 MB per CPU second instead of 130 to 180
// (bench/rc4.mjs), all of it on the thread that has the network. Short runs, and platforms without, in JavaScript.

import {
  assemble,
  BLOCK,
  BR,
  BR_IF,
  END,
  get,
  I32,
  I32_ADD,
  I32_AND,
  I32_EQZ,
  I32_LOAD,
  I32_OR,
  I32_SHL,
  I32_SHR_U,
  I32_STORE,
  I32_SUB,
  I32_XOR,
  i32,
  LOOP,
  memArg,
  set,
  tee,
  VOID,
} from '../bytes/wasm-code.ts';

/** One direction of one connection. */
export class Rc4 {
  /** The permutation, then the two cursors; all of them times four, which is where WebAssembly finds them in its memory. */
  readonly #state = new Int32Array(256 + 2);

  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = 4 * i;
    for (let i = 0, j = 0; i < 256; i++) {
      const held = state[i]!;
      j = (j + (held >>> 2) + key[i % key.length]!) & 0xff;
      state[i] = state[j]!;
      state[j] = held;
    }
  }

  /** Throws away so much of the key stream. */
  skip(length: number): void {
    const nothing = new Uint8Array(length);
    this.apply(nothing, nothing);
  }

  /** Encrypts or decrypts `from` into `to`, which is as long and may be the same. */
  apply(from: Uint8Array, to: Uint8Array): void {
    const { length } = from;
    const wasm = length >= FEW ? runInWasm() : undefined;
    if (wasm === undefined) {
      this.#run(from, to, 0);
      return;
    }
    for (let at = 0; at < length; at += DATA_LENGTH) {
      const end = Math.min(length, at + DATA_LENGTH);
      const count = (end - at) & ~3;
      wasm.bytes.set(from.subarray(at, at + count), DATA_AT);
      wasm.words.set(this.#state);
      wasm.run(count);
      this.#state.set(wasm.words);
      to.set(wasm.bytes.subarray(DATA_AT, DATA_AT + count), at);
    }
    this.#run(from, to, length & ~3);
  }

  #run(from: Uint8Array, to: Uint8Array, at: number): void {
    const state = this.#state;
    const end = from.length;
    let i = state[256]!;
    let j = state[257]!;
    for (let k = at; k < end; k++) {
      i = (i + 4) & MASK;
      const a = state[i >>> 2]!;
      j = (j + a) & MASK;
      const b = state[j >>> 2]!;
      state[i >>> 2] = b;
      state[j >>> 2] = a;
      to[k] = from[k]! ^ (state[((a + b) & MASK) >>> 2]! >>> 2);
    }
    state[256] = i;
    state[257] = j;
  }
}

// ——— The same in WebAssembly: run(count), a multiple of four bytes of what lies at DATA_AT ———

interface WasmRc4 {
  /** The state. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly run: (count: number) => void;
}

function runInWasm(): WasmRc4 | undefined {
  if (made === null) made = makeWasm();
  return made;
}

function makeWasm(): WasmRc4 | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const code = assemble({ pages: PAGES, name: 'run', parameters: 1, locals: [[6, I32]], body: runBody() });
  if (!WebAssembly.validate(code)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { buffer } = exports['memory'] as { buffer: ArrayBuffer };
  return {
    words: new Int32Array(buffer, 0, 256 + 2),
    bytes: new Uint8Array(buffer),
    run: exports['run'] as (count: number) => void,
  };
}

let made: WasmRc4 | undefined | null = null;

// Locals: the argument, which counts down; where in the data; the two cursors; what they point at; a word of data.
const LEFT = 0;
const AT = 1;
const I = 2;
const J = 3;
const A = 4;
const B = 5;
const WORD = 6;

function runBody(): number[] {
  return [
    ...[...i32(0), I32_LOAD, ...memArg(2, 1024), ...set(I)],
    ...[...i32(0), I32_LOAD, ...memArg(2, 1028), ...set(J)],
    // while (left > 0), four bytes each
    ...[BLOCK, VOID, LOOP, VOID],
    ...[...get(LEFT), I32_EQZ, BR_IF, 1],
    ...[...get(AT), I32_LOAD, ...memArg(2, DATA_AT), ...set(WORD)],
    ...[...get(AT), ...get(WORD)],
    // A byte of the key stream, times four, for each byte of the word: the first is the lowest.
    ...[...keyByte(), ...i32(2), I32_SHR_U],
    ...[...keyByte(), ...i32(6), I32_SHL, I32_OR],
    ...[...keyByte(), ...i32(14), I32_SHL, I32_OR],
    ...[...keyByte(), ...i32(22), I32_SHL, I32_OR],
    ...[I32_XOR, I32_STORE, ...memArg(2, DATA_AT)],
    ...[...get(AT), ...i32(4), I32_ADD, ...set(AT)],
    ...[...get(LEFT), ...i32(4), I32_SUB, ...set(LEFT)],
    ...[BR, 0, END, END],
    ...[...i32(0), ...get(I), I32_STORE, ...memArg(2, 1024)],
    ...[...i32(0), ...get(J), I32_STORE, ...memArg(2, 1028)],
  ];
}

function keyByte(): number[] {
  return [
    ...[
      ...get(I),
      ...i32(4),
      I32_ADD,
      ...i32(MASK),
      I32_AND,
      ...tee(I),
      I32_LOAD,
      ...memArg(2, 0),
      ...tee(A),
    ],
    ...[...get(J), I32_ADD, ...i32(MASK), I32_AND, ...tee(J), I32_LOAD, ...memArg(2, 0), ...set(B)],
    ...[...get(I), ...get(B), I32_STORE, ...memArg(2, 0)],
    ...[...get(J), ...get(A), I32_STORE, ...memArg(2, 0)],
    ...[...get(A), ...get(B), I32_ADD, ...i32(MASK), I32_AND, I32_LOAD, ...memArg(2, 0)],
  ];
}

// 255 times four.
const MASK = 0x3fc;
// Below, carrying the state over and back costs what is gained.
const FEW = 64;
// Behind the state.
const DATA_AT = 2048;
const DATA_LENGTH = 63_488;
const PAGES = 1;
