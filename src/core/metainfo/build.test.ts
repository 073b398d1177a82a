import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../../test/torrents.ts';
import { toHex } from '../bytes/hex.ts';
import { type BuildInfo, buildInfo, buildMetainfo, paddingAfter } from './build.ts';
import { parseMetainfo } from './parse.ts';

const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const root = new Uint8Array(32).fill(0x52);
const pieces = new Uint8Array(20).fill(0x50);
const file = (path: string[], length: number) => ({
  path,
  length,
  ...(length > 0 ? { piecesRoot: root } : {}),
});

const base = { name: 'n', pieceLength: 16_384, isFolder: true, pieces } as const;
const R = 'R'.repeat(32);
const P = 'P'.repeat(20);

describe('the info that is written', () => {
  it('of v1 has lists of files, or one', () => {
    const files = [file(['b', 'c'], 3), file(['a'], 0)];
    expect(latin(buildInfo({ ...base, version: 'v1', files }))).toBe(
      `d5:filesld6:lengthi3e4:pathl1:b1:ceed6:lengthi0e4:pathl1:aeee4:name1:n12:piece lengthi16384e6:pieces20:${P}e`,
    );
    expect(latin(buildInfo({ ...base, version: 'v1', isFolder: false, files: [file([], 3)] }))).toBe(
      `d6:lengthi3e4:name1:n12:piece lengthi16384e6:pieces20:${P}e`,
    );
  });

  it('of v2 has a tree, whose files of no bytes have no root', () => {
    const files = [file(['b', 'c'], 3), file(['a'], 0)];
    const { pieces: _, ...without } = base;
    expect(latin(buildInfo({ ...without, version: 'v2', files }))).toBe(
      `d9:file treed1:ad0:d6:lengthi0eee1:bd1:cd0:d6:lengthi3e11:pieces root32:${R}eeee12:meta versioni2e4:name1:n12:piece lengthi16384ee`,
    );
    expect(latin(buildInfo({ ...without, version: 'v2', isFolder: false, files: [file([], 3)] }))).toContain(
      'd9:file treed1:nd0:d6:lengthi3e',
    );
  });

  it('of a hybrid is padded after every file but those without bytes', () => {
    const files = [file(['a'], 5), file(['b'], 0), file(['c'], 16_384), file(['d'], 1)];
    const text = latin(buildInfo({ ...base, version: 'hybrid', files }));
    const pads = [...text.matchAll(/d4:attr1:p6:lengthi(\d+)e4:pathl4:\.pad5:(\d+)ee/g)];
    expect(pads.map(([, length, name]) => [length, name])).toEqual([
      ['16379', '16379'],
      ['16383', '16383'],
    ]);
    expect(latin(buildInfo({ ...base, version: 'hybrid', files: [file(['a'], 5)] }))).not.toContain('.pad');
  });

  it('lists files under names of any letters', () => {
    const files = [file(['caf\u00e9', '\u{1f3b5} \ud800'], 5), file(['plain'], 1)];
    const info = buildInfo({ ...base, version: 'v1', files });
    const parsed = parseMetainfo(buildMetainfo(info, {})).files;
    // Half of a letter cannot be written.
    expect(parsed.map(({ path }) => path.slice(1))).toEqual([['caf\u00e9', '\u{1f3b5} \ufffd'], ['plain']]);
  });

  it('has attributes in both parts, and links without a length in v2', () => {
    const files = [
      { ...file(['a'], 5), executable: true, hidden: true },
      { path: ['l'], length: 0, symlinkTarget: ['d', 'a'] },
    ];
    const text = latin(buildInfo({ ...base, version: 'hybrid', files }));
    expect(text).toContain('1:ad0:d4:attr2:hx6:lengthi5e');
    expect(text).toContain('1:ld0:d4:attr1:l12:symlink pathl1:d1:aeee');
    expect(text).toContain('d4:attr1:l6:lengthi0e4:pathl1:le12:symlink pathl1:d1:aee');
  });
});

describe('what is written around the info', () => {
  const info = buildInfo({ ...base, version: 'v1', isFolder: false, files: [file([], 3)] });

  it('is nothing where nothing is said', () => {
    expect(latin(buildMetainfo(info, {}))).toBe(`d4:info${latin(info)}e`);
    const empty = { trackers: [], webSeeds: [], nodes: [], blockLayers: new Map() };
    expect(parseMetainfo(buildMetainfo(info, empty))).toMatchObject({
      trackers: [],
      webSeeds: [],
      nodes: [],
    });
  });

  it('has a list of trackers only where there is more than one', () => {
    const text = (trackers: string[][]) => latin(buildMetainfo(info, { trackers }));
    expect(text([['http://a']])).toBe(`d8:announce8:http://a4:info${latin(info)}e`);
    expect(text([['http://a'], ['http://b']])).toContain('13:announce-listll8:http://ael8:http://bee4:info');
  });

  it('has the piece layers of v2, be they none', () => {
    const layer = noise(64, 1);
    const key = toHex(root);
    expect(latin(buildMetainfo(info, { pieceLayers: new Map() }))).toContain('12:piece layersde');
    expect(latin(buildMetainfo(info, { pieceLayers: new Map([[key, layer]]) }))).toContain(
      `12:piece layersd32:${R}64:${latin(layer)}e`,
    );
  });
});

describe('a torrent that is written', () => {
  it('is read again as what it was, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const name = fc.stringMatching(/^[a-zäあ\u{1f600} ]{1,8}$/u).filter(name => name !== '');
    const options = fc.record(
      { comment: text, createdBy: text, source: text, private: fc.constant(true), creationDate: fc.nat() },
      { requiredKeys: [] },
    );
    const files = fc.uniqueArray(fc.tuple(name, fc.nat(16_384)), {
      minLength: 1,
      maxLength: 5,
      selector: ([path]) => path,
    });
    fc.assert(
      fc.property(
        files,
        name,
        options,
        fc.constantFrom('v1', 'v2', 'hybrid'),
        (list, folder, said, version) => {
          const sorted = list.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const listed = sorted.map(([path, length]) => file([path], length));
          fc.pre(!(listed.length === 1 && listed[0]!.path[0] === folder));
          const isHybrid = version === 'hybrid';
          let end = 0;
          for (const { length } of listed)
            end += length + (isHybrid && listed.length > 1 && length > 0 ? paddingAfter(length, 16_384) : 0);
          const built: BuildInfo = {
            ...{ version, name: folder, pieceLength: 16_384, isFolder: true, files: listed, ...said },
            ...(version === 'v2' ? {} : { pieces: noise(20 * Math.ceil(end / 16_384), 1) }),
          };
          const around = {
            ...said,
            ...(version === 'v1' ? {} : { pieceLayers: new Map<string, Uint8Array>() }),
          };
          const torrent = parseMetainfo(buildMetainfo(buildInfo(built), around));
          expect(torrent).toMatchObject({ version, name: folder, isFolder: true, ...said });
          expect(torrent.files.map(({ path, length }) => [path[1], length])).toEqual(
            listed.map(({ path, length }) => [path[0], length]),
          );
        },
      ),
    );
  });
});
