// The library's `swarmline/bencode`.
export * from './decode.ts';
export * from './encode.ts';
